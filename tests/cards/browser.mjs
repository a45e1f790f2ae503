// Pages in Debian's Chromium, and pictures of them.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { chromium } from 'playwright-core';

const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-lcd-text', '--no-first-run', '--disable-background-networking', '--disable-sync'];

/** Runs `use` with a browser that keeps nothing. */
export async function withBrowser(use) {
  const profile = fs.mkdtempSync(path.join(os.tmpdir(), 'cards-browser-'));
  const browser = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    headless: true,
    deviceScaleFactor: 1.25,
    args: FLAGS,
  });
  try {
    return await use(browser);
  } finally {
    await browser.close();
    fs.rmSync(profile, { recursive: true, force: true });
  }
}

/** A page with this HTML, whose errors are errors here too. */
export async function openPage(browser, html, width) {
  const page = await browser.newPage();
  page.on('pageerror', (error) => console.error(`page: ${error.message}`));
  await page.setViewportSize({ width, height: 800 });
  await page.setContent(html, { waitUntil: 'load' });
  return page;
}

/** Puts the children of `#sheet` into columns, each below the shortest, and takes a picture of all. */
export async function photograph(page, { columns, cardWidth, gap, file, scale = 'device', zoom = 1 }) {
  const height = await page.evaluate(
    ({ columns, cardWidth, gap }) => {
      const sheet = document.getElementById('sheet');
      const heights = Array(columns).fill(gap);
      sheet.style.position = 'relative';
      for (const card of sheet.children) {
        const column = heights.indexOf(Math.min(...heights));
        const left = gap + column * (cardWidth + gap);
        Object.assign(card.style, { position: 'absolute', width: `${cardWidth}px`, left: `${left}px`, top: `${heights[column]}px` });
        heights[column] += card.getBoundingClientRect().height + gap;
      }
      sheet.style.height = `${Math.max(...heights)}px`;
      return Math.ceil(Math.max(...heights));
    },
    { columns, cardWidth, gap },
  );
  const width = columns * (cardWidth + gap) + gap;
  await page.evaluate((factor) => (document.body.style.zoom = factor), zoom);
  const clip = { x: 0, y: 0, width: Math.round(width * zoom), height: Math.round(height * zoom) };
  await page.setViewportSize({ width: clip.width, height: Math.min(clip.height, 12_000) });
  await page.screenshot({ path: file, clip, fullPage: true, scale });
  await page.close();
  // Cards have few colours: a palette does not show, and makes the file a third as large.
  execFileSync('pngquant', ['--force', '--speed', '1', '--strip', '--output', file, '128', file]);
}

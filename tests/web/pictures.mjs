// Draws the pictures of docs/timeline.md.
//
//   node tests/web/pictures.mjs [--program build/dev/tests/web/web_page_server] [--out docs/web]
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { closeBrowser, open, withBrowser, withServer } from './browser.mjs';

const argument = (name, otherwise) => {
  const at = process.argv.indexOf(name);
  return at < 0 ? otherwise : process.argv[at + 1];
};
const out = argument('--out', 'docs/web');
fs.mkdirSync(out, { recursive: true });

// Seconds ago, and the rule of the sample. A believable night.
const NIGHT = [
  [20, 'update-rolled-back'], [75, 'task-crash-loop'], [82, 'service-degraded'], [118, 'update-started'], [119, 'task-template-changed'],
  [610, 'mode-changed'], [900, 'node-ready'], [1320, 'node-down'], [1800, 'node-drained'], [2600, 'service-recovered'], [2700, 'service-degraded'],
  [3300, 'job-succeeded'], [4300, 'job-failed'], [5400, 'update-completed'], [5470, 'update-started'], [7000, 'service-labels-changed'],
  [8200, 'service-appeared'], [9400, 'endpoint-spec-changed'], [11200, 'leader-changed'], [12800, 'container-recovered'], [13100, 'container-restarting'],
];

const PICTURES = {
  light: {},
  dark: { colorScheme: 'dark' },
  phone: { viewport: { width: 360, height: 740 }, isMobile: true, deviceScaleFactor: 2 },
  opened: { opened: /crash loop|crash/, viewport: { width: 1100, height: 820 } },
};

await withServer(argument('--program', 'build/dev/tests/web/web_page_server'), async ({ url, say }) => {
  for (const [seconds, rule] of NIGHT) await say(`at ${seconds} ${rule}`);
  for (const [name, { opened, ...context }] of Object.entries(PICTURES)) {
    await withBrowser(async (browser) => {
      const page = await open(browser, url);
      await page.locator('#health', { hasText: 'followed' }).waitFor();
      await page.locator('#count', { hasText: / rows$/ }).waitFor();
      if (opened) {
        const row = page.locator('.change', { has: page.locator('.what b', { hasText: opened }) }).first();
        await row.locator('.open').click();
        await row.locator('.facts .links').waitFor();
        await row.evaluate((element) => scrollTo(0, element.closest('.group').getBoundingClientRect().top - 12));
      }
      await page.evaluate(() => document.activeElement.blur());
      const file = path.join(out, `${name}.png`);
      await page.screenshot({ path: file });
      execFileSync('pngquant', ['--force', '--skip-if-larger', '--quality', '70-95', '--output', file, file]);
    }, { viewport: { width: 1100, height: 780 }, ...context });
  }
});
await closeBrowser();

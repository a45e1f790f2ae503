// A browser, and the timeline with invented changes in it.
import { spawn } from 'node:child_process';
import readline from 'node:readline';
import { chromium } from 'playwright-core';

const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-lcd-text', '--no-first-run', '--disable-background-networking', '--disable-sync'];

let chrome = null;

/** Runs `use` with a browser that keeps nothing: a context of the one that runs until closeBrowser(). */
export async function withBrowser(use, options = {}) {
  chrome ??= await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', headless: true, args: FLAGS });
  const context = await chrome.newContext({ locale: 'en-GB', timezoneId: 'UTC', viewport: { width: 1100, height: 900 }, ...options });
  try {
    return await use(context);
  } finally {
    await context.close();
  }
}

export const closeBrowser = () => chrome?.close();

/** Runs `use` with a server; `say(line)` makes it do something, and returns its answer. */
export async function withServer(program, use, args = []) {
  const server = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = readline.createInterface({ input: server.stdout })[Symbol.asyncIterator]();
  const next = async () => (await lines.next()).value;
  try {
    const url = `http://127.0.0.1:${await next()}/`;
    const say = (line) => { server.stdin.write(`${line}\n`); return next(); };
    return await use({ url, say });
  } finally {
    server.stdin.end();
    await new Promise((done) => server.once('exit', done));
  }
}

/** A page that is open there, whose errors end up in `errors`. */
export async function open(browser, url) {
  const page = await browser.newPage();
  page.errors = [];
  page.on('pageerror', (error) => page.errors.push(error.message));
  page.on('console', (message) => { if (message.type() === 'error') page.errors.push(message.text()); });
  await page.goto(url);
  return page;
}

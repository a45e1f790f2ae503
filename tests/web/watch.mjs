// Watches a timeline in a browser, and never reloads it:
//
//   node tests/web/watch.mjs URL
//
// Prints `{"title", "color", "observed", "shown"}` for each row that appears (times in milliseconds), until its input ends. A
// line of input opens that row, by its title, and prints `{"facts"}`.
import readline from 'node:readline';
import { closeBrowser, open, withBrowser } from './browser.mjs';

const print = (value) => console.log(JSON.stringify(value));

await withBrowser(async (browser) => {
  await browser.exposeFunction('report', print);
  await browser.addInitScript(() => {
    const seen = new Set();
    new MutationObserver(() => {
      for (const row of document.querySelectorAll('.change')) {
        const title = row.querySelector('.what b').textContent;
        const observed = Date.parse(row.querySelector('time').dateTime);
        const key = `${observed} ${title}`;
        if (seen.has(key)) continue;
        seen.add(key);
        window.report({ title, color: row.className.split(' ')[1], observed, shown: Date.now() });
      }
    }).observe(document, { childList: true, subtree: true });
  });
  const page = await open(browser, process.argv[2]);
  await page.locator('#health', { hasText: 'followed' }).waitFor();
  print({ ready: true });
  for await (const title of readline.createInterface({ input: process.stdin })) {
    const row = page.locator('.change', { has: page.locator('.what b', { hasText: title }) }).first();
    await row.locator('.open').click();
    await row.locator('.facts .links').waitFor();
    print({ facts: await row.locator('.facts').innerText() });
  }
  print({ errors: page.errors });
});
await closeBrowser();

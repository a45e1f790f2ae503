// Tests of the timeline in a browser.
//
//   node tests/web/check.mjs [--program build/dev/tests/web/web_page_server] [--only WORDS]
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import os from 'node:os';
import { closeBrowser, open, withBrowser, withServer } from './browser.mjs';

const argument = (name, otherwise) => {
  const at = process.argv.indexOf(name);
  return at < 0 ? otherwise : process.argv[at + 1];
};
const program = argument('--program', 'build/dev/tests/web/web_page_server');
const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

const titles = (page) => page.locator('.what b').allTextContents();
const count = (page) => page.locator('#count').textContent();
const counted = (page, words) => page.waitForFunction((text) => document.querySelector('#count').textContent === text, words);
const row = (page, title) => page.locator('.change', { has: page.locator('.what b', { hasText: title }) }).first();
const addressOf = (page) => new URL(page.url()).searchParams;

async function withPage(use, { before = [], query = '', context = {} } = {}) {
  await withServer(program, ({ url, say }) => withBrowser(async (browser) => {
    for (const line of before) await say(line);
    const page = await open(browser, url + query);
    await page.waitForFunction(() => !document.querySelector('#count').textContent.startsWith('Loading'));
    await use({ page, say, url, browser });
    assert.deepEqual(page.errors, []);
  }, context));
}

async function findings(page) {
  await page.evaluate(await import('node:fs').then((fs) => fs.readFileSync(axe, 'utf8')));
  const { violations } = await page.evaluate(() => window.axe.run());
  return violations.map(({ id, impact, nodes }) => `${impact}: ${id}: ${nodes.map((node) => node.html).slice(0, 3).join(' ')}`);
}

const tests = {
  'a change appears within 2 seconds, newest first, without a reload': () => withPage(async ({ page, say }) => {
    assert.equal(await page.locator('#note').textContent(), 'Nothing has changed yet. New changes appear here by themselves.');
    for (const [rule, title] of [['service-appeared', /created$/], ['update-paused', /update paused$/], ['node-down', /went down$/]]) {
      await say(`sample ${rule}`);
      await page.waitForFunction((words) => new RegExp(words).test(document.querySelector('.what b')?.textContent), title.source, { timeout: 2000 });
    }
    assert.match(await page.locator('.change.red .sign').first().textContent(), /▲/);
  }),

  'a row opens to the facts of its card, and closes': () => withPage(async ({ page }) => {
    const crash = row(page, 'crash');
    await crash.locator('.open').click();
    await crash.locator('.facts pre').first().waitFor();
    const facts = await crash.locator('.facts').textContent();
    for (const fact of ['FATAL cannot reach postgres:5432', 'docker service', 'Portainer', 'Link to this change']) assert.ok(facts.includes(fact), fact);
    assert.equal(await crash.locator('.open').getAttribute('aria-expanded'), 'true');
    await crash.locator('.open').click();
    assert.equal(await crash.locator('.facts').count(), 0);
  }, { before: ['sample task-crash-loop'] }),

  'filters are in the address, and in force when it is opened again': () => withPage(async ({ page, browser }) => {
    await page.locator('#colors .red').click();
    await page.getByLabel('Text').fill('shop_api paused');
    await page.locator('#more summary').click();
    await page.locator('select[name=kind]').selectOption('service');
    assert.equal(addressOf(page).get('color'), 'red');
    assert.equal(addressOf(page).get('q'), 'shop_api paused');
    assert.equal(addressOf(page).get('kind'), 'service');
    const found = await titles(page);
    assert.ok(found.length > 0 && found.every((title) => title.includes('paused')), String(found));
    const again = await open(browser, page.url());
    await again.waitForFunction((text) => document.querySelector('#count').textContent === text, await count(page));
    assert.deepEqual(await titles(again), found);
    assert.equal(await again.getByLabel('Text').inputValue(), 'shop_api paused');
    await page.getByRole('button', { name: 'Clear filters' }).click();
    assert.equal(page.url().includes('?'), false);
  }, { before: ['history 150'] }),

  'each filter keeps what has its value': () => withPage(async ({ page }) => {
    await page.locator('#more summary').click();
    const all = await count(page);
    for (const name of ['swarm', 'stack', 'service', 'node', 'kind']) {
      const select = page.locator(`select[name=${name}]`);
      const value = await select.locator('option').nth(1).getAttribute('value');
      await select.selectOption(value);
      assert.equal(addressOf(page).get(name), value);
      assert.match(await count(page), name === 'swarm' ? / rows$/ : new RegExp(` of ${all}$`));
      await select.selectOption('');
    }
    await page.getByLabel('Text').fill('no such words');
    assert.equal(await page.locator('#note').textContent(), 'No change matches the filters.');
  }, { before: ['history 150'] }),

  'the hour before a red row is one click, and the way back too': () => withPage(async ({ page }) => {
    const all = await count(page);
    const red = page.locator('.change.red').first();
    const at = Date.parse(await red.locator('time').getAttribute('datetime'));
    const before = page.url();
    await red.getByRole('link', { name: 'the hour before' }).click();
    assert.equal(Date.parse(addressOf(page).get('until')), at);
    assert.equal(Date.parse(addressOf(page).get('since')), at - 3600e3);
    const times = await page.locator('.change time').evaluateAll((all) => all.map((time) => Date.parse(time.dateTime)));
    assert.ok(times.length > 20 && times.every((time) => time <= at && time >= at - 3600e3));
    await page.goBack();
    assert.equal(page.url(), before);
    await counted(page, all);
  }, { before: ['history 1000'] }),

  'a column of the strip opens its time': () => withPage(async ({ page }) => {
    const column = page.locator('#bins button', { has: page.locator('span') }).first();
    const [, number] = (await column.getAttribute('aria-label')).match(/: .*?(\d+) /);
    assert.ok(Number(number) > 0);
    await column.click();
    assert.ok(addressOf(page).get('since') && addressOf(page).get('until'));
    assert.match(await count(page), /^\d+ of [\d,]+ rows$/);
  }, { before: ['history 1000'] }),

  'a link to a change opens it, however old': () => withPage(async ({ page, url }) => {
    const ids = await page.evaluate(() => fetch('rows?skip=900&limit=1').then((answer) => answer.json()));
    await page.goto(`${url}?row=${ids.rows[0].id}`);
    await page.locator('.change.found .facts').waitFor();
    assert.equal(await page.locator('.change.found .what b').textContent(), ids.rows[0].title);
    assert.ok(await page.locator('.change.found').evaluate((found) => found.getBoundingClientRect().top < innerHeight && found.contains(document.activeElement)));
    await page.goto(`${url}?row=unknown`);
    await page.locator('#note', { hasText: 'not kept here any more' }).waitFor();
    page.errors.splice(0, page.errors.length, ...page.errors.filter((error) => !error.includes('404')));
  }, { before: ['history 1000'] }),

  'rows of a stack that follow each other are one group': () => withPage(async ({ page }) => {
    const group = page.locator('.group', { has: page.locator('h3', { hasText: 'Stack shop' }) }).first();
    await group.locator('.change').nth(1).waitFor();
  }, { before: ['sample task-template-changed', 'sample update-paused', 'sample mode-changed'] }),

  'health and silences are shown': () => withPage(async ({ page }) => {
    await page.locator('#health', { hasText: '1 collector followed' }).waitFor();
    assert.match(await page.locator('#health').textContent(), /2 receivers work/);
    assert.match(await page.locator('#silences').textContent(), /stack=billing until .* \(4[123] minutes left\) by anna: database migration/);
  }),

  'the keyboard alone is enough': () => withPage(async ({ page }) => {
    await page.keyboard.press('/');
    await page.keyboard.type('paused');
    assert.equal(addressOf(page).get('q'), 'paused');
    await page.keyboard.press('Escape');
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await page.locator('.change .facts').first().waitFor();
    await page.keyboard.press('Escape');
    assert.equal(await page.locator('.change .facts').count(), 0);
    await page.keyboard.press('j');
    await page.keyboard.press('k');
    assert.ok(await page.evaluate(() => document.activeElement === document.querySelector('.open')));
  }, { before: ['history 150'] }),

  ...Object.fromEntries(['light', 'dark'].map((colorScheme) => [`axe has no findings, ${colorScheme}`, () => withPage(async ({ page }) => {
    for (const open of (await page.locator('.open').all()).slice(0, 25)) await open.click();
    await page.waitForFunction(() => !document.body.textContent.includes('Loading'));
    await page.locator('#more summary').click();
    assert.deepEqual(await findings(page), []);
  }, { before: ['history 150'], context: { colorScheme, bypassCSP: true } })])),

  'it fits on a screen 360 pixels wide': () => withPage(async ({ page }) => {
    for (const open of (await page.locator('.open').all()).slice(0, 40)) await open.click();
    await page.waitForFunction(() => !document.body.textContent.includes('Loading'));
    const wide = await page.evaluate(() => [...document.querySelectorAll('body *')]
      .filter((element) => !element.closest('.hidden, .skip, pre') && element.getBoundingClientRect().right > innerWidth + 1).map((element) => element.outerHTML.slice(0, 200)));
    assert.deepEqual(wide, []);
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
  }, { before: ['history 150', 'hostile'], context: { viewport: { width: 360, height: 740 } } }),

  'hostile values are text': () => withPage(async ({ page }) => {
    const all = await page.locator('.open').all();
    for (const open of all) await open.click();
    await page.waitForFunction(() => !document.body.textContent.includes('Loading'));
    assert.equal(await page.evaluate(() => window.hostile), undefined);
    assert.equal(await page.locator('body script, #list img, #list a[href^="javascript"]').count(), 0);
    const shown = await page.locator('#list').textContent();
    assert.ok(shown.includes('<script>window.hostile = 1</script>'));
    assert.ok(!/[\u202a-\u202e]/.test(shown.replaceAll(/"(?:[^"\\]|\\.)*"/g, '')), 'turns the direction of what follows');
    for (const select of await page.locator('select').all()) assert.ok((await select.locator('option').last().textContent()).length < 300);
    // The policy forbids what a hole would need.
    assert.equal(await page.evaluate(() => { const script = document.createElement('script'); script.textContent = 'window.hostile = 9'; document.body.append(script); return window.hostile; }), undefined);
    page.errors.splice(0, page.errors.length, ...page.errors.filter((error) => !error.includes('Content Security Policy')));
  }, { before: ['hostile'] }),

  'nothing is seen without the token': () => withServer(program, async ({ url, say }) => {
    await say('history 10');
    await withBrowser(async (browser) => {
      const page = await browser.newPage();
      assert.equal((await page.goto(url).catch(() => null))?.status() ?? 401, 401);
      assert.equal(await page.locator('.change').count(), 0);
    });
    await withBrowser(async (browser) => {
      const page = await browser.newPage();
      assert.equal((await page.goto(url).catch(() => null))?.status() ?? 401, 401);
    }, { httpCredentials: { username: 'anna', password: 'wrong' } });
    await withBrowser(async (browser) => {
      const page = await open(browser, url);
      await page.locator('.change').first().waitFor();
      await page.locator('#health', { hasText: 'followed' }).waitFor(); // the stream has it too
    }, { httpCredentials: { username: 'anna', password: 's3cret' } });
  }, ['--token', 's3cret']),

  'a page of a process that ended starts anew': () => withServer(program, async ({ url, say }) => {
    await say('history 10');
    await withBrowser(async (browser) => {
      const page = await open(browser, url);
      await page.locator('#count', { hasText: / rows$/ }).waitFor();
      const rows = parseInt(await count(page), 10);
      // As after a restart: the cursor is unknown to the server.
      await page.evaluate(() => { cursor = '00000000.99'; connect(); });
      await say('sample node-down');
      await counted(page, `${rows + 1} rows`);
    });
  }),

  '10,000 rows: first paint, scrolling, memory': () => withServer(program, async ({ url, say }) => {
    const kib = async () => Number((await say('memory')).match(/\d+/)[0]);
    const empty = await kib();
    await say('history 10000');
    const grown = (await kib()) - empty;
    await withBrowser(async (browser) => {
      // When the first rows are on the screen. The best of five: other programs may have the processor.
      await browser.addInitScript(() => {
        new MutationObserver((news, observer) => {
          if (!document.querySelector('.change')) return;
          observer.disconnect();
          requestAnimationFrame(() => setTimeout(() => { window.painted = Math.round(performance.now()); }));
        }).observe(document, { childList: true, subtree: true });
      });
      let page = null, painted = Infinity;
      for (let i = 0; i < 5; ++i) {
        await page?.close();
        page = await open(browser, url);
        await counted(page, '10,000 rows');
        painted = Math.min(painted, await page.evaluate(() => window.painted));
      }
      const frames = await page.evaluate(async () => {
        const lengths = [];
        let last = performance.now();
        for (let i = 0; i < 120; ++i) {
          window.scrollBy(0, 400);
          await new Promise(requestAnimationFrame);
          const now = performance.now();
          lengths.push(now - last);
          last = now;
        }
        return lengths.sort((a, b) => a - b);
      });
      const typed = await page.evaluate(() => { const begin = performance.now(); go({ ...filter, q: 'paused' }); return performance.now() - begin; });
      const after = (await kib()) - empty;
      const of = (share) => Math.round(frames[Math.floor(frames.length * share)]);
      console.log(`     rows painted after ${painted} ms, frame ${of(0.5)} ms (95 %: ${of(0.95)} ms), a filter ${Math.round(typed)} ms, memory ${(grown / 1024).toFixed(1)} MiB, open in a browser ${(after / 1024).toFixed(1)} MiB`);
      // The limits are for a machine that does nothing else.
      const share = Math.max(1, os.loadavg()[0] / os.cpus().length);
      assert.ok(painted < 300 * share, `painted after ${painted} ms`);
      assert.ok(of(0.95) < 50 * share, `frames of ${of(0.95)} ms`);
      assert.ok(typed < 200 * share, `a filter takes ${typed} ms`);
      assert.ok(after < 20 * 1024, `${after} KiB`);
    });
  }),
};

let bad = 0;
for (const [name, test] of Object.entries(tests)) {
  if (!name.includes(argument('--only', ''))) continue;
  try {
    await test();
    console.log(`ok   ${name}`);
  } catch (error) {
    ++bad;
    console.log(`BAD  ${name}\n     ${(error.stack ?? String(error)).split('\n').slice(0, 12).join('\n     ')}`);
  }
}
console.log(`${Object.keys(tests).length - bad} good, ${bad} bad`);
await closeBrowser();
process.exit(bad === 0 ? 0 : 1);

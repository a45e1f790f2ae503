// Draws the card of each built-in rule: node rules.mjs --program build/.../render_samples --out docs/rules
// Beside the pictures it notes what they were drawn from (cards.json), so that tests/checks/rules.py tells when they are stale.
import { execFileSync } from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { openPage, photograph, withBrowser } from './browser.mjs';
import { options, renderSamples, repository } from './cards.mjs';
import { slackSheet } from './draw-slack.mjs';
import { drawTeams, teamsSheet } from './draw-teams.mjs';

const SHEETS = {
  slack: { columns: 1, cardWidth: 540, gap: 10 },
  teams: { columns: 1, cardWidth: 500, gap: 10 },
};

const { program, notifier, out } = options({
  program: `${repository}/build/dev/tests/notifier/cards/render_samples`,
  notifier: `${repository}/build/dev/notifier/swarmbell-notifier`,
  out: `${repository}/docs/rules`,
});

function builtInRules() {
  const printed = execFileSync(notifier, ['--print-config'], { encoding: 'utf8' });
  return [...printed.matchAll(/^ *- name: ([a-z-]+)$/gm)].map(([, name]) => name);
}

const DRAW = {
  async slack(browser, message, file) {
    const page = await openPage(browser, slackSheet([message], 'light'), SHEETS.slack.cardWidth);
    await photograph(page, { ...SHEETS.slack, file });
  },
  async teams(browser, message, file) {
    const page = await openPage(browser, teamsSheet([message], 'light'), SHEETS.teams.cardWidth);
    await drawTeams(page, [message], 'light', SHEETS.teams.cardWidth);
    await photograph(page, { ...SHEETS.teams, file });
  },
};

const folder = renderSamples(program);
fs.rmSync(out, { recursive: true, force: true });
fs.mkdirSync(out, { recursive: true });
const drawnFrom = {};
await withBrowser(async (browser) => {
  for (const rule of builtInRules()) {
    for (const [channel, draw] of Object.entries(DRAW)) {
      const source = fs.readFileSync(path.join(folder, channel, `${rule}.json`));
      const file = path.join(out, `${rule}-${channel}.png`);
      await draw(browser, JSON.parse(source), file);
      drawnFrom[path.basename(file)] = crypto.createHash('sha256').update(source).digest('hex').slice(0, 16);
    }
  }
});
fs.writeFileSync(path.join(out, 'cards.json'), `${JSON.stringify(drawnFrom, null, 1)}\n`);
fs.rmSync(folder, { recursive: true });

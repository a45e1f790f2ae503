// Draws every card: node gallery.mjs --program build/.../render_samples --out docs/cards [--everything]
// The pictures that the documentation shows; with --everything also dark, narrow and hostile ones, to look at.
import fs from 'node:fs';
import path from 'node:path';
import { openPage, photograph, withBrowser } from './browser.mjs';
import { options, readCards, renderSamples, repository } from './cards.mjs';
import { slackSheet } from './draw-slack.mjs';
import { drawTeams, teamsSheet } from './draw-teams.mjs';
import { terminalSheet } from './draw-terminal.mjs';

const FIVE_COLOURS = ['node-drained', 'service-appeared', 'mode-changed', 'task-template-changed', 'update-paused'];
const TERMINAL = ['task-template-changed', 'update-paused', 'node-drained', 'mode-changed', 'service-appeared', 'digest'];
const isHostile = (name) => name.startsWith('hostile') || name.startsWith('z-');

const { program, out, everything } = options({
  program: `${repository}/build/dev/tests/notifier/cards/render_samples`,
  out: `${repository}/docs/cards`,
  everything: false,
});

const DRAW = {
  async slack(browser, messages, sheet) {
    const page = await openPage(browser, slackSheet(messages, sheet.theme), sheet.cardWidth);
    await photograph(page, sheet);
  },
  async teams(browser, messages, sheet) {
    const page = await openPage(browser, teamsSheet(messages, sheet.theme), sheet.cardWidth);
    await drawTeams(page, messages, sheet.theme, sheet.cardWidth);
    await photograph(page, sheet);
  },
  async terminal(browser, cards, sheet) {
    await photograph(await openPage(browser, terminalSheet(cards), sheet.cardWidth), sheet);
  },
};

DRAW.bot = DRAW.slack;
const WIDTHS = { slack: 540, bot: 540, teams: 500, terminal: 690 };
const CHATS = ['slack', 'teams'];

function documented() {
  const sheets = [{ channel: 'terminal', name: 'terminal', only: TERMINAL, theme: 'dark', columns: 2 }];
  for (const channel of CHATS) {
    for (const theme of ['light', 'dark']) {
      sheets.push({ channel, name: `${channel}-five-colours-${theme}`, only: FIVE_COLOURS, theme, columns: 2 });
    }
    sheets.push({ channel, name: `${channel}-all`, theme: 'light', columns: 4, scale: 'css', zoom: 0.8 });
  }
  for (const theme of ['light', 'dark']) sheets.push({ channel: 'bot', name: `slack-bot-${theme}`, theme, columns: 2 });
  return sheets;
}

function forLooking() {
  const sheets = [{ channel: 'terminal', name: 'terminal-all', theme: 'dark', columns: 3 }];
  for (const channel of CHATS) {
    sheets.push({ channel, name: `${channel}-all-dark`, theme: 'dark', columns: 4 });
    sheets.push({ channel, name: `${channel}-narrow`, theme: 'light', columns: 8, cardWidth: 320 });
    sheets.push({ channel, name: `${channel}-narrow-dark`, theme: 'dark', columns: 8, cardWidth: 320 });
    sheets.push({ channel, name: `${channel}-hostile`, hostile: true, theme: 'light', columns: 3 });
  }
  sheets.push({ channel: 'bot', name: 'slack-bot-narrow', theme: 'light', columns: 3, cardWidth: 320 });
  sheets.push({ channel: 'teams', name: 'teams-hostile-narrow', hostile: true, theme: 'dark', columns: 6, cardWidth: 320 });
  return sheets;
}

function chosen(cards, { only, hostile = false }) {
  if (only) return only.map((name) => cards.get(name));
  return [...cards].filter(([name]) => isHostile(name) === hostile).map(([, card]) => card);
}

const folder = renderSamples(program);
fs.mkdirSync(out, { recursive: true });
await withBrowser(async (browser) => {
  for (const sheet of everything ? [...documented(), ...forLooking()] : documented()) {
    const cards = readCards(folder, sheet.channel, sheet.channel === 'terminal' ? '.ansi' : '.json');
    const file = path.join(out, `${sheet.name}.png`);
    await DRAW[sheet.channel](browser, chosen(cards, sheet), { cardWidth: WIDTHS[sheet.channel], gap: 24, ...sheet, file });
    console.log(`${file} ${Math.round(fs.statSync(file).size / 1024)} KiB`);
  }
});
fs.rmSync(folder, { recursive: true });

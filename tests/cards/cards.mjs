// Where the cards are and how the other scripts get at them.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const here = path.dirname(fileURLToPath(import.meta.url));
export const repository = path.join(here, '..', '..');

/** Options of the command line: `--name value` and `--flag`. */
export function options(defaults) {
  const given = { ...defaults };
  const args = process.argv.slice(2);
  while (args.length > 0) {
    const name = args.shift().replace(/^--/, '');
    if (!(name in defaults)) throw new Error(`unknown option --${name}; known: ${Object.keys(defaults).join(', ')}`);
    given[name] = typeof defaults[name] === 'boolean' ? true : args.shift();
  }
  return given;
}

/** Writes all sample cards into a folder with the program built for it, and returns the folder. */
export function renderSamples(program) {
  if (!fs.existsSync(program)) throw new Error(`${program} does not exist; build the target render_samples first`);
  const folder = fs.mkdtempSync(path.join(fs.realpathSync(process.env.TMPDIR ?? '/tmp'), 'cards-'));
  execFileSync(program, [folder], { stdio: 'inherit' });
  return folder;
}

/** The cards of one channel: name -> content, as text or as parsed JSON. */
export function readCards(folder, channel, extension = '.json') {
  const directory = path.join(folder, channel);
  const cards = new Map();
  for (const file of fs.readdirSync(directory).filter((name) => name.endsWith(extension)).sort()) {
    const text = fs.readFileSync(path.join(directory, file), 'utf8');
    cards.set(file.slice(0, -extension.length), extension === '.json' ? JSON.parse(text) : text);
  }
  return cards;
}

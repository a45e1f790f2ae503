// Terminal cards as HTML: the escapes that the program uses, and no others.
const GREYS = (n) => (n >= 232 ? 8 + (n - 232) * 10 : 0);
const CUBE = [0, 95, 135, 175, 215, 255];

/** One of the 256 colours. */
function color256(n) {
  if (n >= 232) return `rgb(${GREYS(n)},${GREYS(n)},${GREYS(n)})`;
  const i = n - 16;
  return `rgb(${CUBE[Math.floor(i / 36)]},${CUBE[Math.floor(i / 6) % 6]},${CUBE[i % 6]})`;
}

const STYLES = {
  1: 'font-weight:700;color:#f4f6f8',
  2: 'color:#8b96a3',
  '1;31': 'font-weight:700;color:#ff6b6b',
  '1;32': 'font-weight:700;color:#5fd38d',
  '1;33': 'font-weight:700;color:#f2c94c',
};

function styleOf(code) {
  const indexed = code.match(/^38;5;(\d+)$/);
  if (indexed) return `color:${color256(Number(indexed[1]))}`;
  if (!(code in STYLES)) throw new Error(`no style for the escape ${JSON.stringify(code)}`);
  return STYLES[code];
}

const escaped = (text) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;');

function toHtml(ansi) {
  let open = false;
  return ansi
    .split(/\x1b\[([\d;]*)m/)
    .map((part, i) => {
      if (i % 2 === 0) return escaped(part);
      const close = open ? '</span>' : '';
      open = part !== '0';
      return close + (open ? `<span style="${styleOf(part)}">` : '');
    })
    .join('');
}

const CSS = `
  body { margin: 0; background: #0f1419; }
  pre { margin: 0; font: 13px/15px "DejaVu Sans Mono", "Noto Color Emoji", monospace; color: #cfd8e3; white-space: pre; }`;

export function terminalSheet(cards) {
  const drawn = cards.map((card) => `<pre>${toHtml(card)}</pre>`).join('');
  return `<!doctype html><meta charset="utf-8"><style>${CSS}</style><div id="sheet">${drawn}</div>`;
}

// Slack messages as HTML. slack-blocks-to-jsx draws the blocks; the message around them and the attachment's
// coloured bar, which it does not know, are drawn here.
import fs from 'node:fs';
import { createRequire } from 'node:module';
import React from 'react';
import { renderToStaticMarkup } from 'react-dom/server';

const require = createRequire(import.meta.url);
const { Message } = require('slack-blocks-to-jsx');
const blocksCss = fs.readFileSync(require.resolve('slack-blocks-to-jsx/dist/style.css'), 'utf8');

const THEMES = {
  light: { page: '#ffffff', text: '#1d1c1d', grey: '#616061', chip: '#e8e8e8' },
  dark: { page: '#1a1d21', text: '#d1d2d3', grey: '#ababad', chip: '#35373b' },
};

// The package formats no mrkdwn that is marked verbatim, while Slack only stops linking words in it; and it
// formats the plain text of a context, which Slack shows as it is.
function asSlackWould(blocks) {
  return JSON.parse(JSON.stringify(blocks), (key, value) => {
    if (typeof value === 'string') return markDates(value);
    if (value?.type === 'plain_text') return { ...value, text: value.text.replace(/[*_~`<!@]/g, '$&\u2060') };
    return key === 'verbatim' ? undefined : value;
  });
}

// Slack shows the reader's time for `<!date^…>`; the package a day that depends on today. Here: UTC, on the day of the
// change; put in last, since the package takes `:44:` for an emoji.
const markDates = (text) => text.replace(/<!date\^(\d+)\^[^>]*>/g, 'date-$1-');
function fillDates(html) {
  return html.replace(/date-(\d+)-/g, (_, seconds) => {
    return `Today at ${new Date(seconds * 1000).toLocaleTimeString('en-US', { timeZone: 'UTC' })}`;
  });
}

function drawBlocks(blocks, theme) {
  const props = { blocks: asSlackWould(blocks), logo: '', name: '', theme, withoutWrapper: true };
  return fillDates(renderToStaticMarkup(React.createElement(Message, props)));
}

function drawMessage(message, theme) {
  const bars = message.attachments
    .map(({ color, blocks }) => `<div class="attachment"><i style="background:${color}"></i><div>${drawBlocks(blocks, theme)}</div></div>`)
    .join('');
  return `<div class="message"><div class="avatar">🔔</div><div class="body"><p class="who"><b>Swarmbell</b>
    <span class="app">APP</span> <span class="time">12:44</span></p>${drawBlocks(message.blocks, theme)}${bars}</div></div>`;
}

const css = ({ page, text, grey, chip }) => `
  body { margin: 0; background: ${page}; color: ${text}; font: 15px/22px Lato, sans-serif; }
  .message { display: flex; gap: 8px; }
  .avatar { width: 36px; height: 36px; border-radius: 8px; background: #2d3a4a; display: grid; place-items: center; flex: none; }
  .body { flex: 1; min-width: 0; } .who { margin: 0; } .who b { font-weight: 900; }
  .app { font-size: 10px; font-weight: 700; background: ${chip}; color: ${grey}; padding: 1px 3px; border-radius: 2px; }
  .time { font-size: 12px; color: ${grey}; }
  .attachment { display: flex; margin-top: 6px; max-width: 640px; }
  .attachment > i { width: 4px; border-radius: 4px; flex: none; } .attachment > div { padding: 0 12px; flex: 1; min-width: 0; }
  #slack_blocks_to_jsx, #slack_blocks_to_jsx * { font-family: Lato, sans-serif; }
  #slack_blocks_to_jsx { font-size: 15px; line-height: 22px; }
  #slack_blocks_to_jsx :is(strong, b, h1, h2, h3, [class*=font-bold], [class*=font-semibold]) { font-weight: 900; }
  #slack_blocks_to_jsx :is(pre, code), #slack_blocks_to_jsx :is(pre, code) * {
    font: 12px/18px "Liberation Mono", monospace; font-variant-ligatures: none; white-space: pre-wrap; }`;

export function slackSheet(messages, theme) {
  const drawn = messages.map((message) => drawMessage(message, theme)).join('');
  return `<!doctype html><meta charset="utf-8"><style>${blocksCss}${css(THEMES[theme])}</style><div id="sheet">${drawn}</div>`;
}

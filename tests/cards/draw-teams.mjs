// Teams cards, drawn in the page by Microsoft's own renderer with colours close to those of today's Teams.
import fs from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const rendererJs = fs.readFileSync(require.resolve('adaptivecards/dist/adaptivecards.min.js'), 'utf8');
const markdownJs = fs.readFileSync(require.resolve('markdown-it').replace(/dist.*/, 'dist/browser/markdown-it.umd.min.js'), 'utf8');

const THEMES = {
  light: {
    page: '#f5f5f5', card: '#ffffff', line: '#e1e1e1', grey: '#616161',
    back: { default: '#ffffff', emphasis: '#f1f1f1', accent: '#e8ebfa', good: '#e7f2da', attention: '#fcf4f6', warning: '#fbf6d9' },
    fore: {
      default: ['#242424', '#616161'], accent: ['#5b5fc7', '#7579eb'], good: ['#237b4b', '#217346'], warning: ['#835c00', '#835c00'],
      attention: ['#c4314b', '#c4314b'], dark: ['#242424', '#616161'], light: ['#ffffff', '#f1f1f1'],
    },
  },
  dark: {
    page: '#1f1f1f', card: '#292929', line: '#3d3d3d', grey: '#adadad',
    back: { default: '#292929', emphasis: '#1f1f1f', accent: '#2f2f4a', good: '#0d2e0d', attention: '#3e1f25', warning: '#463100' },
    fore: {
      default: ['#ffffff', '#adadad'], accent: ['#9ea2ff', '#7f85f5'], good: ['#92c353', '#92c353'], warning: ['#f8d22a', '#f8d22a'],
      attention: ['#f9526b', '#f9526b'], dark: ['#000000', '#242424'], light: ['#ffffff', '#f1f1f1'],
    },
  },
};

function hostConfig({ back, fore, line }) {
  const foregroundColors = Object.fromEntries(
    Object.entries(fore).map(([name, [normal, subtle]]) => [name, { default: normal, subtle }]),
  );
  const containerStyles = Object.fromEntries(
    Object.entries(back).map(([name, backgroundColor]) => [name, { backgroundColor, foregroundColors }]),
  );
  const sizes = { small: 12, default: 14, medium: 14, large: 18, extraLarge: 24 };
  const weights = { lighter: 200, default: 400, bolder: 600 };
  const font = (fontFamily) => ({ fontFamily, fontSizes: sizes, fontWeights: weights });
  return {
    fontTypes: { default: font("'Open Sans', 'Segoe UI', sans-serif"), monospace: font("'Liberation Mono', monospace") },
    containerStyles,
    spacing: { small: 8, default: 12, medium: 16, large: 20, extraLarge: 24, padding: 16 },
    separator: { lineThickness: 1, lineColor: line },
    actions: { actionsOrientation: 'horizontal', actionAlignment: 'left', buttonSpacing: 8, maxActions: 6 },
  };
}

const css = ({ page, card, line, grey, fore }) => `
  body { margin: 0; background: ${page}; font: 14px 'Open Sans', sans-serif; }
  .who { font-size: 12px; color: ${grey}; margin: 0 0 6px 2px; }
  .card { border: 1px solid ${line}; border-radius: 4px; overflow: hidden; background: ${card}; color: ${fore.default[0]}; }
  .ac-pushButton { font: 600 13px 'Open Sans'; padding: 5px 12px; border-radius: 4px; border: 1px solid ${line}; background: none; color: inherit; }
  .ac-textBlock, .ac-textRun { font-variant-ligatures: none; } .ac-textBlock p { margin: 0; }`;

/** The frames of a sheet, to be filled by drawTeams. */
export function teamsSheet(messages, theme) {
  const frames = messages.map(() => '<div class="frame"><p class="who">Workflows &nbsp;12:44</p><div class="card"></div></div>').join('');
  return `<!doctype html><meta charset="utf-8"><style>${css(THEMES[theme])}</style><div id="sheet">${frames}</div>`;
}

export async function drawTeams(page, messages, theme, width) {
  await page.addScriptTag({ content: rendererJs });
  await page.addScriptTag({ content: markdownJs });
  const cards = messages.map((message) => message.attachments[0].content);
  await page.evaluate(
    ({ cards, config, width }) => {
      const { AdaptiveCards, markdownit } = window;
      const markdown = markdownit();
      AdaptiveCards.AdaptiveCard.onProcessMarkdown = (text, result) => {
        result.outputHtml = markdown.render(text);
        result.didProcess = true;
      };
      const frames = document.querySelectorAll('.frame');
      cards.forEach((content, i) => {
        const card = new AdaptiveCards.AdaptiveCard();
        card.hostConfig = new AdaptiveCards.HostConfig(config);
        card.parse(content, new AdaptiveCards.SerializationContext(AdaptiveCards.Versions.v1_4));
        frames[i].style.width = `${width}px`;
        frames[i].querySelector('.card').appendChild(card.render());
      });
    },
    { cards, config: hostConfig(THEMES[theme]), width },
  );
}

// Slack messages: against Slack's published types, and against the limits that types cannot say.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { here } from './cards.mjs';

const MAX_BYTES = 12_000;
const MAX_ATTACHMENT_BLOCKS = 20;
const COLORS = new Set(['#6E7785', '#22A06B', '#BF8700', '#2D7FF9', '#D92D20']);
const length = (text) => [...text].length;

/** Every object inside a value, itself included. */
function* objectsIn(value) {
  if (value === null || typeof value !== 'object') return;
  if (!Array.isArray(value)) yield value;
  for (const child of Object.values(value)) yield* objectsIn(child);
}

function* blockProblems(block) {
  if (block.type === 'header' && length(block.text.text) > 150) yield 'header of more than 150 characters';
  if (block.type === 'section' && !block.text && !(block.fields?.length > 0)) yield 'section without text';
  if (block.type === 'section' && block.text && length(block.text.text) > 3000) yield 'section text over 3000';
  if (block.fields && block.fields.length > 10) yield 'more than 10 fields';
  if (block.fields?.some((field) => length(field.text) > 2000)) yield 'field of more than 2000 characters';
  if (block.type === 'context' && block.elements.length > 10) yield 'more than 10 context elements';
  for (const object of objectsIn(block)) {
    if ('text' in object && object.text === '') yield `empty ${object.type}`;
    if ('elements' in object && object.elements.length === 0) yield `${object.type} without elements`;
  }
}

// In mrkdwn only a time and links may start with `<`; a mention only as configured, and the samples have none.
const ALLOWED_MARKUP = /^<(!date\^|https?:\/\/)/;
const FORMATTING = /(^|\W)[*_~`][^*\n]*[*_~`](\W|$)|:[a-z0-9_+-]+:/;

function* mrkdwnProblems(message) {
  for (const object of objectsIn(message)) {
    if (object.type !== 'mrkdwn') continue;
    for (const [markup] of object.text.matchAll(/<[^>]*>/g)) {
      if (!ALLOWED_MARKUP.test(markup)) yield `mrkdwn with ${markup}`;
    }
    const [, ...lines] = object.text.split('\n');
    const outside = lines.length > 0 ? lines.join('\n') : object.text.replace(/<[^>]*>/g, '');
    if (FORMATTING.test(outside)) yield `mrkdwn that formats: ${object.text}`;
  }
  if (/<[!@#]/.test(message.text ?? '')) yield `text that pings: ${message.text}`;
}

function* problemsOf(message) {
  const bytes = Buffer.byteLength(JSON.stringify(message));
  if (bytes > MAX_BYTES) yield `${bytes} bytes, at most ${MAX_BYTES}`;
  const attachments = message.attachments ?? [];
  if (!(message.blocks?.length > 0)) yield 'no top-level block: Slack would print the text twice';
  if (attachments.some((attachment) => attachment.blocks.length > MAX_ATTACHMENT_BLOCKS)) yield 'too many blocks';
  if (attachments.some((attachment) => !COLORS.has(attachment.color))) yield 'a colour that is not ours';
  const blocks = [...(message.blocks ?? []), ...attachments.flatMap((attachment) => attachment.blocks)];
  for (const block of blocks) yield* blockProblems(block);
  yield* mrkdwnProblems(message);
}

const withBlock = (block, text = 'x') => ({
  text,
  blocks: [{ type: 'divider' }],
  attachments: [{ color: '#D92D20', fallback: 'x', blocks: [block] }],
});
const header = (text) => ({ type: 'header', text: { type: 'plain_text', text } });
const context = (text) => ({ type: 'context', elements: [{ type: 'mrkdwn', text }] });
const LIMIT_CONTROLS = {
  'a long header': withBlock(header('x'.repeat(151))),
  'an empty text': withBlock(header('')),
  'a ping in mrkdwn': withBlock(context('<!channel>')),
  'formatting in mrkdwn': withBlock(context('so *bold*')),
  'an emoji code in mrkdwn': withBlock(context('so :fire:')),
  'an emoji code of digits in mrkdwn': withBlock(context('so :100:')),
  'a ping in the text': withBlock(header('x'), 'a <!here> b'),
  'another colour': { ...withBlock(header('x')), attachments: [{ color: 'red', blocks: [header('x')] }] },
  'too many blocks': { ...withBlock(header('x')), attachments: [{ color: '#D92D20', blocks: Array(21).fill(header('x')) }] },
  'too many bytes': withBlock({ type: 'section', text: { type: 'plain_text', text: '→'.repeat(4001) } }),
};

export function* checkSlackLimits(cards) {
  for (const [name, message] of cards) for (const problem of problemsOf(message)) yield `slack/${name}: ${problem}`;
  for (const [what, message] of Object.entries(LIMIT_CONTROLS)) {
    if ([...problemsOf(message)].length === 0) yield `slack control: ${what} was accepted`;
  }
  const fine = [...problemsOf(withBlock(header('fine')))];
  if (fine.length > 0) yield `slack control: a good message was refused: ${fine}`;
}

// KnownBlock is stricter than the AnyBlock of MessageAttachment.
const PRELUDE = `import type { KnownBlock, MessageAttachment } from '@slack/types';
type Attachment = Omit<MessageAttachment, 'blocks'> & { blocks: KnownBlock[] };
type Message = { text: string; blocks: KnownBlock[]; attachments: Attachment[] };
`;
const TYPE_CONTROLS = {
  'a header in mrkdwn': withBlock({ type: 'header', text: { type: 'mrkdwn', text: 'x' } }),
  'an unknown block': withBlock({ type: 'headline', text: 'x' }),
  'an unknown property': withBlock({ ...header('x'), colour: 'red' }),
};

/** Compiles messages, one file each; returns what the compiler says by the name of the message. */
function compile(messages) {
  const folder = fs.mkdtempSync(path.join(here, '.typecheck-'));
  try {
    const files = [...messages].map(([name, message]) => {
      const file = path.join(folder, `${name.replace(/\W+/g, '-')}.ts`);
      fs.writeFileSync(file, `${PRELUDE}export const m = ${JSON.stringify(message, null, 1)} satisfies Message;\n`);
      return [name, file];
    });
    const flags = ['--noEmit', '--strict', '--skipLibCheck', '--target', 'es2022'];
    const modules = ['--module', 'nodenext', '--moduleResolution', 'nodenext'];
    const tsc = path.join(here, 'node_modules', '.bin', 'tsc');
    const said = run(tsc, [...flags, ...modules, ...files.map(([, file]) => file)]);
    return new Map(files.map(([name, file]) => [name, said.filter((line) => line.includes(path.basename(file)))]));
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

function run(program, args) {
  try {
    execFileSync(program, args, { cwd: here, encoding: 'utf8' });
    return [];
  } catch (error) {
    if (!error.stdout) throw error;
    return error.stdout.split('\n');
  }
}

export function* checkSlackTypes(cards) {
  for (const [name, said] of compile(cards)) for (const line of said) yield `slack/${name}: ${line}`;
  for (const [what, said] of compile(Object.entries(TYPE_CONTROLS))) {
    if (said.length === 0) yield `slack control: ${what} satisfied the types`;
  }
}

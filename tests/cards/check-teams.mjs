// Teams cards, read by Microsoft's own parser as version 1.4: whatever it does not know is an error.
import { createRequire } from 'node:module';

globalThis.self ??= globalThis;
globalThis.window ??= globalThis;
const AC = createRequire(import.meta.url)('adaptivecards/dist/adaptivecards.js');

const MAX_BYTES = 20_480;

/** What the parser has to say of a card. */
function parserEvents(content) {
  const context = new AC.SerializationContext(AC.Versions.v1_4);
  new AC.AdaptiveCard().parse(content, context);
  return Array.from({ length: context.eventCount }, (_, i) => context.getEventAt(i)).map(
    (event) => `${AC.ValidationEvent[event.event]}: ${event.message}`,
  );
}

function* problemsOf(message) {
  const bytes = Buffer.byteLength(JSON.stringify(message));
  if (bytes > MAX_BYTES) yield `${bytes} bytes, at most ${MAX_BYTES}`;
  if (message.type !== 'message' || message.attachments?.length !== 1) yield 'not a message with one attachment';
  const [attachment] = message.attachments ?? [];
  if (attachment?.contentType !== 'application/vnd.microsoft.card.adaptive') yield 'wrong contentType';
  if (attachment?.contentUrl !== null) yield 'contentUrl is not null';
  const card = attachment?.content ?? {};
  if (card.version !== '1.4') yield `version ${card.version}`;
  yield* parserEvents(card);
}

const envelope = (content) => ({
  type: 'message',
  attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content }],
});
const withBody = (...body) => envelope({ type: 'AdaptiveCard', version: '1.4', body });

const CONTROLS = {
  'an unknown style': withBody({ type: 'Container', style: 'purple', items: [] }),
  'an element of 1.5': withBody({ type: 'Table', rows: [] }),
  'an unknown element': withBody({ type: 'TextBlok', text: 'x' }),
  'an unknown element deep inside': withBody({ type: 'Container', items: [{ type: 'Badge', text: 'x' }] }),
  'another version': envelope({ type: 'AdaptiveCard', version: '1.5', body: [] }),
  'too many bytes': withBody({ type: 'TextBlock', text: 'x'.repeat(MAX_BYTES) }),
};

export function* checkTeams(cards) {
  for (const [name, message] of cards) for (const problem of problemsOf(message)) yield `teams/${name}: ${problem}`;
  for (const [what, message] of Object.entries(CONTROLS)) {
    if ([...problemsOf(message)].length === 0) yield `teams control: ${what} was accepted`;
  }
  const fine = [...problemsOf(withBody({ type: 'TextBlock', text: 'fine' }))];
  if (fine.length > 0) yield `teams control: a good card was refused: ${fine}`;
}

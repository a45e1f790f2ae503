#!/usr/bin/env node
// Follows the changes of a Docker Swarm and prints each as one line of JSON.
//
//   npm ci
//   node follow.mjs localhost:50051 --from-oldest
//   node follow.mjs localhost:50051 --cursor-file /var/lib/mine/cursor   # continues there after a restart
//   node follow.mjs localhost:50051 --subscription mine                  # the collector keeps the place
//   node follow.mjs manager1.example:50051 --ca ca.crt --cert client.crt --key client.key --token-file token
//
// An example to copy, complete in what a subscriber must do: it keeps the cursor of the last message that it handled,
// subscribes again after it when the connection is lost (waiting longer each time), takes the connection for lost when
// three progress messages are missing, drops events that it has seen, and tells when changes were lost.
//
// Standard output: {"event": {...}} and {"gap": "GAP_REASON_..."}. Standard error: what happens to the connection.
import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import grpc from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

const REMEMBERED_EVENTS = 10_000;
const FINAL_CODES = new Set([
  grpc.status.INVALID_ARGUMENT,
  grpc.status.UNAUTHENTICATED,
  grpc.status.PERMISSION_DENIED,
  grpc.status.UNIMPLEMENTED,
]);

const note = (text) => console.error(text);

function print(value) {
  try {
    fs.writeSync(1, `${JSON.stringify(value)}\n`);
  } catch (error) {
    if (error.code !== 'EPIPE') throw error;
    process.exit(0); // whoever reads has enough, as `| head` has
  }
}

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    'from-oldest': { type: 'boolean' }, // start with the oldest change still held
    'cursor-file': { type: 'string' }, // a file that keeps how far this program came
    subscription: { type: 'string' }, // a name under which the collector keeps that
    kind: { type: 'string', multiple: true, default: [] }, // node, service, task, ...
    change: { type: 'string', multiple: true, default: [] }, // for example node_role_changed
    'max-events': { type: 'string' }, // end after so many
    'token-file': { type: 'string' }, // else SWARMBELL_AUTH_TOKEN
    tls: { type: 'boolean' }, // TLS with Node's own authorities
    ca: { type: 'string' }, // the collector's authority, PEM
    cert: { type: 'string' }, // the client's certificate and its key, PEM
    key: { type: 'string' },
    protos: { type: 'string', default: fileURLToPath(new URL('../../proto', import.meta.url)) },
  },
});
const [target] = positionals;
if (!target) {
  note('usage: follow.mjs HOST:PORT [OPTION...]; the options are in this file');
  process.exit(2);
}

function makeClient() {
  const shape = { includeDirs: [options.protos], keepCase: true, longs: String, enums: String, bytes: String, oneofs: true };
  const { swarmbell } = grpc.loadPackageDefinition(loadSync('swarmbell/v1/change_feed.proto', shape));
  const read = (file) => (file ? fs.readFileSync(file) : null);
  const secure = options.tls || options.ca || options.cert;
  const credentials = secure
    ? grpc.credentials.createSsl(read(options.ca), read(options.key), read(options.cert))
    : grpc.credentials.createInsecure();
  return new swarmbell.v1.ChangeFeedService(target, credentials, {
    'grpc.keepalive_time_ms': 20_000,
    'grpc.keepalive_timeout_ms': 10_000,
    'grpc.initial_reconnect_backoff_ms': 200,
    'grpc.max_reconnect_backoff_ms': 5_000,
  });
}

function makeMetadata() {
  const token = options['token-file'] ? fs.readFileSync(options['token-file'], 'utf8') : process.env.SWARMBELL_AUTH_TOKEN;
  const metadata = new grpc.Metadata();
  if (token?.trim()) metadata.set('authorization', `Bearer ${token.trim()}`);
  return metadata;
}

function makeRequest() {
  const request = { subscriber_name: 'follow.mjs', subscription: options.subscription ?? '' };
  const file = options['cursor-file'];
  if (file && fs.existsSync(file)) request.resume_after = JSON.parse(fs.readFileSync(file, 'utf8'));
  else if (options['from-oldest']) request.from_oldest = true;
  const kinds = options.kind.map((kind) => `RESOURCE_KIND_${kind.toUpperCase()}`);
  if (kinds.length + options.change.length > 0) request.filters = [{ kinds, changes: options.change }];
  return request;
}

const client = makeClient();
const metadata = makeMetadata();
const request = makeRequest();
const seen = new Set();
let left = options['max-events'] ? Number(options['max-events']) : Infinity;
let failures = 0;

function isNew(id) {
  if (seen.has(id)) return false;
  seen.add(id);
  if (seen.size > REMEMBERED_EVENTS) seen.delete(seen.values().next().value);
  return true;
}

function handle(response) {
  if (response.gap) print({ gap: response.gap.reason ?? 'GAP_REASON_UNSPECIFIED' });
  for (const event of response.changes?.events ?? []) {
    if (!isNew(event.event_id)) continue;
    print({ event });
    left -= 1;
  }
}

const acknowledge = (cursor) =>
  new Promise((resolve, reject) => {
    const deadline = new Date(Date.now() + 10_000);
    const done = (error) => (error ? reject(error) : resolve());
    client.acknowledge({ subscription: options.subscription, cursor }, metadata, { deadline }, done);
  });

// To be called once everything in the response is handled: what is not must be sent again.
async function goOnAfter(response) {
  delete request.from_oldest;
  request.resume_after = response.cursor;
  const file = options['cursor-file'];
  if (file) {
    fs.writeFileSync(`${file}.new`, JSON.stringify(response.cursor));
    fs.renameSync(`${file}.new`, file);
  }
  if (options.subscription && (response.changes || response.gap)) await acknowledge(response.cursor);
}

const milliseconds = (duration) => Number(duration?.seconds ?? 0) * 1000 + (duration?.nanos ?? 0) / 1e6;

/** One call, until it ends or enough has been printed. */
async function subscribe() {
  const call = client.subscribe(request, metadata);
  let silence = 30_000;
  let watchdog;
  const expectMore = () => {
    clearTimeout(watchdog);
    watchdog = setTimeout(() => call.cancel(), silence);
  };
  expectMore();
  try {
    for await (const response of call) {
      if (response.opened) {
        silence = 3 * (milliseconds(response.opened.progress_interval) || 10_000);
        failures = 0;
        note(`subscribed after sequence ${response.cursor.sequence ?? 0}`);
      }
      expectMore();
      handle(response);
      await goOnAfter(response);
      if (left <= 0) return;
    }
    note('the collector ended the stream');
  } finally {
    clearTimeout(watchdog);
    call.cancel();
  }
}

async function wait() {
  failures += 1;
  const longest = Math.min(30_000, 200 * 2 ** failures);
  const pause = longest * (0.5 + Math.random() / 2);
  note(`subscribing again in ${(pause / 1000).toFixed(1)} s`);
  await sleep(pause);
}

while (left > 0) {
  try {
    await subscribe();
  } catch (error) {
    note(`${grpc.status[error.code]}: ${error.details}`);
    if (FINAL_CODES.has(error.code)) process.exit(1);
  }
  if (left > 0) await wait();
}
client.close();

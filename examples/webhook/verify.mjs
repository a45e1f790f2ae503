// Verifies a post of Swarmbell's webhook, which is signed as Standard Webhooks says.
//
//   node verify.mjs SECRET WEBHOOK_ID WEBHOOK_TIMESTAMP WEBHOOK_SIGNATURE < body      exit code 0 if it is genuine
//
// An example to copy: verify() is all of it.
import { createHmac, timingSafeEqual } from "node:crypto";
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const TOLERANCE = 300; // seconds

// True if `body`, a Buffer, was signed with the secret, at most five minutes ago.
export function verify(secret, id, timestamp, signatures, body, now = Date.now() / 1000) {
  if (!/^\d+$/.test(timestamp) || Math.abs(now - Number(timestamp)) > TOLERANCE) return false;
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  if (key.length === 0) return false; // anybody can sign with an empty one
  const digest = createHmac("sha256", key).update(`${id}.${timestamp}.`).update(body).digest("base64");
  const expected = Buffer.from(`v1,${digest}`);
  // While a secret is replaced there are two signatures: one of them must be good.
  return signatures.split(" ").some((one) => {
    const given = Buffer.from(one);
    return given.length === expected.length && timingSafeEqual(given, expected);
  });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const [secret, id, timestamp, signatures] = process.argv.slice(2);
  process.exit(verify(secret, id, timestamp, signatures, readFileSync(0)) ? 0 : 1);
}

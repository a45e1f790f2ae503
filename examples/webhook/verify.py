#!/usr/bin/python3
"""Verifies a post of Swarmbell's webhook, which is signed as Standard Webhooks says.

    verify.py SECRET WEBHOOK_ID WEBHOOK_TIMESTAMP WEBHOOK_SIGNATURE < body      exit code 0 if it is genuine

An example to copy: verify() is all of it.
"""

import base64
import hashlib
import hmac
import sys
import time

TOLERANCE = 300  # seconds


def verify(secret, message_id, timestamp, signatures, body, now=None):
    """True if `body`, as bytes, was signed with the secret, at most five minutes ago."""
    if not timestamp.isdecimal() or abs((now or time.time()) - int(timestamp)) > TOLERANCE:
        return False
    key = base64.b64decode(secret.removeprefix("whsec_"))
    if not key:  # anybody can sign with an empty one
        return False
    expected = hmac.new(key, f"{message_id}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    # While a secret is replaced there are two signatures: one of them must be good.
    return any(hmac.compare_digest(one.encode(), b"v1," + base64.b64encode(expected)) for one in signatures.split())


if __name__ == "__main__":
    sys.exit(0 if verify(*sys.argv[1:5], sys.stdin.buffer.read()) else 1)

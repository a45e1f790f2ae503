#!/usr/bin/python3
"""Passes the alerts of Swarmbell's webhook on to Apprise, and so to some hundred services.

    WEBHOOK_SECRET=whsec_... to_apprise.py PORT discord://... ntfy://...      needs: pip install apprise

An example to copy. A post that Apprise does not deliver is answered with 502: Swarmbell tries it again.
"""

import http.server
import json
import os
import subprocess
import sys

from verify import verify

TYPES = {"red": "failure", "yellow": "warning", "green": "success"}


class Bridge(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        signed = (self.headers.get(f"webhook-{name}", "") for name in ("id", "timestamp", "signature"))
        self.send_response(self.deliver(json.loads(body)["data"]) if verify(os.environ["WEBHOOK_SECRET"], *signed, body) else 401)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def deliver(self, alert):
        lines = [alert["sentence"]] + [f"{field['name'] or field['section']}: {field.get('after', field.get('value', ''))}"
                                       for field in alert["fields"]]
        done = subprocess.run(["apprise", "--title", alert["title"], "--body", "\n".join(lines), "--notification-type",
                               TYPES.get(alert["color"], "info"), *sys.argv[2:]], check=False, timeout=60)
        return 204 if done.returncode == 0 else 502


if __name__ == "__main__":
    http.server.ThreadingHTTPServer(("", int(sys.argv[1])), Bridge).serve_forever()

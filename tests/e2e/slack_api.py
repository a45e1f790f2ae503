"""A fake of Slack's Web API that keeps the messages of its channels and refuses what Slack refuses."""
import dataclasses
import http.server
import json
import re
import threading
import time

import cards

TOKEN = "xoxb-1234567890-e2e-bot-secret"
CHANNELS = {"C0123456789": "#alerts"}
LONGEST_BLOCKS = 13_000
EDITS_PER_SECOND = 1.0


@dataclasses.dataclass
class Message:
    ts: str
    channel: str
    versions: list  # the Cards that it showed, oldest first
    replies: list = dataclasses.field(default_factory=list)  # Cards
    broadcasts: int = 0
    edited: list = dataclasses.field(default_factory=list)  # when (time.monotonic())

    @property
    def card(self):
        return self.versions[-1]


def block_problem(body):
    """The error word for content that Slack refuses; None when it takes it."""
    blocks = body.get("blocks", [])
    attachments = body.get("attachments", [])
    if not body.get("text") and not blocks and not attachments:
        return "no_text"
    if len(body.get("text", "")) > 40_000:
        return "msg_too_long"
    if len(json.dumps([blocks, attachments], ensure_ascii=False)) > LONGEST_BLOCKS:
        return "msg_blocks_too_long"
    for attachment in attachments:
        if set(attachment) - {"color", "fallback", "blocks"} or len(attachment.get("blocks", [])) > 50:
            return "invalid_attachments"
    for block in blocks + [block for attachment in attachments for block in attachment.get("blocks", [])]:
        kind = block.get("type")
        if kind not in ("section", "context", "rich_text", "header", "divider"):
            return "invalid_blocks"
        empty = kind == "section" and not block.get("text") and not block.get("fields")
        if empty or (kind in ("context", "rich_text") and not block.get("elements")):
            return "invalid_blocks"
        if kind == "header" and not 0 < len(block["text"]["text"]) <= 150:
            return "invalid_blocks"
        if kind == "context" and len(block["elements"]) > 10 or len(block.get("fields", [])) > 10:
            return "invalid_blocks"
    return None


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        pass  # a client that is killed


class SlackApi:
    """`fail_next(method, error)` answers so once; `limit` enforces one edit a second for each message."""

    platform = "slack"

    def __init__(self, listener=None):
        self._condition = threading.Condition()
        self.messages = {}  # by (channel, ts)
        self.calls = []  # (method, error or "ok")
        self._failures = []
        self._number = 0
        api = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1

            def do_POST(self):
                raw = self.rfile.read(int(self.headers["Content-Length"]))
                status, answer, headers = api._answer(self.path, self.headers, raw)
                body = json.dumps(answer).encode()
                self.send_response(status)
                for name, value in {**headers, "Content-Type": "application/json",
                                    "Content-Length": str(len(body))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self._server = _Server(("127.0.0.1", 0), Handler, bind_and_activate=listener is None)
        if listener:
            self._server.socket.close()
            self._server.socket, self._server.server_address = listener, listener.getsockname()
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def url(self):
        host, port = self._server.server_address[:2]
        return f"http://{host}:{port}/api/"

    def settings(self, channel="#alerts"):
        return {"SWARMBELL_SLACK_BOT_TOKEN": TOKEN, "SWARMBELL_SLACK_CHANNEL": channel,
                "SWARMBELL_SLACK_API_URL": self.url}

    def fail_next(self, method, error, status=200, headers=None):
        with self._condition:
            self._failures.append((method, error, status, headers or {}))

    def _answer(self, path, headers, raw):
        method = path.removeprefix("/api/")
        with self._condition:
            status, answer, extra = self._act(method, headers, raw)
            self.calls.append((method, "ok" if answer.get("ok") else answer["error"]))
            self._condition.notify_all()
            return status, answer, extra

    def _act(self, method, headers, raw):
        refuse = lambda error: (200, {"ok": False, "error": error}, {})  # noqa: E731
        for failure in self._failures:
            if failure[0] == method:
                self._failures.remove(failure)
                return failure[2], {"ok": False, "error": failure[1]}, failure[3]
        if headers.get("Authorization") != f"Bearer {TOKEN}":
            return refuse("invalid_auth" if headers.get("Authorization") else "not_authed")
        if not headers.get("Content-Type", "").startswith("application/json"):
            return refuse("invalid_form_data")
        try:
            body = json.loads(raw)
        except ValueError:
            return refuse("invalid_json")
        problem = block_problem(body)
        if problem:
            return refuse(problem)
        if method == "chat.postMessage":
            return self._post(body, refuse)
        if method == "chat.update":
            return self._update(body, refuse)
        return refuse("unknown_method")

    def _post(self, body, refuse):
        channel = next((i for i, name in CHANNELS.items() if body.get("channel") in (i, name, name[1:])), None)
        if channel is None:
            return refuse("channel_not_found")
        card = cards.parse(body)
        self._number += 1
        ts = f"{int(time.time())}.{self._number:06}"
        root = body.get("thread_ts")
        if root is not None:
            message = self.messages.get((channel, root))
            if message is None:
                return refuse("thread_not_found")
            message.replies.append(card)
            message.broadcasts += 1 if body.get("reply_broadcast") else 0
        else:
            self.messages[(channel, ts)] = Message(ts, channel, [card])
        return 200, {"ok": True, "channel": channel, "ts": ts, "message": {"text": body.get("text", "")}}, {}

    def _update(self, body, refuse):
        if body.get("channel") not in CHANNELS:
            return refuse("channel_not_found")  # by ID only
        message = self.messages.get((body["channel"], body.get("ts")))
        if message is None:
            return refuse("message_not_found")
        now = time.monotonic()
        if message.edited and now - message.edited[-1] < EDITS_PER_SECOND * 0.9:
            return 429, {"ok": False, "error": "ratelimited"}, {"Retry-After": "1"}
        message.edited.append(now)
        message.versions.append(cards.parse(body))
        return 200, {"ok": True, "channel": body["channel"], "ts": message.ts, "text": body.get("text", "")}, {}

    def forget(self, message):
        """As if a person had deleted it."""
        with self._condition:
            del self.messages[(message.channel, message.ts)]

    def showing(self, *needles):
        """The messages any version of which shows all of it, oldest first."""
        with self._condition:
            return [message for message in self.messages.values()
                    if any(card.shows(*needles) for card in message.versions)]

    def wait_for(self, color, *needles, timeout=60):
        """The message that shows all of it now, in this colour."""
        found = lambda: next((message for message in self.messages.values()  # noqa: E731
                              if message.card.color == color and message.card.shows(*needles)), None)
        with self._condition:
            self._condition.wait_for(lambda: found() is not None, timeout)
            message = found()
        assert message, f"no {color} message shows {needles}. There are:\n{self}"
        return message

    def wait_until(self, condition, timeout=60):
        with self._condition:
            assert self._condition.wait_for(lambda: condition(self), timeout), str(self)

    def bars(self, message):
        """The numbers that its progress bars showed, such as 3/5, in order and each once."""
        shown = [re.search(r"[▰▱]+ (\d+/\d+)", card.text) for card in message.versions]
        numbers = [one.group(1) for one in shown if one]
        return [one for i, one in enumerate(numbers) if i == 0 or numbers[i - 1] != one]

    def __str__(self):
        lines = []
        for message in self.messages.values():
            lines += [f"message {message.ts}"] + [f"   {card}" for card in message.versions]
            lines += [f"   > {card}" for card in message.replies]
        return "\n".join(lines + [f"calls: {self.calls[-20:]}"])

    def close(self):
        self._server.shutdown()
        self._server.server_close()

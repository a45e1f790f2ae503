"""An HTTP server that stands in for Slack or Teams and keeps what it is sent; on loopback unless told otherwise."""
import http.server
import json
import ssl
import threading
import time

import cards
from sink_faults import UNANSWERED


class _Server(http.server.ThreadingHTTPServer):
    """With TLS when it is given a certificate and its key; `show` changes them for connections to come."""

    daemon_threads = True
    context = None

    def show(self, certificate, key):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        self.context = context

    def get_request(self):
        connection, address = super().get_request()
        if self.context:
            # The handler's thread shakes hands when it reads.
            connection = self.context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        return connection, address

    def handle_error(self, request, client_address):
        pass  # a client that hangs up or refuses the certificate


class WebhookSink:
    def __init__(self, platform, listener=None, tls=None, keep_connections=False):
        self.platform = platform
        self._condition = threading.Condition()
        self._cards = []
        self._raw = []
        self._answers = []
        self.fault = None  # answers instead, see sink_faults.py
        self.unanswered = set()  # when posts arrived that were kept without an answer
        sink = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1  # an answer leaves in one write, as web servers send it

            def do_POST(self):
                sink._receive(self)

            def log_message(self, *_):
                pass

        self._server = _Server(("127.0.0.1", 0), Handler, bind_and_activate=listener is None)
        if listener:
            self._server.socket.close()
            self._server.socket, self._server.server_address = listener, listener.getsockname()
        self.tls, self.keep_connections = tls, keep_connections
        if tls:
            self._server.show(*tls)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def url(self):
        path = "services/T000/B000/e2e-webhook-secret" if self.platform == "slack" else "workflows/e2e-webhook-secret"
        host, port = self._server.server_address[:2]
        return f"http{'s' if self.tls else ''}://{host}:{port}/{path}"

    def show(self, tls):
        """The certificate and key to show from now on."""
        self._server.show(*tls)

    def answer_next(self, status, headers=None, delay=0):
        """The next post that has no answer planned yet is answered so, and is not counted as a card unless 2xx."""
        with self._condition:
            self._answers.append((status, headers or {}, delay))

    def _receive(self, handler):
        raw = handler.rfile.read(int(handler.headers["Content-Length"]))
        arrived = time.monotonic()
        with self._condition:
            status, headers, delay = self._answers.pop(0) if self._answers else (200, {}, 0)
        if self.fault:
            accepted = self.fault(handler)
            with self._condition:
                self._raw.append(raw.decode())
                if accepted == UNANSWERED:
                    self.unanswered.add(arrived)
                if accepted:
                    self._cards.append(cards.parse(json.loads(raw), arrived))
                    self._condition.notify_all()
            return
        if delay:
            time.sleep(delay)
        with self._condition:
            self._raw.append(raw.decode())
            if 200 <= status < 300:
                self._cards.append(cards.parse(json.loads(raw), arrived))
                self._condition.notify_all()
        answer = b"ok"
        handler.send_response(status)
        if self.tls and not self.keep_connections:
            headers = {**headers, "Connection": "close"}  # so that each post sees the certificate of its time
        for name, value in {**headers, "Content-Length": str(len(answer))}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(answer)

    def cards(self):
        with self._condition:
            return list(self._cards)

    def posted(self):
        """The bodies of all posts, also of those that were refused."""
        with self._condition:
            return list(self._raw)

    def wait_for(self, matches, since, timeout):
        """The first card from the `since`-th on that matches; None after the timeout."""
        with self._condition:
            found = lambda: next((card for card in self._cards[since:] if matches(card)), None)  # noqa: E731
            self._condition.wait_for(lambda: found() is not None, timeout)
            return found()

    def close(self):
        self._server.shutdown()
        self._server.server_close()

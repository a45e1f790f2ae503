#!/usr/bin/python3
"""How the notifier posts over a network that is not its own: webhooks_test.py NOTIFIER

TLS, proxies and redirects, by --test-alert, which says what becomes of one message.
"""
import contextlib
import http.server
import os
import pathlib
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import unittest

SECRET = "marked-webhook-secret"
PROXY_PASSWORD = "marked-proxy-password"


class Webhook(http.server.ThreadingHTTPServer):
    """Answers every post, and keeps its path."""

    daemon_threads = True

    def __init__(self, certificate=None, redirect=None, status=200, answer=b"ok"):
        self.paths = []
        webhook = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                self.rfile.read(int(self.headers["Content-Length"]))
                webhook.paths.append(self.path)
                self.send_response(307 if redirect else status)
                if redirect:
                    self.send_header("Location", redirect)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_):
                pass

        super().__init__(("127.0.0.1", 0), Handler)
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(f"{certificate}.pem", f"{certificate}.key")
            self.socket = context.wrap_socket(self.socket, server_side=True)
        self.url = f"{'https' if certificate else 'http'}://127.0.0.1:{self.server_address[1]}/{SECRET}"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, request, client_address):
        pass  # a client that does not trust the certificate

    def __exit__(self, *unused):
        self.shutdown()
        self.server_close()


class Proxy:
    """Passes CONNECT on, or refuses it; keeps who was asked for."""

    def __init__(self, refuse=False):
        self._refuse = refuse
        self.asked = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self._listener.close()

    def _serve(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._connect, args=(client,), daemon=True).start()

    def _connect(self, client):
        request = b""
        while b"\r\n\r\n" not in request:
            request += client.recv(4096)
        method, target, _ = request.split(b"\r\n")[0].decode().split()
        self.asked.append(f"{method} {target}")
        if self._refuse:
            client.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
            client.close()
            return
        host, port = target.rsplit(":", 1)
        server = socket.create_connection((host, int(port)))
        client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        threading.Thread(target=self._copy, args=(server, client), daemon=True).start()
        self._copy(client, server)

    @staticmethod
    def _copy(source, target):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)


class WebhooksTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        directory = tempfile.TemporaryDirectory()
        cls.addClassCleanup(directory.cleanup)
        cls.certificate = str(pathlib.Path(directory.name) / "own")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                        "-days", "2", "-subj", "/CN=own", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout",
                        f"{cls.certificate}.key", "-out", f"{cls.certificate}.pem"], check=True, capture_output=True)

    def post(self, url, **environment):
        """--test-alert to a Slack webhook: (exit code, all it printed)."""
        kept = {key: value for key, value in os.environ.items() if not key.lower().endswith("_proxy")
                and not key.startswith("SWARMBELL_")}
        done = subprocess.run([NOTIFIER, "--test-alert"], env=kept | {"SWARMBELL_SLACK_WEBHOOK_URL": url} | environment,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30)
        printed = done.stdout + done.stderr
        self.assertNotIn(SECRET, printed)
        self.assertNotIn(PROXY_PASSWORD, printed)
        return done.returncode, printed

    def test_what_failed_is_told_once_and_with_what_to_do(self):
        closed = socket.create_server(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        closed.close()
        code, printed = self.post(f"http://127.0.0.1:{port}/{SECRET}")
        self.assertEqual(code, 1)
        self.assertEqual(printed.count("Connection refused"), 1, printed)
        self.assertIn("check the webhook's URL", printed)
        for status, advice in ((503, "server error"), (408, "not ready for the message"), (429, "rate limited")):
            with Webhook(status=status, answer=b"") as webhook:
                code, printed = self.post(webhook.url)
                self.assertEqual((code, printed.count(f"answered {status}"), webhook.paths), (1, 1, [f"/{SECRET}"]))
                self.assertIn(advice, printed)

    def test_a_success_that_is_none_is_told_as_such(self):
        with Webhook(answer=b"<html>please log in</html>") as webhook:
            code, printed = self.post(webhook.url)
            self.assertEqual(code, 1)
            self.assertEqual(printed.count('answered 200 but not "ok"'), 1, printed)
            self.assertIn("a proxy or a login page", printed)

    def test_the_log_tells_every_step_when_it_is_to(self):
        with Webhook(status=404) as webhook:
            code, printed = self.post(webhook.url, SWARMBELL_LOG_LEVEL="debug")
            self.assertEqual(code, 1)
            self.assertEqual(printed.count("answered 404"), 2, printed)

    def test_a_redirect_is_not_followed(self):
        with Webhook() as other, Webhook(redirect=other.url) as webhook:
            code, printed = self.post(webhook.url)
            self.assertEqual(code, 1)
            self.assertIn("answered 307", printed)
            self.assertIn("redirects are not followed", printed)
            self.assertEqual((len(webhook.paths), other.paths), (1, []))

    def test_a_certificate_that_nobody_vouches_for_is_refused(self):
        with Webhook(self.certificate) as webhook:
            code, printed = self.post(webhook.url)
            self.assertEqual(code, 1)
            self.assertRegex(printed, "TLS with receiver slack failed: .*self.signed certificate")
            self.assertIn("delivery.ca", printed)
            self.assertEqual(webhook.paths, [])

    def test_a_ca_of_ones_own_can_be_trusted(self):
        with Webhook(self.certificate) as webhook:
            code, printed = self.post(webhook.url, SWARMBELL_DELIVERY_CA=f"{self.certificate}.pem")
            self.assertEqual(code, 0, printed)
            self.assertEqual(webhook.paths, [f"/{SECRET}"])

    def test_a_proxy_is_used_and_left_out_where_told(self):
        with Webhook(self.certificate) as webhook, Proxy() as proxy:
            settings = {"SWARMBELL_DELIVERY_CA": f"{self.certificate}.pem",
                        "HTTPS_PROXY": f"http://user:{PROXY_PASSWORD}@127.0.0.1:{proxy.port}"}
            code, printed = self.post(webhook.url, **settings)
            self.assertEqual(code, 0, printed)
            self.assertEqual(proxy.asked, [f"CONNECT 127.0.0.1:{webhook.server_address[1]}"])
            code, printed = self.post(webhook.url, NO_PROXY="example.com,127.0.0.1", **settings)
            self.assertEqual(code, 0, printed)
            self.assertEqual((len(proxy.asked), len(webhook.paths)), (1, 2))

    def test_a_proxy_that_refuses_is_named_and_its_password_is_not(self):
        with Proxy(refuse=True) as proxy:
            code, printed = self.post(f"https://hooks.example/{SECRET}",
                                      HTTPS_PROXY=f"http://user:{PROXY_PASSWORD}@127.0.0.1:{proxy.port}")
            self.assertEqual(code, 1)
            self.assertEqual(proxy.asked, ["CONNECT hooks.example:443"])
            self.assertIn("407", printed)

    def test_a_retired_teams_connector_is_refused_with_help(self):
        kept = os.environ | {"SWARMBELL_TEAMS_WEBHOOK_URL": f"https://corp.webhook.office.com/webhookb2/{SECRET}"}
        done = subprocess.run([NOTIFIER, "--check-config"], env=kept, capture_output=True, text=True, timeout=30)
        self.assertEqual(done.returncode, 1)
        self.assertIn("Send webhook alerts to a channel", done.stderr)
        self.assertNotIn(SECRET, done.stdout + done.stderr)


if __name__ == "__main__":
    NOTIFIER = sys.argv.pop(1)
    unittest.main()

"""A notifier, a change feed that makes changes on command, and the programs that the notifier posts to."""
import contextlib
import http.server
import json
import os
import pathlib
import re
import socket
import subprocess
import tempfile
import threading
import time
import urllib.request

PATIENCE = 40


def wait_until(holds, what, seconds=PATIENCE):
    deadline = time.monotonic() + seconds
    while not (value := holds()):
        assert time.monotonic() < deadline, f"{what}: not within {seconds} s"
        time.sleep(0.05)
    return value


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Endpoint(http.server.ThreadingHTTPServer):
    """A program that is posted to. Faults come first, one a request: (status, headers) or a number of seconds without an answer."""

    daemon_threads = True

    def __init__(self):
        self.posts = []  # accepted: (method, path, headers, body)
        self.tries = []
        self.faults = []
        self.lock = threading.Lock()
        endpoint = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"] or 0))
                headers = {name.lower(): value for name, value in self.headers.items()}
                with endpoint.lock:
                    endpoint.tries.append((self.command, self.path, headers, body))
                    fault = endpoint.faults.pop(0) if endpoint.faults else None
                    answer, extra = "", {}
                    if isinstance(fault, tuple):
                        status, extra = fault
                    elif fault is None:
                        status, answer = endpoint.take(self.command, self.path, headers, body)
                        endpoint.posts += [endpoint.tries[-1]] if status < 300 and self.command != "GET" else []
                if isinstance(fault, (int, float)):
                    time.sleep(fault)
                    self.close_connection = True
                    return
                self.send_response(status)
                for name, value in extra.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer.encode())

            do_PATCH = do_GET = do_POST

            def log_message(self, *_):
                pass

        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def take(self, method, path, headers, body):
        """(status, answer)"""
        return 200, ""

    def handle_error(self, request, client_address):
        pass  # a client that was killed, or waited no longer

    def bodies(self):
        with self.lock:
            return [json.loads(body) for _, _, _, body in self.posts]

    def close(self):
        self.shutdown()
        self.server_close()


class Grafana(Endpoint):
    """Takes annotations, and refuses what Grafana refuses."""

    token = "glsa_0123456789abcdef"
    not_found = (404, '{"message":"annotation not found"}')

    def __init__(self):
        self.annotations = {}
        super().__init__()

    def take(self, method, path, headers, body):
        if headers.get("authorization") != f"Bearer {self.token}":
            return 401, '{"message":"Invalid API key"}'
        match = re.fullmatch(r"/api/annotations/(\d+)", path)
        number = int(match[1]) if match else None
        if method == "GET":
            return (200, json.dumps({"id": number} | self.annotations[number])) if number in self.annotations else self.not_found
        given = json.loads(body)
        if headers["content-type"] != "application/json" or not isinstance(given, dict) or not self.is_valid(given):
            return 400, '{"message":"bad request data"}'
        if (method, path) == ("POST", "/api/annotations"):
            number = max(self.annotations, default=0) + 1
            # Grafana keeps of each tag the two parts before a second colon.
            tags = [":".join(part.strip() for part in tag.split(":")[:2]) for tag in given["tags"]]
            self.annotations[number] = {"timeEnd": given["time"]} | given | {"tags": tags}
            return 200, json.dumps({"message": "Annotation added", "id": number})
        if method != "PATCH" or number not in self.annotations:
            return self.not_found
        changed = self.annotations[number] | given
        if changed["timeEnd"] < changed["time"]:
            return 400, '{"message":"wrong time range"}'
        self.annotations[number] = changed
        return 200, '{"message":"Annotation patched"}'

    @staticmethod
    def is_valid(given):
        return (set(given) <= {"time", "timeEnd", "tags", "text"} and given.get("text")
                and all(isinstance(given[key], int) for key in given.keys() & {"time", "timeEnd"})
                and all(isinstance(tag, str) and 0 < len(tag) <= 100 for tag in given["tags"])
                and len(json.dumps(given["tags"])) <= 500)


class Alertmanager:
    """Debian's, which passes what fires and what is resolved on to a webhook of its own."""

    program = "prometheus-alertmanager"

    def __init__(self):
        self._told = Endpoint()
        self._directory = tempfile.TemporaryDirectory(prefix="swarmbell-alertmanager-")
        folder = self._directory.name
        pathlib.Path(folder, "config.yml").write_text(f"""
            route: {{receiver: hook, group_by: ['...'], group_wait: 0s, group_interval: 1s, repeat_interval: 1h}}
            receivers: [{{name: hook, webhook_configs: [{{url: '{self._told.url}', send_resolved: true}}]}}]
            """, encoding="ascii")
        address = f"127.0.0.1:{free_port()}"
        self.url = f"http://{address}"
        self._process = subprocess.Popen([self.program, f"--config.file={folder}/config.yml", f"--storage.path={folder}/data",
                                          f"--web.listen-address={address}", "--cluster.listen-address="],
                                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until(self._is_ready, "Alertmanager is ready")

    def _is_ready(self):
        with contextlib.suppress(OSError):
            return self.alerts() is not None

    def alerts(self, name=None):
        with urllib.request.urlopen(f"{self.url}/api/v2/alerts", timeout=PATIENCE) as answer:
            return [alert for alert in json.load(answer) if name in (None, alert["labels"]["alertname"])]

    def told_of(self, name, an_object=None):
        """The states of the alerts of this name that it reported: firing, resolved."""
        return [alert["status"] for body in self._told.bodies() for alert in body["alerts"] if alert["labels"]["alertname"] == name
                and an_object in (None, alert["labels"].get("object"))]

    def close(self):
        self._process.kill()
        self._process.wait()
        self._told.close()
        self._directory.cleanup()


class Feed:
    def __init__(self, program):
        self._process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.port = int(self._process.stdout.readline())

    def emit(self, event):
        self._process.stdin.write(f"event {json.dumps(event)}\n")
        self._process.stdin.flush()

    def close(self):
        self._process.stdin.close()
        self._process.wait(PATIENCE)
        self._process.stdout.close()


class Notifier:
    def __init__(self, program, feed, **settings):
        self._directory = tempfile.TemporaryDirectory(prefix="swarmbell-receivers-")
        self._log = pathlib.Path(self._directory.name, "log")
        self._program = program
        self.environment = {key: value for key, value in os.environ.items() if not key.startswith("SWARMBELL_")} | {
            "SWARMBELL_LISTEN": "127.0.0.1:0", "SWARMBELL_METRICS_LISTEN": "off", "SWARMBELL_GROUPING_WINDOW": "0s",
            "SWARMBELL_GROUPING_DIGEST_OVER": "1000", "SWARMBELL_DELIVERY_TIMEOUT": "1s"}
        if feed:
            self.environment["SWARMBELL_COLLECTORS"] = f"localhost:{feed.port}"
        self.environment |= {f"SWARMBELL_{name.upper()}": value for name, value in settings.items()}
        self._process = None

    def start(self):
        followed = self.log().count("A feed is following")
        with open(self._log, "ab") as log:
            self._process = subprocess.Popen([self._program], env=self.environment, stdin=subprocess.DEVNULL,
                                             stdout=subprocess.DEVNULL, stderr=log)
        wait_until(lambda: self.log().count("A feed is following") > followed, "the feed is followed")
        return self

    def kill(self):
        self._process.kill()
        self._process.wait(PATIENCE)

    def restart(self):
        self.kill()
        self.start()

    def log(self):
        return self._log.read_text(errors="replace") if self._log.exists() else ""

    def run(self, *arguments):
        done = subprocess.run([self._program, *arguments], env=self.environment, stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=PATIENCE, check=False)
        return done.returncode, done.stdout + done.stderr

    def close(self):
        if self._process and self._process.poll() is None:
            self._process.terminate()
            self._process.wait(PATIENCE)
        with contextlib.suppress(OSError):
            self._directory.cleanup()


class Changes:
    """The changes of one made-up swarm."""

    def __init__(self):
        self._count = 0
        self._start = time.time() - 60

    def _change(self, kind, name, details, **resource):
        self._count += 1
        seconds = self._start + self._count / 10
        observed = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{int(seconds % 1 * 1000):03}Z"
        return {"eventId": f"{name}-{self._count}", "observeTime": observed, "action": "ACTION_UPDATED",
                "resource": {"kind": f"RESOURCE_KIND_{kind}", "id": f"id-{name}", "name": name} | resource,
                "cluster": {"id": "swarm1", "name": "prod-eu"}, **details}

    def update(self, state, name="shop_api"):
        return self._change("SERVICE", name, {"serviceUpdateStateChanged": {"currentState": f"UPDATE_STATE_{state}"}}, stack="shop")

    def node(self, state, name="worker-1"):
        before = "READY" if state == "DOWN" else "DOWN"
        return self._change("NODE", name, {"nodeStateChanged": {"previousState": f"NODE_STATE_{before}",
                                                                "currentState": f"NODE_STATE_{state}"}})

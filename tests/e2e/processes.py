"""The two programs as processes of their own, configured as users configure them: by their environment."""
import contextlib
import os
import pathlib
import random
import re
import signal
import socket
import subprocess
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD_DIR = pathlib.Path(os.environ.get("SWARMBELL_BUILD_DIR", ROOT / "build" / "dev")).resolve()


# Each process of pytest has ports of its own, and gives none out twice: one that is killed comes back to its port.
_FIRST_PORT = 12_000 + 2_500 * (int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 8)
_given = set()


def free_port():
    """A port below those that the kernel gives to outgoing connections: none of them takes it before it is used."""
    while True:
        port = random.SystemRandom().randrange(_FIRST_PORT, _FIRST_PORT + 2_500)
        if port in _given:
            continue
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            _given.add(port)
            return port


def answers(port):
    with socket.socket() as probe:
        probe.settimeout(0.2)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def binary(name):
    path = BUILD_DIR / name.removeprefix("swarmbell-") / name
    assert path.exists(), f"{path} is missing: build it (`cmake --build --preset dev`) or set SWARMBELL_BUILD_DIR"
    return path


class Program:
    """One of the two programs. Its log is a file, `log()` reads it."""

    name = ""

    def __init__(self, directory, settings, label=""):
        self.port, self.metrics_port = free_port(), free_port()
        self.log_path = pathlib.Path(directory) / f"{self.name}{label}.log"
        inherited = {key: value for key, value in os.environ.items() if not key.startswith(("SWARMBELL_", "DOCKER_"))}
        self.env = inherited | {
            "SWARMBELL_LISTEN": f"127.0.0.1:{self.port}",
            "SWARMBELL_METRICS_LISTEN": f"127.0.0.1:{self.metrics_port}",
            "SWARMBELL_LOG_LEVEL": "debug",
        } | settings
        self.process = None
        self.kills = []  # when it was killed (time.monotonic())
        self._launcher = []

    @property
    def target(self):
        return f"127.0.0.1:{self.port}"

    def start(self, timeout=15):
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen([*self._launcher, binary(self.name)], env=self.env, stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=subprocess.STDOUT)
        deadline = time.monotonic() + timeout
        while not answers(self.port):
            assert self.process.poll() is None, f"{self.name} ended at once ({self.process.returncode}):\n{self.log()}"
            assert time.monotonic() < deadline, f"{self.name} does not listen after {timeout} s:\n{self.log()}"
            time.sleep(0.02)
        return self

    def log(self):
        return self.log_path.read_text(errors="replace") if self.log_path.exists() else ""

    def wait_for_log(self, needle, timeout=20):
        deadline = time.monotonic() + timeout
        while needle not in self.log():
            assert time.monotonic() < deadline, f"{self.name} did not log {needle!r} within {timeout} s:\n{self.log()}"
            time.sleep(0.02)

    def run(self, *args, timeout=20):
        """Runs the program once with other arguments and the same settings."""
        return subprocess.run([binary(self.name), *args], env=self.env, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=timeout)

    def terminate(self, timeout=10):
        """SIGTERM; returns (exit code, seconds)."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout), time.monotonic() - began

    def trust_only(self, authority):
        """Puts this file in the place of the system's certificate authorities, for this program alone."""
        mount = f"mount --bind {authority} /etc/ssl/certs/ca-certificates.crt && exec \"$0\""
        self._launcher = ["unshare", "--mount", "sh", "-c", mount]

    def kill9(self):
        self.kills.append(time.monotonic())
        self.process.kill()
        self.process.wait(5)

    def resident_kib(self, what="VmRSS:"):
        """Resident memory; `what` as in /proc/PID/status: RssAnon: for its own, VmHWM: for the most so far."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(next(line.split()[1] for line in status.splitlines() if line.startswith(what)))

    def well(self):
        """True if /healthz answers with 200."""
        try:
            with socket.create_connection(("127.0.0.1", self.metrics_port), 1) as connection:
                connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                return connection.recv(100).startswith(b"HTTP/1.1 200")
        except OSError:
            return False

    def open_files(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def metrics(self):
        """(name, labels as written, value) of each."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.metrics_port}/metrics", timeout=10) as answer:
            text = answer.read().decode()
        return [(name, labels, float(value)) for name, labels, value in
                re.findall(r"^([a-z_]+)(?:\{(.*)\})? (\S+)$", text, re.MULTILINE)]

    def metric(self, name):
        """The sum over its labels."""
        return sum(value for other, _, value in self.metrics() if other == name)

    def slowest(self, histogram):
        """The bound of the highest bucket that holds anything, over all labels."""
        slowest, below = 0.0, {}
        for name, labels, count in self.metrics():
            if name != f"{histogram}_bucket":
                continue
            others, bound = re.sub(r'le="[^"]*"', "", labels), float(re.search(r'le="([^"]*)"', labels).group(1))
            if count > below.get(others, 0.0):
                slowest, below[others] = max(slowest, bound), count
        return slowest

    def close(self):
        if self.process and self.process.poll() is None:
            self.kill9()


class Collector(Program):
    name = "swarmbell-collector"

    def __init__(self, directory, node, settings=None, label=""):
        super().__init__(directory, {"SWARMBELL_DOCKER_HOST": f"unix://{node.socket}", "SWARMBELL_POLL_INTERVAL": "1s",
                                     "SWARMBELL_CLUSTER_NAME": "lab"} | (settings or {}), label)

    def has_baseline(self):
        """True once everything was read, up to the last list; that is compared a few milliseconds later."""
        with contextlib.suppress(OSError):
            read = [labels for name, labels, _ in self.metrics() if name == "swarmbell_poll_last_success_timestamp_seconds"]
            return any("/swarm" in labels for labels in read) or "endpoint=/swarm" in self.log()
        return False


class Notifier(Program):
    name = "swarmbell-notifier"

    def __init__(self, directory, collectors, sinks, settings=None, label=""):
        hooks = {f"SWARMBELL_{sink.platform.upper()}_WEBHOOK_URL": sink.url for sink in sinks}
        super().__init__(directory, {"SWARMBELL_COLLECTORS": ",".join(c.target for c in collectors)} | hooks
                         | (settings or {}), label)

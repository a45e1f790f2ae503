"""A real engine with many services whose tasks no node can take: they are listed, and cost nothing."""
import http.client
import json
import socket
import time

import measure  # noqa: F401  # pylint: disable=unused-import  # finds tests/e2e
from lab import Lab  # noqa: F401  # pylint: disable=unused-import


class Engine(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("engine", timeout=60)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(60)
        self.sock.connect(self.path)

    def ask(self, method, path, body=None):
        self.request(method, "/v1.41" + path, json.dumps(body) if body is not None else None,
                     {"Content-Type": "application/json"})
        answer = self.getresponse()
        text = answer.read()
        assert answer.status < 300, (method, path, answer.status, text)
        return json.loads(text) if text else None

    def update(self, service, edit):
        """Changes a service's specification; returns when it was asked for, and when the engine had answered."""
        edit(service["Spec"])
        asked = time.monotonic()
        self.ask("POST", f"/services/{service['ID']}/update?version={service['Version']['Index']}", service["Spec"])
        return asked, time.monotonic()


def name(number):
    return f"shop{number % 40}_svc{number:04d}"


def spec(number, tasks, color="green"):
    """As large as those of real stacks: half a hundred lines of environment, labels, mounts."""
    own = name(number)
    return {
        "Name": own,
        "Labels": {"com.docker.stack.namespace": f"shop{number % 40}", "com.docker.stack.image": "registry.example.org/shop/api:2.4.1"}
        | {f"traefik.http.routers.{own}.rule{i}": f"Host(`{own}-{i}.example.org`)" for i in range(4)},
        "TaskTemplate": {
            "ContainerSpec": {
                "Image": "registry.example.org/shop/api:2.4.1@sha256:" + "0123456789abcdef" * 4,
                "Args": ["serve", "--listen=0.0.0.0:8080", f"--name={own}", "--workers=4", "--log-format=json"],
                "Env": [f"SETTING_{i}=https://{own}-{i}.internal.example.org:8443/api/v2?region=eu-central" for i in range(19)]
                + [f"COLOR={color}"],
                "Healthcheck": {"Test": ["CMD-SHELL", "wget -q -O - http://localhost:8080/healthz || exit 1"],
                                "Interval": 10_000_000_000, "Timeout": 3_000_000_000, "Retries": 3},
                "Labels": {"com.docker.stack.namespace": f"shop{number % 40}"},
                "Mounts": [{"Type": "volume", "Source": f"{own}-data-{i}", "Target": f"/data/{i}"} for i in range(3)]},
            "Resources": {"Limits": {"MemoryBytes": 256 << 20, "NanoCPUs": 500_000_000}},
            "Placement": {"Constraints": ["node.labels.nowhere == true"]},
            "ForceUpdate": 0},
        "Mode": {"Replicated": {"Replicas": tasks}},
        "UpdateConfig": {"Parallelism": 1, "Delay": 10_000_000_000, "FailureAction": "pause", "Order": "stop-first"},
        "EndpointSpec": {"Mode": "vip"},
    }


def fill(path, first, count, tasks):
    engine = Engine(path)
    for number in range(first, first + count):
        engine.ask("POST", "/services/create", spec(number, tasks))


def edit_all(path, names, edit):
    """Edits the specification of each service, or of those that are named; each then has a `PreviousSpec`."""
    engine = Engine(path)
    for service in engine.ask("GET", "/services"):
        if names is None or service["Spec"]["Name"] in names:
            engine.update(service, edit)


def paint(color):
    return lambda old: old["TaskTemplate"]["ContainerSpec"]["Env"].__setitem__(-1, f"COLOR={color}")


def recolor(path, names, color):
    edit_all(path, names, paint(color))


def scale(path, tasks):
    edit_all(path, None, lambda old: old["Mode"]["Replicated"].update(Replicas=tasks))


def wait_for_tasks(path, count, timeout=300):
    """Until so many tasks wait for a node that takes them."""
    deadline = time.monotonic() + timeout
    while True:
        tasks = Engine(path).ask("GET", "/tasks")
        if sum(task["Status"]["State"] == "pending" and "Err" in task["Status"] for task in tasks) >= count:
            return len(tasks)
        assert time.monotonic() < deadline, f"of {count} tasks only {len(tasks)} are there after {timeout} s"
        time.sleep(2)

"""A real engine with many services whose tasks no node can take: they are listed, and cost nothing."""
import http.client
import json
import pathlib
import socket
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))

from lab import Lab  # noqa: E402,F401


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


def spec(number, tasks, color="green"):
    """As large as those of real stacks: half a hundred lines of environment, labels, mounts, networks."""
    name = f"shop{number % 40}_svc{number:04d}"
    return {
        "Name": name,
        "Labels": {"com.docker.stack.namespace": f"shop{number % 40}", "com.docker.stack.image": "registry.example.org/shop/api:2.4.1"}
        | {f"traefik.http.routers.{name}.rule{i}": f"Host(`{name}-{i}.example.org`)" for i in range(4)},
        "TaskTemplate": {
            "ContainerSpec": {
                "Image": "registry.example.org/shop/api:2.4.1@sha256:" + "0123456789abcdef" * 4,
                "Env": [f"SETTING_{i}=value-{i}-of-{name}" for i in range(19)] + [f"COLOR={color}"],
                "Labels": {"com.docker.stack.namespace": f"shop{number % 40}"},
                "Mounts": [{"Type": "volume", "Source": f"{name}-data-{i}", "Target": f"/data/{i}"} for i in range(3)]},
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


def recolor(path, names, color):
    """An update of each service, so that it has a `PreviousSpec`."""
    engine = Engine(path)
    for service in engine.ask("GET", "/services"):
        if names is not None and service["Spec"]["Name"] not in names:
            continue
        new = service["Spec"]
        new["TaskTemplate"]["ContainerSpec"]["Env"][-1] = f"COLOR={color}"
        engine.ask("POST", f"/services/{service['ID']}/update?version={service['Version']['Index']}", new)

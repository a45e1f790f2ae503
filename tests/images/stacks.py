"""Stacks of compose/ on a lab: deployed as a user does it, and gone when the block ends."""
import contextlib
import os
import subprocess
import time

from build_engine import ROOT
from containers import docker_gid, logs, wait_until
from lab import DOCKER

NAME = "swarmbell"


class Stack:
    def __init__(self, lab, **variables):
        self.lab, self.node = lab, lab.managers[0]
        self.variables = {"DOCKER_GID": str(docker_gid(self.node)), "SWARMBELL_LOG_LEVEL": "debug"} | variables
        self._secrets = []

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if kind:
            print(self.story())
        self.node.docker("stack", "rm", NAME, check=False)
        # Networks and configs go only when the last task has.
        wait_until(lambda: not self._left(), "the stack is gone", 60, lambda: str(self._left()))
        for secret in self._secrets:
            self.node.docker("secret", "rm", secret, check=False)

    def _left(self):
        of_stack = ("--quiet", "--filter", f"label=com.docker.stack.namespace={NAME}")
        left = [self.node.docker(kind, "ls", *of_stack) for kind in ("service", "network", "config")]
        left += [node.docker("ps", "--all", *of_stack) for node in self.lab.nodes]
        return [line for line in left if line]

    def secret(self, name, value):
        subprocess.run([DOCKER, "-H", f"unix://{self.node.socket}", "secret", "create", name, "-"], input=value, text=True,
                       check=True, capture_output=True, timeout=30)
        self.own(name)

    def own(self, secret):
        """Removes this secret at the end."""
        self._secrets.append(secret)

    def webhooks(self, sinks):
        for sink in sinks:
            self.secret(f"swarmbell_{sink.platform}_webhook", sink.url + "\n")

    def deploy(self, *files):
        command = [DOCKER, "-H", f"unix://{self.node.socket}", "stack", "deploy", "--resolve-image", "never"]
        for file in files:
            command += ["--compose-file", ROOT / "compose" / file]
        done = subprocess.run([*map(str, command), NAME], env=os.environ | self.variables, capture_output=True, text=True,
                              timeout=60, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        # An option that the swarm leaves out is one that the file only seems to have.
        assert "Ignoring" not in done.stderr, done.stderr

    def containers(self, service):
        """(node, container) of each task of a service that runs."""
        of_service = f"label=com.docker.swarm.service.name={NAME}_{service}"
        found = []
        for node in self.lab.nodes:
            found += [(node, line) for line in node.docker("ps", "--quiet", "--filter", of_service).split()]
        return found

    def wait_for(self, service, count=1, timeout=60):
        """Waits until this number of its tasks runs; with a health check, the engine calls only a healthy one running."""
        def running():
            states = self.node.docker("service", "ps", f"{NAME}_{service}", "--filter", "desired-state=running",
                                      "--format", "{{.CurrentState}}", check=False).splitlines()
            return len([state for state in states if state.startswith("Running")]) == count
        wait_until(running, f"{count} tasks of {service} run", timeout, self.story)
        return self.containers(service)

    def wait_until_following(self, collectors, timeout=60):
        node, container = self.wait_for("notifier")[0]
        wait_until(lambda: following(node, container) == collectors, f"the notifier follows {collectors} collectors", timeout,
                   self.story)

    def story(self):
        """The logs and states to read when something went wrong."""
        told = [self.node.docker("stack", "ps", "--no-trunc", NAME, check=False)]
        for service in ("collector", "notifier", "socket-proxy", "redis"):
            for node, container in self.containers(service):
                told.append(f"--- {service} on {node.name}\n" + "\n".join(logs(node, container).splitlines()[-15:]))
        return "\n".join(told)


def inside(node, container, *command):
    """Runs one of this machine's programs in the network of a container."""
    pid = node.docker("inspect", "--format", "{{.State.Pid}}", container)
    done = subprocess.run(["nsenter", "--target", str(node.pid("init")), "--mount", "--pid", "nsenter", "--target", pid,
                           "--net", *command], capture_output=True, text=True, timeout=30, check=False)
    return done.stdout


def metrics(node, container, port):
    lines = inside(node, container, "curl", "-s", "--max-time", "5", f"http://127.0.0.1:{port}/metrics").splitlines()
    return dict(line.rsplit(" ", 1) for line in lines if not line.startswith("#"))


def following(node, container):
    found = metrics(node, container, 9465)
    return sum(float(value) for name, value in found.items() if name.startswith("swarmbell_feed_connected"))


@contextlib.contextmanager
def service(lab, name, *options):
    lab.managers[0].docker("service", "create", "--detach", "--no-resolve-image", "--name", name, *options, "bb:1")
    try:
        yield name
    finally:
        lab.managers[0].docker("service", "rm", name, check=False)


def told(sinks, text):
    """The cards that show this text, for each sink."""
    return [[card for card in sink.cards() if card.shows(text)] for sink in sinks]


def expect_once(sinks, text, story, timeout=30, calm=2.0):
    """A card on each sink, and not a second one while nothing more happens."""
    wait_until(lambda: all(told(sinks, text)), f"a card with {text!r}", timeout,
               lambda: "\n".join(map(str, sinks[0].cards())) + story())
    time.sleep(calm)
    counts = [len(cards) for cards in told(sinks, text)]
    assert counts == [1] * len(sinks), f"{text!r} was told {counts} times"

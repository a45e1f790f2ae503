#!/usr/bin/python3
"""A real Docker swarm on one machine: one engine per network namespace (compose/engine.sh starts them).

For people:  sudo tests/e2e/lab.py up --managers 3 --workers 1
             sudo tests/e2e/lab.py down
For tests:   with Lab(managers=1, workers=1) as lab: lab.managers[0].docker("node", "ls")
"""
import argparse
import atexit
import concurrent.futures
import contextlib
import ctypes
import glob
import itertools
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import time

ENGINE_SH = pathlib.Path(__file__).resolve().parents[2] / "compose" / "engine.sh"
DOCKER = "/usr/bin/docker" if os.access("/usr/bin/docker", os.X_OK) else "docker"
PREFIX = os.path.join(tempfile.gettempdir(), "swarmbell-lab.")
_serial = itertools.count()
_open_labs = []


class LabError(Exception):
    """The step that failed, and the words of the program that refused it."""


def _run(args, timeout=60, check=True):
    try:
        done = subprocess.run(
            [str(a) for a in args], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout
        )
    except subprocess.TimeoutExpired:
        raise LabError(f"`{' '.join(map(str, args))}` did not end within {timeout} s") from None
    if check and done.returncode != 0:
        raise LabError(f"`{' '.join(map(str, args))}` failed ({done.returncode}): {done.stderr.strip() or done.stdout}")
    return done


def engine_sh(*args, check=True):
    return _run([ENGINE_SH, *args], check=check)


def why_not():
    """Why engines cannot run on this machine; empty when they can."""
    done = engine_sh("check", check=False)
    return "" if done.returncode == 0 else done.stderr.strip().removeprefix("engine.sh: ")


def in_network(namespace, action):
    """Calls the function in the network namespace of this file; sockets stay in it."""

    def enter_and_act():
        # Only the calling thread's, and it ends right after.
        with open(namespace, "rb") as file:
            if ctypes.CDLL(None, use_errno=True).setns(file.fileno(), 0x40000000) != 0:
                raise OSError(ctypes.get_errno(), "setns")
        return action()

    with concurrent.futures.ThreadPoolExecutor(1) as thread:
        return thread.submit(enter_and_act).result()


class Node:
    """One engine. Names are unique within its lab; addresses are known only inside the lab's own network."""

    def __init__(self, lab, name, number):
        self.lab = lab
        self.name = name
        self.address = f"10.99.0.{10 + number}"
        self.dir = pathlib.Path(lab.dir) / name
        self.socket = str(self.dir / "docker.sock")

    def docker(self, *args, timeout=60, check=True):
        """Runs `docker ARGS` against this engine and returns what it printed."""
        return _run([DOCKER, "-H", f"unix://{self.socket}", *args], timeout, check).stdout.strip()

    def pid(self, of="engine"):
        return int((self.dir / f"{of}.pid").read_text())

    def exec(self, *command, timeout=60, check=True):
        """Runs a command inside the node's network namespace."""
        return _run(["nsenter", "--target", self.pid("init"), "--net", "--", *command], timeout, check).stdout

    def listen(self):
        """A socket that listens on the node's own address: what tasks on any node can reach."""
        return self._in_network(lambda: socket.create_server((self.address, 0), backlog=64))

    def connect(self, host, port, timeout=5):
        """A connection from inside the node's network."""
        return self._in_network(lambda: socket.create_connection((host, port), timeout))

    def _in_network(self, action):
        return in_network(f"/proc/{self.pid('init')}/ns/net", action)

    @property
    def id(self):
        return self.docker("info", "--format", "{{.Swarm.NodeID}}")

    def kill9(self):
        os.kill(self.pid(), signal.SIGKILL)
        self._wait_until_dead()

    def sigstop(self):
        os.kill(self.pid(), signal.SIGSTOP)

    def sigcont(self):
        os.kill(self.pid(), signal.SIGCONT)

    def stop(self):
        os.kill(self.pid(), signal.SIGTERM)
        self._wait_until_dead()

    def restart(self):
        """Starts the engine; stops it first when it runs."""
        with contextlib.suppress(ProcessLookupError):
            self.stop()
        engine_sh("start", self.lab.dir, self.name)

    def link_down(self):
        self._link("down")

    def link_up(self):
        self._link("up")

    def _link(self, state):
        bridge = (pathlib.Path(self.lab.dir) / "bridge.pid").read_text().strip()
        _run(["nsenter", "--target", bridge, "--net", "ip", "link", "set", f"v-{self.name}", state])

    def _wait_until_dead(self, timeout=15):
        pid, deadline = self.pid(), time.monotonic() + timeout
        while time.monotonic() < deadline:
            try:
                if pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z":
                    return
            except (FileNotFoundError, ProcessLookupError):
                return
            time.sleep(0.02)
        raise LabError(f"the engine of {self.name} (pid {pid}) did not end within {timeout} s")


class Lab:
    """A swarm that is gone, with all it left on the machine, when the block, the process or the session ends."""

    def __init__(self, managers=1, workers=1, directory=None, owner=None, images=True):
        self.dir = directory or f"{PREFIX}{os.getpid()}-{next(_serial)}"
        self._owner = owner or os.getpid()
        self._images = images
        self._numbers = itertools.count(1)
        self.managers = [self._new_node("m", i + 1) for i in range(managers)]
        self.workers = [self._new_node("w", i + 1) for i in range(workers)]
        self._workers_ever = itertools.count(workers + 1)
        self.start_seconds = None

    @property
    def nodes(self):
        return self.managers + self.workers

    def _new_node(self, kind, number):
        return Node(self, f"{kind}{number}", next(self._numbers))

    def __enter__(self):
        reason = why_not()
        if reason:
            raise LabError(f"no swarm can run here: {reason}")
        began = time.monotonic()
        engine_sh("sweep", PREFIX)
        _open_labs.append(self)
        try:
            engine_sh("up", self.dir, self._owner)
            with concurrent.futures.ThreadPoolExecutor() as pool:
                list(pool.map(self._start_node, self.nodes))
            self.managers[0].docker("swarm", "init", "--advertise-addr", self.managers[0].address)
            for node in self.managers[1:]:
                self.join(node, "manager")
            with concurrent.futures.ThreadPoolExecutor() as pool:
                list(pool.map(lambda node: self.join(node, "worker"), self.workers))
            self.wait_for_nodes(len(self.nodes))
        except BaseException:
            self.close()
            raise
        self.start_seconds = time.monotonic() - began
        return self

    def __exit__(self, *unused):
        self.close()

    def close(self):
        if self in _open_labs:
            _open_labs.remove(self)
            engine_sh("down", self.dir)

    def _start_node(self, node):
        engine_sh("node", self.dir, node.name, f"{node.address}/24")
        if self._images:
            engine_sh("images", self.dir, node.name)

    def add_worker(self, join=True):
        """One more engine; joins the swarm as a worker unless told not to."""
        node = self._new_node("w", next(self._workers_ever))
        self.workers.append(node)
        self._start_node(node)
        if join:
            self.join(node, "worker")
        return node

    def remove_worker(self, node):
        """The node leaves the swarm and is removed from its list; its engine stops."""
        self.workers.remove(node)
        node.docker("swarm", "leave", "--force", check=False)
        node.stop()
        self.managers[0].docker("node", "rm", "--force", node.name, check=False)

    def join(self, node, role):
        token = self.managers[0].docker("swarm", "join-token", "--quiet", role)
        node.docker("swarm", "join", "--token", token, "--advertise-addr", node.address,
                    f"{self.managers[0].address}:2377")

    def wait_for_nodes(self, count, timeout=30):
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            listing = self.managers[0].docker("node", "ls", "--format", "{{.Hostname}} {{.Status}}", check=False)
            if sum(line.endswith(" Ready") for line in listing.splitlines()) >= count:
                return
            time.sleep(0.05)
        raise LabError(f"{count} nodes were not ready within {timeout} s; `docker node ls` says:\n{listing}")

    def will_be_immutable(self, path):
        """Notes a file that was made immutable, so that cleaning up can undo it."""
        with open(os.path.join(self.dir, "immutable"), "a", encoding="utf-8") as out:
            out.write(f"{path}\n")


def _close_all():
    for lab in list(_open_labs):
        lab.close()


atexit.register(_close_all)


def close_labs_on_signals():
    """SIGTERM and SIGHUP end a Python process without its atexit functions; this lets them run."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(1))


def main():
    parser = argparse.ArgumentParser(description="A real Docker swarm on this machine, apart from everything else.")
    commands = parser.add_subparsers(dest="command", required=True)
    up = commands.add_parser("up", help="start a swarm that lasts until `down`")
    up.add_argument("--managers", type=int, default=1)
    up.add_argument("--workers", type=int, default=1)
    commands.add_parser("down", help="end and remove every swarm that `up` started")
    args = parser.parse_args()
    close_labs_on_signals()
    try:
        if args.command == "down":
            for directory in glob.glob(f"{PREFIX}cli-*"):
                engine_sh("down", directory)
                print(f"removed {directory}")
            return
        # PID 1 outlives every session: this swarm is ended by `down` or by a restart of the machine.
        lab = Lab(args.managers, args.workers, f"{PREFIX}cli-{os.getpid()}", owner=1)
        lab.__enter__()  # pylint: disable=unnecessary-dunder-call
        atexit.unregister(_close_all)
        print(f"a swarm of {len(lab.nodes)} engines is up after {lab.start_seconds:.1f} s")
        for node in lab.nodes:
            print(f"  {node.name}  {node.address}  docker -H unix://{node.socket} ...")
        print("images bb:1 and bb:2 (busybox) are on every engine; use --no-resolve-image")
    except LabError as error:
        sys.exit(f"lab.py: {error}")


if __name__ == "__main__":
    main()

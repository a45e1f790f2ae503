#!/usr/bin/python3
"""Faults on a real swarm, and whether every change still rings once.

    tests/e2e/faults.py [--changes N] [--period SECONDS] [--store memory|redis] [CELL...]

Runs the cells (all, or those named) and prints the table: how many changes were made and how many alerts came, how
many were lost and told twice, and the longest time from a change to its card. A change is a new service without
tasks, so that each is one of its own whatever the readings between; two receivers must each tell each one once.
"""
import argparse
import contextlib
import dataclasses
import random
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time

from lab import Lab
from processes import Collector, Notifier
from sinks import WebhookSink


@dataclasses.dataclass
class Result:
    cell: str
    store: str
    made: int
    lost: list
    repeated: list
    strange: list  # cards that tell no change
    longest: float

    def row(self):
        return (f"{self.cell:34} {self.store:6} {self.made:7} {2 * self.made:8} {2 * self.made - len(self.lost):8} "
                f"{len(self.lost):5} {len(self.repeated):8} {self.longest:8.1f} s")

    def ok(self):
        return not self.lost and not self.repeated

    HEAD = f"{'fault':34} {'store':6} {'changes':>7} {'expected':>8} {'received':>8} {'lost':>5} {'repeated':>8} {'longest':>10}"


class Changes(threading.Thread):
    """Makes one service after another, on whichever manager takes it."""

    def __init__(self, managers, cell, count, period):
        super().__init__(daemon=True)
        self.managers, self.prefix, self.count, self.period = managers, f"{cell}-", count, period
        self.made = {}  # name -> when
        self.errors = []
        self.stopping = threading.Event()

    def run(self):
        for number in range(self.count):
            if self.stopping.is_set():
                return
            began = time.monotonic()
            self._make(f"{self.prefix}{number:03d}x")
            self.stopping.wait(max(0.0, self.period - (time.monotonic() - began)))

    def _make(self, name):
        for attempt in range(1000):
            if self.stopping.is_set():
                return
            manager = self.managers[attempt % len(self.managers)]
            began = time.time(), time.monotonic()
            try:
                manager.docker("service", "create", "--detach", "--no-resolve-image", "--replicas", "0", "--name", name,
                               "bb:1", timeout=8)
            except Exception as error:  # an engine that is dead, cut off, or without a leader
                text = str(error) + str(getattr(error, "stderr", ""))
                if "name conflicts" in text:
                    break  # an earlier try was heard after all
                self.errors.append(text)
                time.sleep(0.3)
                continue
            self.made[name] = began[1]
            return
        self.made[name] = time.monotonic()


class Watch:
    """Collectors on managers, a notifier (or two), and two webhooks."""

    def __init__(self, directory, managers, store="memory", redis=None, notifiers=1, collector=None, notifier=None):
        shared = {"SWARMBELL_REDIS_URL": redis} if redis else {}
        self.sinks = [WebhookSink("slack"), WebhookSink("teams")]
        self.collectors = [Collector(directory, node, shared | (collector or {}), f"-{node.name}") for node in managers]
        settings = {"SWARMBELL_GROUPING_WINDOW": "0s", "SWARMBELL_GROUPING_DIGEST_OVER": "1000",
                    "SWARMBELL_COLORS": "green,red", "SWARMBELL_FEED_DISCONNECTED_AFTER": "20s"}
        self.notifiers = [Notifier(directory, self.collectors, self.sinks,
                                   settings | (shared if notifiers > 1 else {}) | (notifier or {}), f"-{number}")
                          for number in range(notifiers)]

    def start(self):
        for collector in self.collectors:
            collector.start()
        deadline = time.monotonic() + 60
        while any("Watching a swarm" not in collector.log() for collector in self.collectors):
            assert time.monotonic() < deadline, "a collector watches nothing\n" + self.collectors[0].log()
            time.sleep(0.05)
        for notifier in self.notifiers:
            notifier.start()
        self.notifiers[0].wait_for_log("A feed is following", 30)
        time.sleep(2)  # the first readings are the baseline
        return self

    def told(self):
        """For each webhook: name -> times at which a card told it."""
        result = []
        for sink in self.sinks:
            names = {}
            for card in sink.cards():
                if card.color == "green" or "created" in card.text:
                    for name in set(re.findall(r"[a-z0-9]+-\d{3}x", card.text)):
                        names.setdefault(name, []).append(card.arrived)
            result.append(names)
        return result

    def wait_until_told(self, names, timeout):
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            if all(names <= set(told) for told in self.told()):
                break
            time.sleep(0.2)
        time.sleep(3)  # for what comes twice

    def judge(self, cell, store, made):
        lost, repeated, longest = [], [], 0.0
        for sink, told in zip(self.sinks, self.told()):
            for name, when in made.items():
                arrivals = told.get(name, [])
                if not arrivals:
                    lost.append((sink.platform, name))
                    continue
                longest = max(longest, arrivals[0] - when)
                repeated += [(sink.platform, name)] * (len(arrivals) - 1)
        strange = [card.text[:100] for sink in self.sinks for card in sink.cards()
                   if not re.search(r"[a-z0-9]+-\d{3}x", card.text)]
        return Result(cell, store, len(made), lost, repeated, strange, longest)

    def close(self):
        for part in [*self.notifiers, *self.collectors, *self.sinks]:
            part.close()


# --- The faults: each is given the lab, the watch and the changes under way, and leaves everything running.

def restart_at_random(program, times, least=1.0, most=5.0):
    for _ in range(times):
        time.sleep(random.uniform(least, most))
        program.kill9()
        time.sleep(random.uniform(0.0, 1.0))
        program.start()


def none(lab, watch, changes):
    del lab, watch, changes


def notifier_killed(lab, watch, changes):
    restart_at_random(watch.notifiers[0], 10)


def collector_killed(lab, watch, changes):
    restart_at_random(watch.collectors[0], 10)


def one_of_three_collectors_killed(lab, watch, changes):
    for number in range(6):
        restart_at_random(watch.collectors[number % 3], 1, 4, 8)


def leader(lab):
    for node in lab.managers:
        with contextlib.suppress(Exception):
            listing = node.docker("node", "ls", "--format", "{{.Hostname}} {{.ManagerStatus}}", timeout=5)
            return next(n for n in lab.managers for line in listing.splitlines() if line == f"{n.name} Leader")
    raise AssertionError("the swarm has no leader")


def leader_engine_killed(lab, watch, changes):
    time.sleep(5)
    node = leader(lab)
    node.kill9()
    time.sleep(25)
    node.restart()
    time.sleep(10)


def leader_engine_stopped(lab, watch, changes, seconds=40):
    time.sleep(5)
    node = leader(lab)
    node.sigstop()
    time.sleep(seconds)
    node.sigcont()
    time.sleep(10)


def leader_cut_off(lab, watch, changes, seconds=45):
    time.sleep(5)
    node = leader(lab)
    node.link_down()
    time.sleep(seconds)
    node.link_up()
    time.sleep(15)


def quorum_lost(lab, watch, changes):
    time.sleep(5)
    first, second = [node for node in lab.managers if node is not leader(lab)]
    for node in (first, second):
        node.kill9()
    time.sleep(30)
    for node in (first, second):
        node.restart()
    time.sleep(20)


def webhook_fault(seconds, answer):
    def fault(lab, watch, changes):
        time.sleep(3)
        for sink in watch.sinks:
            sink.fault = answer
        time.sleep(seconds)
        for sink in watch.sinks:
            sink.fault = None
    return fault


def answer_500(handler):
    handler.send_response(500)
    handler.send_header("Content-Length", "0")
    handler.end_headers()
    return False


def answer_429(handler):
    handler.send_response(429)
    handler.send_header("Retry-After", "7")
    handler.send_header("Content-Length", "0")
    handler.end_headers()
    return False


def reset(handler):
    import socket
    import struct
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.close_connection = True
    handler.connection.close()
    return False


def hang(handler):
    time.sleep(12)  # longer than the notifier waits
    handler.close_connection = True
    return False


def garbage(handler):
    body = b"\x00\xff<html>" * 1000
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)
    return True


def close_connections(handler):
    handler.send_response(200)
    handler.send_header("Content-Length", "2")
    handler.end_headers()
    handler.wfile.write(b"ok")
    handler.close_connection = True  # without saying so
    return True


def notifier_away(seconds):
    def fault(lab, watch, changes):
        time.sleep(2)
        watch.notifiers[0].kill9()
        end = time.monotonic() + seconds
        while time.monotonic() < end or changes.is_alive():
            time.sleep(0.5)
        watch.notifiers[0].start()
    return fault


@dataclasses.dataclass
class Cell:
    fault: object
    watched: int = 3        # how many managers have a collector
    changes: int = 60
    period: float = 0.7
    settle: float = 60.0    # how long the last alerts may take after the fault and the changes are over
    notifiers: int = 1
    stores: tuple = ("memory",)


CELLS = {
    "nothing": Cell(none),
    "notifier killed 10 times": Cell(notifier_killed),
    "collector killed 10 times": Cell(collector_killed, watched=1, stores=("redis",)),
    "one of 3 collectors killed, 6 times": Cell(one_of_three_collectors_killed),
    "leader's engine killed": Cell(leader_engine_killed),
    "leader's engine stopped 40 s": Cell(leader_engine_stopped),
    "leader cut off 45 s": Cell(leader_cut_off, period=1.0),
    "quorum lost and regained": Cell(quorum_lost, period=1.0, settle=90),
    "webhook answers 500 for 60 s": Cell(webhook_fault(60, answer_500), settle=120),
    "webhook answers 429, wait 7 s": Cell(webhook_fault(20, answer_429), settle=90),
    "webhook resets connections": Cell(webhook_fault(20, reset), settle=90),
    "webhook hangs": Cell(webhook_fault(30, hang), settle=120),
    "webhook answers garbage": Cell(webhook_fault(30, garbage)),
    "webhook closes connections": Cell(webhook_fault(30, close_connections)),
    "notifier away, 500 changes": Cell(notifier_away(30), changes=500, period=0.05, settle=180),
    "two notifiers, one killed": Cell(notifier_killed, notifiers=2, stores=("redis",)),
}


# What a machine that has other things to do runs each time: fewer faults, fewer changes.
QUICK = {
    "notifier killed": Cell(lambda lab, watch, changes: restart_at_random(watch.notifiers[0], 3, 1, 2), changes=15),
    "one of 3 collectors killed": Cell(lambda lab, watch, changes: restart_at_random(watch.collectors[1], 2, 1, 3),
                                       changes=15),
    "webhook answers 500": Cell(webhook_fault(5, answer_500), changes=10),
    "collector killed": Cell(lambda lab, watch, changes: restart_at_random(watch.collectors[0], 3, 1, 3), watched=1,
                             changes=15, stores=("redis",)),
    "two notifiers, one killed": Cell(lambda lab, watch, changes: restart_at_random(watch.notifiers[0], 1, 2, 3),
                                      notifiers=2, changes=15, stores=("redis",)),
}


def run_cell(lab, name, store="memory", redis=None, changes=None, period=None, cells=None):
    cell = (cells or CELLS)[name]
    with tempfile.TemporaryDirectory(prefix="swarmbell-faults-") as directory:
        watch = Watch(directory, lab.managers[:cell.watched], store, redis, cell.notifiers)
        making = None
        try:
            watch.start()
            prefix = re.sub(r"[^a-z0-9]", "", name)[:24] + store[0]
            making = Changes(lab.managers, prefix, changes or cell.changes, period or cell.period)
            making.start()
            cell.fault(lab, watch, making)
            making.join(600)
            watch.wait_until_told(set(making.made), cell.settle)
            result = watch.judge(name, store, dict(making.made))
            if not result.ok():
                keep(watch, name)
            return result
        finally:
            if making:
                making.stopping.set()
                making.join(20)
            watch.close()
            clear(lab)


def keep(watch, name):
    """The logs of a cell that failed, where they outlive it."""
    with tempfile.NamedTemporaryFile("w", prefix="swarmbell-" + re.sub(r"\W+", "-", name) + "-", suffix=".log",
                                     delete=False) as out:
        for program in [*watch.collectors, *watch.notifiers]:
            out.write(f"--- {program.log_path.name}\n{program.log()}\n")
    print(f"  the logs are in {out.name}", file=sys.stderr)


def clear(lab):
    names = lab.managers[0].docker("service", "ls", "--quiet", check=False).split()
    if names:
        lab.managers[0].docker("service", "rm", *names, timeout=120, check=False)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--changes", type=int)
    parser.add_argument("--period", type=float)
    parser.add_argument("--store", choices=["memory", "redis"])
    parser.add_argument("cells", nargs="*", metavar="CELL", help="parts of the names of cells")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    chosen = [name for name in CELLS if not options.cells or any(part in name for part in options.cells)]
    results = []
    print(Result.HEAD, flush=True)
    with Lab(managers=3, workers=0) as lab, redis_server() as redis:
        for name in chosen:
            for store in ("memory", "redis"):
                if options.store not in (None, store) or (store == "memory" and "memory" not in CELLS[name].stores):
                    continue
                result = run_cell(lab, name, store, redis if store == "redis" else None, options.changes, options.period)
                results.append(result)
                print(result.row(), flush=True)
                for kind, names in (("lost", result.lost), ("repeated", result.repeated), ("also told", result.strange)):
                    if names:
                        print(f"    {kind}: {names[:8]}", flush=True)
    return 0 if all(result.ok() for result in results) else 1


@contextlib.contextmanager
def redis_server():
    """A Redis of our own on a free port, without a disk."""
    from processes import answers, free_port
    port = free_port()
    server = subprocess.Popen(["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"],
                              stdout=subprocess.DEVNULL)
    try:
        while not answers(port):
            time.sleep(0.02)
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        server.kill()
        server.wait(5)


if __name__ == "__main__":
    sys.exit(main())

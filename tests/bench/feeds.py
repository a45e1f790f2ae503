#!/usr/bin/python3
"""The cost of a notifier that follows many collectors, and how soon a change of one of them is shown.

    feeds.py [--build build/bench] [--count 1000] [--notifier PROGRAM]

Fails when a figure exceeds its bound in regressions.json; needs what `cmake --build DIR --target swarmbell-notifier many_feeds`
makes. The console stands for a chat; each change is a card of its own. Takes about 45 s.
"""
import argparse
import contextlib
import json
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import time

import measure

sys.path.insert(0, str(measure.HERE.parent / "integration"))
from many_swarms_test import Notifier, change_all  # noqa: E402  pylint: disable=wrong-import-position

SETTLED, IDLE, BUSY = 3, 10, 15  # seconds


@contextlib.contextmanager
def following(build, program, count):
    """Many collectors and a notifier that follows them; how long that took."""
    with tempfile.TemporaryDirectory(prefix="swarmbell-feeds-") as directory, \
            subprocess.Popen([build / "tests/integration/many_feeds", str(count)], stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE, text=True) as feeds:
        notifier = Notifier(program, [f"127.0.0.1:{port}" for port in feeds.stdout.readline().split()], directory)
        try:
            took = notifier.wait("all are followed", lambda: notifier.following() >= count, 60)
            time.sleep(SETTLED)
            yield feeds, notifier, took
        finally:
            notifier.process.terminate()
            notifier.process.wait(20)
            feeds.stdin.close()


class Arrivals:
    """When the notifier shows each change; its output is read as it grows."""

    def __init__(self, notifier):
        self.times, self._file = {}, open(notifier.out, encoding="utf-8", errors="replace")  # pylint: disable=consider-using-with
        self._file.seek(0, 2)
        self._rest = ""

    def look(self):
        new = self._file.read()
        if not new:
            return
        now, text = time.monotonic(), self._rest + new
        end = text.rfind("\n") + 1
        self._rest = text[end:]
        for name in re.findall(r"Service (busy-\d+) ", text[:end]):
            self.times.setdefault(name, now)

    def close(self):
        self._file.close()


def one_a_minute(feeds, notifier, count):
    """Each collector changes once a minute, at its own time: the delays from its log to the card, and the share of a core."""
    arrivals, sent = Arrivals(notifier), {}
    before, began = notifier.cpu_seconds(), time.monotonic()
    turns = sorted(random.uniform(0, 60) for _ in range(count))
    turns = [turn for turn in turns if turn < BUSY]
    for number, turn in enumerate(turns):
        while time.monotonic() < began + turn:
            arrivals.look()
            time.sleep(0.0005)
        sent[f"busy-{number}"] = time.monotonic()
        feeds.stdin.write(f"append {random.randrange(count)} busy-{number}\n")
        feeds.stdin.flush()
    share = (notifier.cpu_seconds() - before) / (time.monotonic() - began)
    deadline = time.monotonic() + 10
    while len(arrivals.times) < len(sent):
        assert time.monotonic() < deadline, f"{len(sent) - len(arrivals.times)} changes are not shown"
        arrivals.look()
        time.sleep(0.0005)
    arrivals.close()
    return [arrivals.times[name] - sent[name] for name in sent], share


def measure_feeds(build, program, count):
    with following(build, program, count) as (feeds, notifier, took):
        before = notifier.cpu_seconds()
        time.sleep(IDLE)
        found = {"followed": took, "idle": notifier.status() | {"cpu": (notifier.cpu_seconds() - before) / IDLE}}
        if count == 1:
            return found
        found["delays"], share = one_a_minute(feeds, notifier, count)
        names = [path.joinpath("comm").read_text() for path in pathlib.Path(f"/proc/{notifier.process.pid}/task").iterdir()]
        found["busy"] = notifier.status() | {"cpu": share, "names": names}
        found["together"] = change_all(feeds, notifier, count, "round")
        return found


def rows(one, many, count):
    def mib(kib):
        return f"{kib / 1024:.1f} MiB"

    def both(when, key, text):
        return text(one[when][key]), text(many[when][key])

    each = (many["idle"]["own"] - one["idle"]["own"]) / (count - 1)
    return [("until all are followed", f"{one['followed']:.2f} s", f"{many['followed']:.2f} s"),
            ("threads", *both("idle", "threads", str)), ("its own memory", *both("idle", "own", mib)),
            ("resident", *both("idle", "resident", mib)), ("CPU, of a core", *both("idle", "cpu", "{:.2%}".format)),
            ("memory for each more collector", "", f"{each:.1f} KiB"),
            ("a change in each a minute: threads", "", str(many["busy"]["threads"])),
            ("its own memory", "", mib(many["busy"]["own"])), ("CPU, of a core", "", f"{many['busy']['cpu']:.2%}"),
            (f"from log to card ({len(many['delays'])} changes), p50 / p99", "", measure.milliseconds(many["delays"])),
            ("a change in each at once, until the last card", "", f"{many['together']:.2f} s")]


def figures(many):
    """Name -> what its bound limits. CPU and delays depend on the machine: their bounds are several times what is usual."""
    found = {"own MiB": many["idle"]["own"] / 1024, "CPU of a core, idle": many["idle"]["cpu"],
             "own MiB, a change in each a minute": many["busy"]["own"] / 1024,
             "CPU of a core, a change in each a minute": many["busy"]["cpu"],
             "ms from log to card, p50": 1e3 * measure.quantile(many["delays"], 0.5),
             "ms from log to card, p99": 1e3 * measure.quantile(many["delays"], 0.99)}
    threads = many["busy"]["names"]
    own = sum(name.startswith("swarmbell") for name in threads)
    return {"threads that are not gRPC's": own,
            "threads of gRPC beyond 4 for each processor": len(threads) - own - 4 * os.cpu_count()} | found


def judge(many):
    """True if every figure is within its bound; prints each."""
    bounds = json.loads(measure.BOUNDS.read_text())["1,000 collectors"]
    found = figures(many)
    assert found.keys() == bounds.keys(), "figures and bounds differ"
    return all([measure.judge(name, value, bounds[name]) for name, value in found.items()])


def measure_fleet(build, program, count=1000):
    """Prints the table; true if the bounds hold, which are those of 1,000 collectors."""
    one, many = measure_feeds(build, program, 1), measure_feeds(build, program, count)
    print("\n".join(measure.table(("collectors followed", "1", f"{count:,}"), *rows(one, many, count))))
    return count != 1000 or judge(many)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, default=measure.ROOT / "build/bench")
    parser.add_argument("--notifier", type=pathlib.Path)
    parser.add_argument("--count", type=int, default=1000)
    options = parser.parse_args()
    return 0 if measure_fleet(options.build, options.notifier or options.build / "notifier/swarmbell-notifier", options.count) else 1


if __name__ == "__main__":
    sys.exit(main())

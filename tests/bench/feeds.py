#!/usr/bin/python3
"""What it costs a notifier to follow many collectors, and how soon a change of one of them is shown.

    feeds.py [--build build/bench] [--count 1000] [--changes 100] [--notifier PROGRAM]

Needs what `cmake --build DIR --target swarmbell-notifier many_feeds` makes. The console stands for a chat; each change is a card of its own.
"""
import argparse
import pathlib
import random
import subprocess
import sys
import tempfile
import time

import measure

sys.path.insert(0, str(measure.HERE.parent / "integration"))
from many_swarms_test import Notifier, change_all  # noqa: E402  pylint: disable=wrong-import-position

SETTLED = 3  # seconds


def delays(feeds, notifier, count, changes):
    """One change of one collector at a time, at irregular times: from the collector's log to the card."""
    found = []
    for number in range(changes):
        time.sleep(random.uniform(0, 0.3))
        shown, began = notifier.out.stat().st_size, time.monotonic()
        feeds.stdin.write(f"append {random.randrange(count)} single-{number}\n")
        feeds.stdin.flush()
        while notifier.out.stat().st_size == shown:
            assert time.monotonic() < began + 10, "a change is not shown"
            time.sleep(0.0002)
        found.append(time.monotonic() - began)
    return found


def follow(program, many_feeds, count, changes):
    with tempfile.TemporaryDirectory(prefix="swarmbell-feeds-") as directory, \
            subprocess.Popen([many_feeds, str(count)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as feeds:
        notifier = Notifier(program, [f"127.0.0.1:{port}" for port in feeds.stdout.readline().split()], directory)
        try:
            took = notifier.wait("all are followed", lambda: notifier.following() >= count, 60)
            time.sleep(SETTLED)
            idle = notifier.status()
            single = delays(feeds, notifier, count, changes)
            together = change_all(feeds, notifier, count, "round") if count > 1 else 0
            time.sleep(SETTLED)
            return took, idle, single, together, notifier.status()
        finally:
            notifier.process.terminate()
            notifier.process.wait(20)
            feeds.stdin.close()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", type=pathlib.Path, default=measure.ROOT / "build/bench")
    parser.add_argument("--notifier", type=pathlib.Path)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--changes", type=int, default=100)
    options = parser.parse_args()
    program = options.notifier or options.build / "notifier/swarmbell-notifier"
    many_feeds = options.build / "tests/integration/many_feeds"
    one = follow(program, many_feeds, 1, options.changes)
    many = follow(program, many_feeds, options.count, options.changes)
    each = (many[1]["own"] - one[1]["own"]) / (options.count - 1)
    rows = [(f"{name}", *(f"{status[key]}" if key == "threads" else f"{status[key] / 1024:.1f} MiB" for status in (one[index], many[index])))
            for index, when in ((1, "idle"), (4, "after the changes"))
            for name, key in ((f"threads, {when}", "threads"), (f"resident, {when}", "resident"), (f"of that its own, {when}", "own"))]
    print("\n".join(measure.table(
        ("collectors followed", "1", f"{options.count:,}"), ("until all are followed", f"{one[0]:.2f} s", f"{many[0]:.2f} s"), *rows,
        ("a single change, from log to card (p50 / p99)", measure.milliseconds(one[2]), measure.milliseconds(many[2])),
        ("a change in each at once, until the last card", "", f"{many[3]:.2f} s"),
        ("memory for each more collector, idle", "", f"{each:.1f} KiB"))))


if __name__ == "__main__":
    main()

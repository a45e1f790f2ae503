"""The whole benchmark on real engines, in one run; prints the tables of docs/performance.md. Run it by tests/bench/run.sh.

Figures of different programs are taken in turn, and are medians. Trust ratios, which are of one run, more than times.
"""
import argparse
import contextlib
import os
import platform
import subprocess
import tempfile
import time

import measure
import swarm
from feeds import measure_fleet
from footprint import measure_footprint
from idle import measure_idle
from latency import measure_latency
from parts import measure_growth
from processes import BUILD_DIR
from reading import measure_reading
from subscribers import measure_subscribers
from watching import measure_memory, measure_watching
from webhooks import measure_webhooks

SECTIONS = ("latency", "footprint", "idle", "fleet", "webhooks", "growth", "swarm", "subscribers")


def say(lines):
    print("\n".join(lines), flush=True)


def small_swarm(directory, options):
    with swarm.Lab(managers=1, workers=0, images=False) as lab:
        if "latency" in options.only:
            say(measure_latency(directory, lab.managers[0], options.changes))
        if "footprint" in options.only:
            say(measure_footprint(directory, lab.managers[0]))
        if "idle" in options.only:
            measure_idle(directory, lab.managers[0])


def large_swarm(directory, options):
    with swarm.Lab(managers=1, workers=0, images=False) as lab:
        node, memory = lab.managers[0], []
        swarm.fill(node.socket, 0, options.services, 0)
        for each in (0, 1, options.tasks):
            if each:
                swarm.scale(node.socket, each)
            swarm.wait_for_tasks(node.socket, options.services * each)
            kib = measure_memory(directory, node, options.services * each)
            memory.append((f"{options.services * each:,}", *(f"{one / 1024:.1f} MiB" for one in kib)))
        head = (f"the collector's memory, {options.services:,} services and so many tasks", "resident", "of that its own", "at most")
        say(measure.table(head, *memory))
        lines, engine_ms = measure_reading(node, options.rounds)
        say(lines)
        say(measure_watching(directory, node, options.seconds, options.changes // 3, engine_ms))


def machine():
    commit = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=measure.ROOT, capture_output=True, text=True, check=False)
    return f"{os.cpu_count()} cores, {platform.platform()}, commit {commit.stdout.strip() or 'unknown'}, load {os.getloadavg()[0]:.1f}"


def main():
    parser = argparse.ArgumentParser(prog="tests/bench/run.sh", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=SECTIONS, default=SECTIONS, help="sections to run; all if not given")
    parser.add_argument("--services", type=int, default=1000)
    parser.add_argument("--tasks", type=int, default=10, help="of each service")
    parser.add_argument("--rounds", type=int, default=12, help="of reading everything")
    parser.add_argument("--changes", type=int, default=60, help="whose way to the webhook is timed")
    parser.add_argument("--seconds", type=int, default=400, help="for which a quiet swarm is watched, at least")
    options = parser.parse_args()
    began = time.monotonic()
    print(machine() + "\n", flush=True)
    with contextlib.ExitStack() as stack:
        directory = stack.enter_context(tempfile.TemporaryDirectory(prefix="swarmbell-bench-"))
        if {"latency", "footprint", "idle"} & set(options.only):
            small_swarm(directory, options)
        if "fleet" in options.only:
            assert measure_fleet(BUILD_DIR, BUILD_DIR / "notifier/swarmbell-notifier"), "1,000 collectors cost more than their bounds"
        if "webhooks" in options.only:
            say(measure_webhooks())
        if "growth" in options.only:
            say(measure_growth())
        if "swarm" in options.only:
            large_swarm(directory, options)
        if "subscribers" in options.only:
            say(measure_subscribers())
    print(f"{machine()}; {(time.monotonic() - began) / 60:.0f} minutes")


if __name__ == "__main__":
    main()

#!/usr/bin/python3
"""Mixed faults for a long time, while one change after another is made: nothing lost, nothing twice, memory flat.

    tests/e2e/soak.py [--seconds N] [--period SECONDS] [--seed N]

Three managers with a collector each, two notifiers, one Redis, two webhooks. The last collector and, in the second half,
the notifiers are left alive, so that their memory can be seen over a long life.
"""
import argparse
import contextlib
import os
import random
import signal
import sys
import tempfile
import threading
import time

import sink_faults
from changes import Changes
from fault_cells import leader, leader_cut_off, leader_engine_killed, leader_engine_stopped, restart_at_random
from faults import clear, keep
from lab import Lab
from redis_server import RedisServer
from remover import Remover
from watch import Result, Watch

LOG_EVENTS = 300  # so few that the log is soon as full as it gets


class Lives(threading.Thread):
    """Resident memory and open files of each program, for each of its lives."""

    def __init__(self, programs, every=5.0):
        super().__init__(daemon=True)
        self.programs, self.every = programs, every
        self.lives = {}  # (program's log, pid) -> [(when, KiB, files)]
        self.stopping = threading.Event()

    def run(self):
        while not self.stopping.wait(self.every):
            for program in self.programs:
                with contextlib.suppress(OSError, StopIteration, AttributeError):  # just killed
                    seen = time.monotonic(), program.resident_kib(), program.open_files()
                    self.lives.setdefault((program.log_path.stem, program.process.pid), []).append(seen)

    def table(self, least=300.0):
        """The lives of at least so many seconds, and each program's longest."""
        yield "| program | life | RSS after 1 min | at half | at the end | most | files after 1 min | at the end | most |"
        yield "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
        longest = {name: max((life[-1][0] - life[0][0] for (other, _), life in self.lives.items() if other == name))
                   for name, _ in self.lives}
        for (name, _), life in sorted(self.lives.items(), key=lambda item: item[0][0]):
            lasted = life[-1][0] - life[0][0]
            if lasted < min(least, longest[name]):
                continue
            first = next((seen for seen in life if seen[0] - life[0][0] >= 60), life[-1])
            mib = [f"{kib / 1024:.1f} MiB" for kib in (first[1], life[len(life) // 2][1], life[-1][1],
                                                       max(seen[1] for seen in life))]
            files = [str(count) for count in (first[2], life[-1][2], max(seen[2] for seen in life))]
            yield f"| {name} | {lasted / 60:.1f} min | {' | '.join(mib)} | {' | '.join(files)} |"


# --- The faults, by what they strike. At most one of each group at a time.

def on_webhooks(watch, answer, seconds):
    chosen = random.sample(watch.sinks, random.choice((1, 2)))
    for sink in chosen:
        sink.fault = answer
    time.sleep(seconds)
    for sink in chosen:
        sink.fault = None


def redis_restarted(watch):
    watch.redis.kill()
    time.sleep(random.uniform(0.0, 10.0))
    watch.redis.start()


def redis_stopped(watch):
    watch.redis.pause()
    time.sleep(random.uniform(5.0, 30.0))
    watch.redis.resume()


def faults(lab, watch):
    return {
        "programs": {
            "a notifier killed": lambda: restart_at_random(random.choice(watch.notifiers), 1),
            "a collector killed": lambda: restart_at_random(random.choice(watch.collectors[:-1]), 1),
        },
        "webhooks": {
            "500": lambda: on_webhooks(watch, sink_faults.answer_500, random.uniform(10, 60)),
            "429": lambda: on_webhooks(watch, sink_faults.answer_429, random.uniform(10, 30)),
            "reset": lambda: on_webhooks(watch, sink_faults.reset, random.uniform(10, 30)),
            "hang": lambda: on_webhooks(watch, sink_faults.hang, random.uniform(10, 30)),
            "accepted too late": lambda: on_webhooks(watch, sink_faults.accept_too_late, random.uniform(10, 30)),
        },
        "Redis": {
            "Redis restarted empty": lambda: redis_restarted(watch),
            "Redis stopped": lambda: redis_stopped(watch),
        },
        "managers": {
            "leader's engine killed": lambda: leader_engine_killed(lab, watch, None),
            "leader's engine stopped": lambda: leader_engine_stopped(lab, watch, None, 30),
            "leader cut off": lambda: leader_cut_off(lab, watch, None),
        },
    }


def wait_for_leader(lab, timeout=120):
    deadline = time.monotonic() + timeout
    while True:
        try:
            return leader(lab)
        except AssertionError:
            if time.monotonic() > deadline:
                raise
            time.sleep(1)


def strike(lab, watch, until, half):
    """Faults, one or two at a time, until the time is over. Returns how often each struck."""
    counts = {}
    while time.monotonic() < until:
        groups = random.sample(["programs", "webhooks", "Redis", "managers"], random.choice((1, 1, 2)))
        if {"programs", "Redis"} <= set(groups):
            groups.remove("Redis")  # a notifier that starts without Redis is on duty by itself, as it must
        chosen = [random.choice(list(faults(lab, watch)[group].items())) for group in groups]
        if time.monotonic() > half:
            chosen = [(name, fault) for name, fault in chosen if name != "a notifier killed"]
        threads = [threading.Thread(target=fault, daemon=True) for _, fault in chosen]
        for (name, _), thread in zip(chosen, threads):
            counts[name] = counts.get(name, 0) + 1
            thread.start()
        for thread in threads:
            thread.join(300)
        wait_for_leader(lab)
        time.sleep(random.uniform(3, 15))
    return counts


def soak(seconds, period):
    collector = {"SWARMBELL_CHANGELOG_MAX_EVENTS": str(LOG_EVENTS), "SWARMBELL_LOG_LEVEL": "info"}
    notifier = {"SWARMBELL_ALERTS_DISABLED": "service-disappeared", "SWARMBELL_LOG_LEVEL": "info"}
    with contextlib.ExitStack() as stack:
        directory = stack.enter_context(tempfile.TemporaryDirectory(prefix="swarmbell-soak-"))
        lab = stack.enter_context(Lab(managers=3, workers=0))
        redis = stack.enter_context(RedisServer(monitored=False))
        watch = Watch(directory, lab.managers, redis, 2, collector, notifier)
        stack.callback(watch.close)
        watch.start()
        lives = Lives(watch.programs)
        lives.start()
        changes = Changes(lab.managers, f"soak{os.getpid()}", 1_000_000, period)
        remover = Remover(lab, watch, changes)
        changes.start()
        remover.start()
        began = time.monotonic()
        counts = strike(lab, watch, began + seconds, began + seconds / 2)
        changes.stop()
        watch.wait_until_told(set(changes.made), 120)
        remover.stopping.set()
        lives.stopping.set()
        watch.notes.append(f"{watch.cards_with('lost changes')} cards tell of a gap")
        result = watch.judge(f"soak of {(time.monotonic() - began) / 60:.0f} min", "redis", dict(changes.made))
        if not result.ok():
            keep(watch, "soak")
        clear(lab)
        return result, counts, lives


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=3600)
    parser.add_argument("--period", type=float, default=3.0)
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000))
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    random.seed(options.seed)
    print(f"seed {options.seed}", flush=True)
    result, counts, lives = soak(options.seconds, options.period)
    print(Result.HEAD, result.row(), *result.details(), sep="\n")
    print("faults: " + ", ".join(f"{name} {count}" for name, count in sorted(counts.items())))
    print(*lives.table(), sep="\n")
    return 0 if result.ok() else 1


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/python3
"""Hundreds of subscribers that connect and vanish at random, beside two that behave.

    tests/e2e/storm.py [--seconds N] [--subscribers N] [--store memory|redis]

Some cancel, some close, some reset their connection, some leave in the middle of a frame, some never read and stay.
The two that behave must get every change in time, the reading of the swarm must not be delayed, and afterwards the
collector must be as it was: memory, open files, subscribers.
"""
import argparse
import dataclasses
import random
import signal
import sys
import tempfile
import threading
import time

from changes import Changes
from feed_client import Subscription, feed
from faults import clear
from lab import Lab
from raw_http2 import RawSubscriber
from redis_server import RedisServer
from remover import Remover
from watch import Watch


class Storm(threading.Thread):
    """Keeps about `count` subscribers, each for a while."""

    def __init__(self, target, count):
        super().__init__(daemon=True)
        self.target, self.count = target, count
        self.request = feed.SubscribeRequest(from_oldest=True, subscriber_name="storm").SerializeToString()
        self.stopping = threading.Event()
        self.connected = self.refused = 0
        self.most = 0
        self.resident = self.files = 0  # the most that the collector took meanwhile

    def run(self):
        alive = []  # (when it goes, whether it reads, subscriber)
        while not self.stopping.wait(0.02):
            now = time.monotonic()
            for going in [one for one in alive if one[0] <= now]:
                alive.remove(going)
                self._go(going[2])
            for _, reads, subscriber in random.sample(alive, min(len(alive), 20)):
                if reads:
                    subscriber.read()
            for _ in range(random.randrange(8)):
                if len(alive) < self.count:
                    self._come(alive, now)
            self.most = max(self.most, len(alive))
        for _, _, subscriber in alive:
            self._go(subscriber)

    def _come(self, alive, now):
        reads = random.random() < 0.7
        try:
            subscriber = RawSubscriber(self.target, self.request, window=65535 if reads else random.choice((0, 100)))
        except OSError:
            self.refused += 1
            return
        self.connected += 1
        alive.append((now + random.expovariate(1 / 4.0), reads, subscriber))

    @staticmethod
    def _go(subscriber):
        way = random.choice(("cancel", "close", "reset", "leave_in_mid_frame"))
        getattr(subscriber, way)()
        if way == "cancel":
            subscriber.close()


@dataclasses.dataclass
class Seen:
    connected: int
    most: int
    resident: list   # KiB: most, after each third of the storm
    files: list      # before, most, after
    subscribers: float  # left afterwards
    slowest_read: float  # of the swarm, seconds
    slowest_change: float  # until the subscriber that behaves had it, seconds
    missed: list
    result: object   # of the two webhooks

    def __str__(self):
        return (f"{self.connected} subscribers came and went, {self.most} at a time\n"
                f"collector: RSS at most {self.resident[0] / 1024:.1f} MiB, after each third "
                f"{' / '.join(f'{kib / 1024:.1f} MiB' for kib in self.resident[1:])}; "
                f"open files before / most / after {' / '.join(map(str, self.files))}, {self.subscribers:.0f} subscribers left\n"
                f"slowest reading of the swarm {self.slowest_read:.2f} s, slowest change to the subscriber that behaves "
                f"{self.slowest_change:.2f} s, missed {len(self.missed)}\n"
                f"{self.result.HEAD}\n{self.result.row()}")

    def ok(self):
        return (not self.missed and self.result.ok() and self.subscribers <= 2 and self.files[2] <= self.files[0] + 5
                and self.resident[3] <= self.resident[1] + 8192 and self.slowest_change < 5)


class Well(threading.Thread):
    """A subscriber that behaves: when it had the name of each change."""

    def __init__(self, target):
        super().__init__(daemon=True)
        self.subscription = Subscription(target)
        self.had = {}
        self.stopping = threading.Event()

    def run(self):
        while not self.stopping.wait(0.05):
            for name in self.subscription.names():
                self.had.setdefault(name, time.monotonic())


def storm(lab, seconds, subscribers, redis=None, period=1.0):
    collector = {"SWARMBELL_STREAM_MAX_SUBSCRIBERS": "1000", "SWARMBELL_LOG_LEVEL": "info",
                 "SWARMBELL_CHANGELOG_MAX_EVENTS": "20"}  # as large before the storm as after it
    with tempfile.TemporaryDirectory(prefix="swarmbell-storm-") as directory:
        watch = Watch(directory, lab.managers[:1], redis, collector=collector,
                      notifier={"SWARMBELL_ALERTS_DISABLED": "service-disappeared"})
        try:
            watch.start()
            return run(lab, watch, seconds, subscribers, period)
        finally:
            watch.close()
            clear(lab)


def blow(collector, subscribers, seconds):
    """The storm. All of it is over when this returns."""
    coming = Storm(collector.target, subscribers)
    coming.start()
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        coming.resident = max(coming.resident, collector.resident_kib())
        coming.files = max(coming.files, collector.open_files())
        time.sleep(0.5)
    coming.stopping.set()
    coming.join()
    deadline = time.monotonic() + 60
    while collector.metric("swarmbell_subscribers") > 2 and time.monotonic() < deadline:
        time.sleep(0.5)
    time.sleep(2)
    return coming


def run(lab, watch, seconds, subscribers, period):
    collector = watch.collectors[0]
    well = Well(collector.target)
    well.start()
    changes = Changes(lab.managers[:1], "storm", 1_000_000, period, ("--label", "big=" + 20_000 * "x"))
    changes.start()
    remover = Remover(lab, watch, changes)
    remover.start()
    # The memory that the allocator and gRPC keep for good is there after the first.
    files_before, thirds, resident = collector.open_files(), [], []
    for _ in range(3):
        thirds.append(blow(collector, subscribers, seconds / 3))
        resident.append(collector.resident_kib())
    resident.insert(0, max(third.resident for third in thirds))
    files = [files_before, max(third.files for third in thirds), collector.open_files()]
    changes.stop()
    watch.wait_until_told(set(changes.made), 60)
    remover.stopping.set()
    well.stopping.set()
    well.join()
    well.subscription.close()
    missed = sorted(set(changes.made) - set(well.had))
    return Seen(sum(third.connected for third in thirds), max(third.most for third in thirds), resident, files, collector.metric("swarmbell_subscribers"),
                collector.slowest("swarmbell_poll_duration_seconds"), max(well.had.get(name, 0) - when for name, when in changes.made.items()), missed,
                watch.judge("storm of subscribers", "redis" if watch.redis else "memory", dict(changes.made)))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--subscribers", type=int, default=200)
    parser.add_argument("--store", choices=["memory", "redis"], default="memory")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    with Lab(managers=1, workers=0) as lab:
        if options.store == "memory":
            seen = storm(lab, options.seconds, options.subscribers)
        else:
            with RedisServer(monitored=False) as redis:
                seen = storm(lab, options.seconds, options.subscribers, redis)
    print(seen)
    return 0 if seen.ok() else 1


if __name__ == "__main__":
    sys.exit(main())

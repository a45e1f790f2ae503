#!/usr/bin/python3
"""The collector's cost of serving many subscribers, beside Redis Streams.

    tests/bench/fanout.py [--events N] [--rounds N] [--subscribers N,N,..] [--build DIR] [--json FILE]
    (targets bench_fanout_server and bench_fanout_client; redis-server of Debian)

Everything is measured in one run, interleaved, with the collector's own service in a process of its own; figures
are the CPU time of the server alone, medians of the rounds.

`backlog`  every subscriber, on a connection of its own, reads all changes that the log holds, which came as reads of
           256 changes, or one by one, and then are joined for those who let them be; somebody has read them before
`new`      the first time that the connections carry anything, at which windows and buffers grow: reads of 256 too;
           all else, Redis included, is on connections that have been used
`paced`    changes come one at a time
`idle`     resident memory that a subscriber adds when nothing happens
`slow`     the same when none of a thousand reads while changes come, up to four times as many as the log holds
"""
import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time

import redis_streams
from measure import cpu_seconds

# By name: how many changes one read finds, and how subscribers ask.
WAYS = {"batches": (256, "read"), "joined": (1, "join"), "single": (1, "read")}
MOST_SINGLE = 100  # subscribers; a message for each of more deliveries takes minutes
PAYLOAD = 383  # of one change, in bytes
REDIS_PAYLOAD = b"x" * PAYLOAD


class Program:
    """A program that answers each line with a line."""

    def __init__(self, *command):
        self.process = subprocess.Popen(
            [str(word) for word in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.greeting = self.answer()

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.process.args[0]} ended")
        return line.strip()

    def ask(self, line):
        self.tell(line)
        return self.answer()

    def tell(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def close(self):
        self.process.stdin.close()
        self.process.wait(60)


def resident(pid):
    with open(f"/proc/{pid}/statm", encoding="ascii") as statm:
        return int(statm.read().split()[1]) * resource.getpagesize()


class Bench:
    def __init__(self, options):
        self.folder = os.path.join(options.build, "tests/bench")
        self.options = options
        self.server = self.serve()
        self.redis = redis_streams.Redis()

    def serve(self):
        return Program(f"{self.folder}/bench_fanout_server", self.options.events)

    def subscribers(self, count, server=None):
        return Program(f"{self.folder}/bench_fanout_client", (server or self.server).greeting.split()[1], count)

    def close(self):
        self.server.close()
        self.redis.kill()

    def backlog(self, count):
        """Microseconds of the server's CPU for each change delivered, by way.

        The first who reads it pays for encoding it.
        """
        events = self.options.events
        times = max(1, 20 // count)
        clients = self.subscribers(count)
        first = self.subscribers(1)
        connections = [self.redis.connect() for _ in range(count)]
        figures = {}
        for way, (read, verb) in WAYS.items():
            if way == "single" and count > MOST_SINGLE:
                continue
            self.server.ask("reset")
            self.server.ask(f"append {events} {read}")
            figures[f"{way}_first"] = spent(self.server, lambda: int(first.ask(f"{verb} {events}")))
            if "new" not in figures:
                figures["new"] = spent(self.server, lambda: int(clients.ask(f"{verb} {events}")))
            figures[way] = spent(self.server, lambda: sum(int(clients.ask(f"{verb} {events}")) for _ in range(times)))
        redis_streams.read_all(connections, events, PAYLOAD)
        figures["redis"] = spent(self.redis, lambda: sum(
            redis_streams.read_all(connections, events, PAYLOAD) for _ in range(times)))
        for connection in connections:
            connection.close()
        clients.close()
        first.close()
        return figures

    def paced(self, count, rate, seconds):
        clients = self.subscribers(count)
        self.server.ask("reset")
        clients.ask("follow")

        def run():
            self.server.ask(f"pace {rate} {seconds}")
            while int(clients.ask("count")) < count * rate * seconds:
                time.sleep(0.05)
            return count * rate * seconds
        figures = {"swarmbell": spent(self.server, run)}
        clients.close()
        connections = [self.redis.connect() for _ in range(count)]
        figures["redis"] = spent(
            self.redis, lambda: redis_streams.follow(self.redis, connections, rate, seconds, REDIS_PAYLOAD))
        for connection in connections:
            connection.close()
        return figures

    def memory(self, count):
        """Bytes of the server's resident memory: at the start, with subscribers, as changes come that none reads."""
        server = self.serve()
        figures = {}
        try:
            warm = self.subscribers(1, server)
            server.ask(f"append {self.options.events} 1")
            warm.ask(f"read {self.options.events}")
            warm.close()
            server.ask("reset")
            time.sleep(1)
            figures["start"] = resident(server.process.pid)
            clients = self.subscribers(count, server)
            clients.ask("follow")
            time.sleep(1)
            figures["idle"] = resident(server.process.pid)
            clients.ask("leave")
            clients.ask("stall")
            for part in range(4):
                server.ask(f"append {self.options.events} 1")
                time.sleep(1)
                figures[f"slow{part + 1}"] = resident(server.process.pid)
            clients.close()
        finally:
            server.close()
        return figures


def spent(server, run):
    before = cpu_seconds(server.process.pid)
    deliveries = run()
    return 1e6 * (cpu_seconds(server.process.pid) - before) / deliveries


def medians(rounds):
    return {name: statistics.median(one[name] for one in rounds) for name in rounds[0]}


def measure(options):
    bench = Bench(options)
    try:
        for _ in range(options.events // 1000):
            bench.redis.append(1000, REDIS_PAYLOAD)
        rounds = {count: [] for count in options.subscribers}
        for _ in range(options.rounds):
            for count in options.subscribers:
                rounds[count].append(bench.backlog(count))
        paced = [bench.paced(100, 100, 5) for _ in range(options.rounds)]
        memory = bench.memory(1000)
    finally:
        bench.close()
    return {"events": options.events, "payload_bytes": PAYLOAD, "rounds": options.rounds,
            "backlog_us": {str(count): medians(some) for count, some in rounds.items()},
            "paced_us": medians(paced), "memory_bytes": memory}


TARGETS = {"backlog": 0.15, "redis": 2, "paced": 15, "idle": 45 << 10}


HEAD = ("one read of 256", "the same, new", "joined reads of 1", "reads of 1", "Redis Streams", "cheaper")


def table(figures):
    yield (f"{figures['events']} changes of {figures['payload_bytes']} bytes, medians of {figures['rounds']}; "
           "CPU time of the server")
    yield "{:24} {:>16} {:>14} {:>18} {:>11} {:>14} {:>8}".format("backlog, us a delivery", *HEAD)
    for count, by_way in figures["backlog_us"].items():
        yield (f"{count + ' subscribers':24} {by_way['batches']:16.3f} {by_way['new']:14.3f} "
               f"{by_way['joined']:18.3f} {single(by_way)} {by_way['redis']:14.3f} "
               f"{by_way['redis'] / by_way['joined']:7.1f}x")
    first = [by_way[f"{way}_first"] for by_way in figures["backlog_us"].values() for way in ("batches", "joined")]
    yield f"the first who reads the changes, for whom they are encoded: {statistics.median(first):.2f} us each"
    paced = figures["paced_us"]
    yield (f"paced, 100 subscribers x 100 changes/s: {paced['swarmbell']:.1f} us a delivery, "
           f"Redis Streams {paced['redis']:.1f} us")
    memory = figures["memory_bytes"]
    yield f"idle: {idle(memory) / 1024:.1f} KB a subscriber (1,000 of them)"
    slow = [f"{memory[f'slow{part}'] / 2**20:.0f} MB after {part}x the log's bound" for part in (1, 2, 3, 4)]
    yield f"1,000 that read nothing: {', '.join(slow)}; {memory['start'] / 2**20:.0f} MB without them"


def single(by_way):
    return f"{by_way['single']:11.2f}" if "single" in by_way else f"{'-':>11}"


def idle(memory):
    return (memory["idle"] - memory["start"]) / 1000


def misses(figures):
    """The deviations from the expected result, in words."""
    for count, by_way in figures["backlog_us"].items():
        for way in ("batches", "joined"):
            if by_way[way] > TARGETS["backlog"]:
                yield f"backlog of {count}, {way}: {by_way[way]:.3f} us, at most {TARGETS['backlog']}"
            if by_way["redis"] < TARGETS["redis"] * by_way[way]:
                yield (f"backlog of {count}, {way}: Redis {by_way['redis'] / by_way[way]:.1f}x, "
                       f"at least {TARGETS['redis']}x")
    if figures["paced_us"]["swarmbell"] > TARGETS["paced"]:
        yield f"paced: {figures['paced_us']['swarmbell']:.1f} us, at most {TARGETS['paced']}"
    memory = figures["memory_bytes"]
    if idle(memory) > TARGETS["idle"]:
        yield f"idle: {idle(memory) / 1024:.1f} KB, at most {TARGETS['idle'] >> 10}"
    if memory["slow4"] > 1.05 * memory["slow2"]:
        yield "slow: memory grows with what is not read"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--subscribers", type=lambda text: [int(one) for one in text.split(",")],
                        default=[1, 10, 100, 1000])
    parser.add_argument("--build", default="build/release")
    parser.add_argument("--json", metavar="FILE",
                        help="also writes the figures there; - is standard output, instead of the table")
    options = parser.parse_args()
    figures = measure(options)
    figures["misses"] = list(misses(figures))
    if options.json == "-":
        print(json.dumps(figures, indent=1))
        return 0
    print("\n".join(table(figures)))
    for miss in figures["misses"]:
        print("not reached:", miss)
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(figures, file, indent=1)
    return 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/python3
"""What reading a large swarm costs, side by side.

    tests/bench/read.py [--services N] [--tasks N] [--rounds N] [--build DIR]

Starts a real engine with so many services of so many waiting tasks each, lets each reader read everything in turn, and
prints medians. `client` is the reader's own CPU time, `engine` what the engine spends on the same reading.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys

import swarm

HERE = os.path.dirname(os.path.abspath(__file__))


class Reader:
    def __init__(self, name, command):
        self.name = name
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.rounds = []

    def read(self, engine_pid):
        before = engine_cpu(engine_pid)
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, f"{self.name} ended"
        self.rounds.append(json.loads(line) | {"engine_ms": 1e3 * (engine_cpu(engine_pid) - before)})
        return self.rounds[-1]

    def median(self, key):
        return statistics.median(one[key] for one in self.rounds[2:])  # the first two warm up

    def close(self):
        self.process.stdin.close()
        self.process.wait(10)


def engine_cpu(pid):
    total = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        try:
            with open(f"/proc/{pid}/task/{task}/schedstat", encoding="utf-8") as stat:
                total += int(stat.read().split()[0])
        except OSError:
            pass
    return total / 1e9


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--services", type=int, default=1000)
    parser.add_argument("--tasks", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--build", default="build/release")
    options = parser.parse_args()
    program = os.path.join(options.build, "tests/bench/bench_read_engine")
    with swarm.Lab(managers=1, workers=0, images=False) as lab:
        node = lab.managers[0]
        swarm.fill(node.socket, 0, options.services, options.tasks)
        swarm.recolor(node.socket, None, "blue")
        readers = [Reader("swarmbell", [program, node.socket, "read"]), Reader("discard", [program, node.socket, "discard"]),
                   Reader("docker-py", [f"{HERE}/peer_docker_py.py", node.socket])]
        changed = []
        for _ in range(options.rounds + 2):
            for reader in readers:
                reader.read(node.pid())
        quiet = {reader.name: (reader.median("cpu_ms"), reader.median("engine_ms"), reader.rounds[-1]["peak_kb"]) for reader in readers}
        bytes_read = readers[0].rounds[-1]["bytes"]
        for number in range(options.rounds // 2):
            swarm.recolor(node.socket, {f"shop{number % 40}_svc{number:04d}"}, f"red{number}")
            changed.append(readers[0].read(node.pid()))
        for reader in readers:
            reader.close()
    print(f"{options.services} services, {options.services * options.tasks} tasks, {bytes_read / 1e6:.1f} MB a reading, "
          f"medians of {options.rounds}")
    print(f"{'':12} {'client':>10} {'engine':>10} {'peak':>10}")
    for name, (client, engine, peak) in quiet.items():
        print(f"{name:12} {client:7.2f} ms {engine:7.1f} ms {peak / 1024:7.1f} MB")
    own = quiet["swarmbell"][0]
    print(f"docker-py / swarmbell {quiet['docker-py'][0] / own:.0f}x, swarmbell / discard {own / quiet['discard'][0]:.2f}x, "
          f"swarmbell / engine {100 * own / quiet['swarmbell'][1]:.1f} %")
    print(f"one service changed: {statistics.median(one['cpu_ms'] for one in changed):.2f} ms, "
          f"{statistics.median(one['changes'] for one in changed):.0f} changes found")
    return 0


if __name__ == "__main__":
    sys.exit(main())

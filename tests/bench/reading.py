"""One reading of everything: what it costs each client, and the engine.

`client` is the reader's own CPU time, `engine` what the engine spends on the same reading.
"""
import json
import statistics
import subprocess

import measure
import swarm
from processes import BUILD_DIR

WARM_UP = 2  # readings that are not counted


class Reader:
    """A process that reads everything once for each line that it is given, and says what that took."""

    def __init__(self, name, command):
        self.name = name
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.quiet, self.changed = [], []

    def read(self, engine_pid, rounds):
        before = measure.cpu_seconds(engine_pid)
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, f"{self.name} ended"
        rounds.append(json.loads(line) | {"engine_ms": 1e3 * (measure.cpu_seconds(engine_pid) - before)})

    def median(self, key, rounds=None):
        return statistics.median(one[key] for one in (rounds or self.quiet[WARM_UP:]))

    def close(self):
        self.process.stdin.close()
        self.process.wait(10)


def readers(socket):
    programs = BUILD_DIR / "tests/bench"
    return [Reader("Swarmbell", [programs / "bench_read_engine", socket, "read"]),
            Reader("libcurl that throws the bytes away", [programs / "bench_read_engine", socket, "discard"]),
            Reader("Go, `reflect.DeepEqual`", [programs / "peer_go", socket]),
            Reader("docker-py, `==`", ["/usr/bin/python3", measure.HERE / "peers/docker_py.py", socket])]


def measure_reading(node, rounds):
    """Lines for the report, and the engine's milliseconds for one reading by Swarmbell."""
    all_readers = readers(node.socket)
    for _ in range(rounds + WARM_UP):
        for reader in all_readers:
            reader.read(node.pid(), reader.quiet)
    for number in range(rounds // 2):
        swarm.recolor(node.socket, {swarm.name(number)}, f"red{number}")
        for reader in all_readers:
            reader.read(node.pid(), reader.changed)
    for reader in all_readers:
        reader.close()
    own, engine = all_readers[0].median("cpu_ms"), all_readers[0].median("engine_ms")
    assert all(one["changes"] >= 1 for one in all_readers[0].changed), "a change was not found"
    rows = [(reader.name, f"{reader.median('cpu_ms'):.1f} ms", f"{reader.median('cpu_ms') / own:.1f}",
             f"{reader.median('cpu_ms', reader.changed):.1f} ms", f"{reader.median('engine_ms'):.0f} ms",
             f"{reader.quiet[-1]['peak_kb'] / 1024:.0f} MiB") for reader in all_readers]
    head = ("client", "CPU, nothing changed", "of Swarmbell's", "CPU, a service changed", "engine's CPU for it", "peak memory")
    size = all_readers[0].quiet[-1]["bytes"] / 1e6
    return [f"One reading of everything, {size:.1f} MB: medians of {rounds} interleaved rounds; Swarmbell spends "
            f"{100 * own / engine:.1f} % of what the engine does.", "", *measure.table(head, *rows)], engine

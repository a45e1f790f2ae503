#!/usr/bin/python3
"""Faults on a real swarm, and whether every change still rings once.

    tests/e2e/faults.py [--changes N] [--period SECONDS] [--store memory|redis] [CELL...]

Runs the cells (all, or those named) and prints the table: how many changes were made, how many alerts were to come and
came, how many were lost and told twice, and the longest time from a change to its card. A change is a new service
without tasks, so that each is one of its own whatever the readings between, or a new environment variable of a single
service; two receivers must each name each one once, on whatever card.
"""
import argparse
import re
import signal
import sys
import tempfile

from certificates import Certificates
from changes import Changes
from fault_cells import CELLS
from lab import Lab
from redis_server import RedisServer
from watch import Result, Watch


def run_cell(lab, name, store, cell, count=None, period=None):
    with tempfile.TemporaryDirectory(prefix="swarmbell-faults-") as directory:
        if store == "memory":
            return _run(lab, name, store, cell, directory, None, count, period)
        with RedisServer(directory if cell.disk else None, monitored=False) as redis:
            return _run(lab, name, store, cell, directory, redis, count, period)


def _run(lab, name, store, cell, directory, redis, count, period):
    certificates = Certificates(directory) if cell.tls else None
    watch = Watch(directory, lab.managers[:cell.watched], redis, cell.notifiers, cell.collector, cell.notifier,
                  certificates)
    making = None
    try:
        watch.start()
        label = re.sub(r"[^a-z0-9]", "", name.lower())[:24] + store[0]
        making = Changes(lab.managers, label, count or cell.changes, period or cell.period, cell.options,
                         cell.one_service)
        making.start()
        cell.fault(lab, watch, making)
        making.finish()
        watch.wait_until_told(set(making.made), cell.settle)
        result = watch.judge(name, store, dict(making.made))
        if not result.ok():
            keep(watch, name)
        return result
    finally:
        if making:
            making.stop()
        watch.close()
        clear(lab)


def keep(watch, name):
    """The logs of a cell that failed, where they outlive it."""
    with tempfile.NamedTemporaryFile("w", prefix="swarmbell-" + re.sub(r"\W+", "-", name) + "-", suffix=".log",
                                     delete=False) as out:
        for program in watch.programs:
            out.write(f"--- {program.log_path.name}, killed at {program.kills}\n{program.log()}\n")
        for sink in watch.sinks:
            out.write(f"--- {sink.platform}\n")
            out.writelines(f"{card.arrived:.3f} {card}\n" for card in sink.cards())
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
    chosen = [(name, store) for name, cell in CELLS.items() for store in cell.stores
              if options.store in (None, store) and (not options.cells or any(part in name for part in options.cells))]
    good = True
    print(Result.HEAD, flush=True)
    with Lab(managers=3, workers=0) as lab:
        for name, store in chosen:
            result = run_cell(lab, name, store, CELLS[name], options.changes, options.period)
            good = good and result.ok()
            print(result.row(), *result.details(), sep="\n", flush=True)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())

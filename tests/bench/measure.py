"""The cost of processes, and how figures are written; shared by everything here."""
import json
import math
import pathlib
import statistics
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
BOUNDS = HERE / "regressions.json"
sys.path.insert(0, str(HERE.parent / "e2e"))


def cpu_seconds(pid):
    """CPU time of a process, that of its threads that have ended included: its CPU clock."""
    return time.clock_gettime((~pid << 3) | 2)


def quantile(values, q):
    """The smallest value that at least the share `q` of all does not exceed."""
    return sorted(values)[math.ceil(q * len(values)) - 1]


def milliseconds(seconds):
    """`p50 / p99` of some times, for a table."""
    return f"{1e3 * statistics.median(seconds):.1f} / {1e3 * quantile(seconds, 0.99):.1f} ms"


def table(*rows):
    """Rows of texts, the first one the head, as Markdown; all columns but the first are figures."""
    lines = [f"| {' | '.join(row)} |" for row in rows]
    return [lines[0], "| --- |" + " ---: |" * (len(rows[0]) - 1), *lines[1:], ""]


def judge(name, value, bound):
    """Prints the line that tests/run.sh counts; false if the value exceeds its bound."""
    good = value <= bound
    print(f"{'ok    ' if good else 'DEARER'} {name:60} {value:14,.4g} {value / bound:8.3f} of its bound", flush=True)
    return good


def run_json(*command):
    """The JSON that a program prints."""
    done = subprocess.run([str(part) for part in command], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
                          timeout=1800)
    assert done.returncode == 0, f"{command} failed: {done.stderr}"
    return json.loads(done.stdout)

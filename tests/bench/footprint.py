"""The footprint of both programs when nothing happens, and how soon they are there."""
import shutil
import statistics
import subprocess
import tempfile
import time

import measure
from processes import Collector, Notifier, binary
from sinks import WebhookSink

STARTS = 9


def start_seconds(program):
    """From making the process until /healthz says that all is well."""
    with open(program.log_path, "ab") as log:
        began = time.monotonic()
        program.process = subprocess.Popen([binary(program.name)], env=program.env, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        while not program.well():
            assert time.monotonic() < began + 10, program.log()
            time.sleep(0.0005)
        return time.monotonic() - began


def stripped_size(name):
    with tempfile.NamedTemporaryFile() as copy:
        shutil.copy(binary(name), copy.name)
        subprocess.run(["strip", copy.name], check=True)
        return len(open(copy.name, "rb").read())  # pylint: disable=consider-using-with


def measure_footprint(directory, node):
    sink = WebhookSink("slack")
    settings = {"SWARMBELL_LOG_LEVEL": "info", "SWARMBELL_POLL_INTERVAL": "10s"}
    collector = Collector(directory, node, settings, "footprint")
    notifier = Notifier(directory, [collector], [sink], {"SWARMBELL_LOG_LEVEL": "info"}, "footprint")
    starts = {collector: [], notifier: []}
    rows = []
    try:
        for _ in range(STARTS):
            for program, times in starts.items():
                times.append(start_seconds(program))
            if len(times) < STARTS:
                for program in starts:
                    program.terminate()
        time.sleep(30)
        for program, times in starts.items():
            rows.append((program.name, f"{program.resident_kib() / 1024:.1f} MiB", f"{program.resident_kib('RssAnon:') / 1024:.1f} MiB",
                         f"{1e3 * statistics.median(times):.0f} ms", f"{stripped_size(program.name) / 1e6:.1f} MB"))
    finally:
        for closing in (notifier, collector, sink):
            closing.close()
    head = ("a small swarm, nothing happens", "resident", "of that its own", "well after start", "program, stripped")
    return measure.table(head, *rows)

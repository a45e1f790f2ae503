"""The collector, as it is, on a large swarm: what it costs the engine and itself when nothing happens, and how soon it
still tells a change. And what it keeps, by how much there is."""
import time

import measure
import swarm
from feed_client import Subscription
from processes import Collector

SETTINGS = {"SWARMBELL_POLL_INTERVAL": "10s", "SWARMBELL_LOG_LEVEL": "info"}


def start(directory, node, label):
    collector = Collector(directory, node, SETTINGS, label).start()
    deadline = time.monotonic() + 60
    while not collector.well():
        assert time.monotonic() < deadline, f"no reading after a minute\n{collector.log()}"
        time.sleep(0.1)
    return collector


def measure_memory(directory, node, tasks):
    """Resident memory of a collector that has read everything twice: (now, at most) in KiB."""
    collector = start(directory, node, f"tasks{tasks}")
    time.sleep(25)
    try:
        return collector.resident_kib(), collector.resident_kib("VmHWM:")
    finally:
        collector.close()


def rate(pids, seconds):
    """CPU seconds that each process spends in an hour, measured for so long."""
    before = [measure.cpu_seconds(pid) for pid in pids]
    began = time.monotonic()
    time.sleep(seconds)
    took = time.monotonic() - began
    return [3600 * (measure.cpu_seconds(pid) - start) / took for pid, start in zip(pids, before)]


def measure_watching(directory, node, seconds, changes, engine_ms):
    """`engine_ms` is what one reading of everything costs the engine."""
    idle, = rate([node.pid()], seconds / 3)
    collector = start(directory, node, "quiet")
    try:
        time.sleep(20)
        watched, own = rate([node.pid(), collector.process.pid], seconds)
        told = [tell(node, collector, number) for number in range(changes)]
        resident, most = collector.resident_kib(), collector.resident_kib("VmHWM:")
    finally:
        collector.close()
    plain = 360 * engine_ms / 1e3
    rows = [("the engine by itself, CPU in an hour", f"{idle:.1f} s"),
            ("what the collector adds to that", f"{watched - idle:.1f} s"),
            ("what reading everything each 10 s would add", f"{plain:.1f} s"),
            ("the collector itself, CPU in an hour", f"{own:.1f} s"),
            ("the collector, resident / at most", f"{resident / 1024:.1f} / {most / 1024:.1f} MiB"),
            (f"from the engine's answer to a change until a subscriber has it ({changes} changes), p50 / p99",
             measure.milliseconds(told))]
    return [f"A quiet swarm of that size, watched for {seconds} s with default settings; "
            f"1/{plain / max(watched - idle, 0.1):.0f} of a plain poll:", "", *measure.table(("", ""), *rows)]


def tell(node, collector, number):
    """How long after the engine's answer to a change a subscriber has it."""
    engine = swarm.Engine(node.socket)
    service = engine.ask("GET", f"/services/{swarm.name(number)}")
    arrived = []
    subscription = Subscription(collector.target, filters=[{"changes": ["service_task_template_changed"]}])
    subscription.wait(lambda s: s.responses)
    _, answered = engine.update(service, swarm.paint(f"told{number}"))
    subscription.wait(lambda s: service["Spec"]["Name"] in s.names() and not arrived.append(time.monotonic()), 60)
    subscription.close()
    time.sleep(3)
    return arrived[0] - answered

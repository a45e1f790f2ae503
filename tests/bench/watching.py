"""The collector, as it is, on a large swarm: what it costs the engine and itself when nothing happens, and how soon it
still tells a change. And what it keeps, by how much there is."""
import time

import measure
import swarm
from feed_client import Subscription
from processes import Collector

# The engine's runtime collects its garbage every two minutes even when it has nothing to do, which costs it more the
# more it knows: two of these belong to what it does by itself.
IDLE_SECONDS = 240

SETTINGS = {"SWARMBELL_POLL_INTERVAL": "10s", "SWARMBELL_LOG_LEVEL": "info"}


def start(directory, node, label):
    collector = Collector(directory, node, SETTINGS, label).start()
    deadline = time.monotonic() + 60
    while not collector.well():
        assert time.monotonic() < deadline, f"no reading after a minute\n{collector.log()}"
        time.sleep(0.1)
    return collector


def measure_memory(directory, node, tasks):
    """The memory of a collector that has read everything, in KiB: resident now, that of its own, resident at most."""
    collector = start(directory, node, f"tasks{tasks}")
    try:
        time.sleep(20)
        return [collector.resident_kib(what) for what in ("VmRSS:", "RssAnon:", "VmHWM:")]
    finally:
        collector.close()


def task_readings(collector):
    """How often all tasks were read, by far the dearest list."""
    return sum(value for name, labels, value in collector.metrics()
               if name == "swarmbell_poll_duration_seconds_count" and '"/tasks"' in labels and '"part"' not in labels)


def wait_for_readings(collector, count, timeout):
    deadline = time.monotonic() + timeout
    while task_readings(collector) < count and time.monotonic() < deadline:
        time.sleep(0.5)


def rates(pids, wait):
    """CPU seconds that each process spends in an hour, and the seconds for which that was measured."""
    before = [measure.cpu_seconds(pid) for pid in pids]
    began = time.monotonic()
    wait()
    took = time.monotonic() - began
    return [3600 * (measure.cpu_seconds(pid) - start) / took for pid, start in zip(pids, before)], took


def whole_periods(collector, seconds):
    """For at least so long, and until all tasks have just been read again: as many readings as belong to the time."""
    time.sleep(seconds)
    wait_for_readings(collector, task_readings(collector) + 1, seconds)


def measure_watching(directory, node, seconds, changes, engine_ms):
    """`engine_ms` is what one reading of everything costs the engine."""
    (idle,), _ = rates([node.pid()], lambda: time.sleep(IDLE_SECONDS))
    collector = start(directory, node, "quiet")
    try:
        wait_for_readings(collector, 2, 60)  # the second makes sure that the events have not missed anything
        (watched, own), took = rates([node.pid(), collector.process.pid], lambda: whole_periods(collector, seconds))
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
    return [f"A quiet swarm of that size, watched for {took:.0f} s with default settings; "
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

"""The requests of the collector to the engine while nothing happens: requests by path, bytes, and the engine's CPU for them.

Fails when a path is asked for more often than its bound in regressions.json allows.
"""
import collections
import json
import pathlib
import time

import measure
import swarm
from engine_proxy import EngineProxy
from processes import Collector

INTERVAL, INTERVALS = 2, 30
SERVICES, TASKS = 10, 5
SETTLED = 15  # seconds: each list is read once more when the events are followed


def paths(requests):
    """How often each path was asked for, `/services` of `/v1.41/services?status=true`."""
    return collections.Counter("/" + target.split("?")[0].split("/", 2)[2] for _, target in requests)


def answered_bytes(collector):
    return sum(value for name, _, value in collector.metrics() if name == "swarmbell_engine_response_bytes_total")


def watch(node, seconds, collector=None, proxy=None):
    """The engine's CPU seconds meanwhile, the requests, and the bytes of their answers."""
    cpu, asked = measure.cpu_seconds(node.pid()), len(proxy.requests) if proxy else 0
    size = answered_bytes(collector) if collector else 0
    time.sleep(seconds)
    spent = measure.cpu_seconds(node.pid()) - cpu
    return spent, paths(proxy.requests[asked:]) if proxy else None, answered_bytes(collector) - size if collector else 0


def measure_idle(directory, node):
    swarm.fill(node.socket, 100, SERVICES, TASKS)
    swarm.wait_for_tasks(node.socket, SERVICES * TASKS)
    time.sleep(SETTLED)
    alone, _, _ = watch(node, INTERVALS * INTERVAL)
    proxy = EngineProxy(pathlib.Path(directory) / "idle.sock", node.socket)
    collector = Collector(directory, node, {"SWARMBELL_POLL_INTERVAL": f"{INTERVAL}s", "SWARMBELL_LOG_LEVEL": "info",
                                            "SWARMBELL_DOCKER_HOST": proxy.host}, "idle").start()
    try:
        time.sleep(SETTLED)
        spent, asked, size = watch(node, INTERVALS * INTERVAL, collector, proxy)
    finally:
        collector.close()
        proxy.close()
    rows = [(f"GET {path}", str(count)) for path, count in sorted(asked.items())]
    rows += [("bytes of the answers", f"{size / 1e3:.0f} kB"), ("the engine's CPU", f"{1e3 * spent:.0f} ms"),
             ("the engine's CPU without a collector", f"{1e3 * alone:.0f} ms")]
    print("\n".join(measure.table(
        (f"an idle swarm ({SERVICES} services, {SERVICES * TASKS} tasks): asked of the engine in {INTERVALS} intervals", ""), *rows)))
    bounds = json.loads(measure.BOUNDS.read_text())["GETs of an idle swarm in 30 intervals"]
    unknown = asked.keys() - bounds.keys()
    assert not unknown, f"paths without a bound: {unknown}"
    # All are judged, so that each is printed.
    for path in ("/services", "/nodes", "/tasks", "/containers/json"):
        assert asked[path] > 0, f"{path} was not asked for: nothing was measured"
    good = [measure.judge(f"GET {path}", asked[path], bound) for path, bound in bounds.items()]
    assert all(good), "an idle swarm costs the engine more than its bound"

"""A red alert is followed by its end, also when a program was restarted in between and when nobody looked."""
import contextlib
import time

import pytest

from redis_server import RedisServer

QUICK = {"SWARMBELL_DEGRADED_AFTER": "3s", "SWARMBELL_FIRST_START_AFTER": "3s", "SWARMBELL_NODES_DOWN_AFTER": "2s"}


@pytest.fixture(params=["redis", "memory"])
def collector_settings(request):
    """With Redis the collector knows after its restart what it knew; without, the notifier has kept its alarms."""
    with RedisServer() if request.param == "redis" else contextlib.nullcontext() as redis:
        yield QUICK | ({"SWARMBELL_REDIS_URL": redis.url} if redis else {})


def reds_and_greens(rig, name):
    """The messages of one chat about the object, in order."""
    return [(card.color, card.text) for card in rig.slack.cards() if name in card.text and card.color in ("red", "green")]


def test_a_crash_loop_that_ended_while_the_notifier_was_away(start_rig, manager, service):
    rig = start_rig(manager, notifier={"SWARMBELL_CRASH_LOOP_CALM": "8s"})
    name = service("--restart-delay", "500ms", command=("sh", "-c", "sleep 0.2; exit 3"))
    rig.expect("red", f"Service {name} went into a crash loop", timeout=60)
    rig.mark()
    time.sleep(6)  # until it is acknowledged
    rig.notifier.kill9()
    manager.docker("service", "scale", "--detach", f"{name}=0")
    time.sleep(10)
    rig.notifier.start()
    rig.expect("green", f"Service {name} left its crash loop", timeout=60)
    rig.notifier.terminate()
    rig.notifier.start()
    time.sleep(12)
    assert [color for color, _ in reds_and_greens(rig, name) if color == "red"] == ["red"], reds_and_greens(rig, name)
    assert sum("crash loop" in text and color == "green" for color, text in reds_and_greens(rig, name)) == 1


def degrade(service):
    """A service whose only task ends, and is not replaced for ten minutes."""
    return service("--restart-condition", "any", "--restart-delay", "10m", command=("sleep", "2"))


def test_a_degraded_service_that_is_removed_while_the_collector_is_away(start_rig, manager, service, collector_settings):
    rig = start_rig(manager, collector=collector_settings)
    name = degrade(service)
    rig.expect("red", f"Service {name} degraded", timeout=60)
    rig.mark()
    time.sleep(2)  # until it is stored
    rig.collector.kill9()
    manager.docker("service", "rm", name)
    rig.collector.start()
    rig.expect("red", f"Service {name} removed", "This ends its alarm: too few tasks for", timeout=60)
    time.sleep(5)
    assert len(reds_and_greens(rig, f"Service {name} removed")) == 1


def test_a_degraded_service_that_is_whole_again_after_a_restart_of_the_collector(start_rig, manager, service, collector_settings):
    rig = start_rig(manager, collector=collector_settings)
    name = degrade(service)
    rig.expect("red", f"Service {name} degraded", timeout=60)
    rig.mark()
    time.sleep(2)
    rig.collector.kill9()
    rig.collector.start()
    rig.wait_until_watching()
    time.sleep(8)
    assert not [card for card in rig.cards() if name in card.text], rig.arrived()
    manager.docker("service", "update", "--detach", "--no-resolve-image", "--args", "sleep 1000", name)
    rig.expect("green", f"Service {name} update completed", "Its task runs again, after", timeout=60)


def test_a_node_that_comes_back_while_the_collector_is_away(start_rig, lab, manager, collector_settings):
    rig = start_rig(manager, collector=collector_settings)
    worker = lab.workers[0]
    worker.kill9()
    try:
        rig.expect("red", f"Node {worker.name} went down", timeout=60)
        rig.mark()
        time.sleep(2)
        rig.collector.kill9()
    finally:
        worker.restart()
    lab.wait_for_nodes(2)
    rig.collector.start()
    rig.expect("green", f"Node {worker.name} came back", timeout=60)
    time.sleep(5)
    assert len([card for card in rig.slack.cards() if f"Node {worker.name} came back" in card.text]) == 1


def test_a_collector_that_is_reached_again_after_a_restart_of_the_notifier(start_rig, manager, tmp_path):
    from processes import Collector
    rig = start_rig(manager, notifier={"SWARMBELL_FEED_DISCONNECTED_AFTER": "3s"})
    other = Collector(tmp_path, manager, label="-other")
    rig.notifier.terminate()
    rig.notifier.env["SWARMBELL_COLLECTORS"] = f"{rig.collector.target},{other.target}"
    other.start()
    try:
        rig.notifier.start()
        rig.wait_until_watching()
        other.kill9()
        rig.expect("red", "disconnected", other.target, timeout=60)
        rig.mark()
        time.sleep(2)  # until it is acknowledged
        rig.notifier.kill9()
        rig.notifier.start()
        time.sleep(8)
        assert not rig.cards(), rig.arrived()
        other.start()
        rig.expect("green", "connected", other.target, timeout=60)
    finally:
        other.close()

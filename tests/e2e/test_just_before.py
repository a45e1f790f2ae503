"""The red card names the changes just before: of a real swarm, and also when the notifier was restarted in between."""
import time

import pytest


def fail(manager, name):
    """An update whose task starts, and ends with an error a few seconds later: after the cards of the update itself."""
    manager.docker("service", "update", "--detach", "--no-resolve-image", "--image", "bb:2",
                   "--args", "sh -c 'sleep 8; exit 3'", name)


@pytest.mark.parametrize("restarted", [False, True], ids=["the-same-notifier", "a-restarted-notifier"])
def test_a_failed_update_says_what_changed_and_when(start_rig, service, manager, restarted):
    rig = start_rig(manager)
    name = service("--replicas", "1", "--update-monitor", "30s", command=["sleep", "1000"])
    rig.expect("green", f"Service {name} created")
    manager.docker("service", "scale", "--detach", f"{name}=2")
    rig.expect("blue", f"Service {name} scaled")
    fail(manager, name)
    rig.expect("yellow", f"Service {name} ", "image 1 → 2")
    if restarted:
        assert rig.notifier.terminate()[0] == 0
        rig.notifier.start()
        rig.wait_until_watching()
    rig.mark()
    for card in rig.expect("red", f"Service {name} update paused", "Just before", "s before", "image 1 → 2", "scaled 1 → 2"):
        # Not what the card is about, nor what came after it.
        assert card.text.count(" before") == 4, card  # the title, the two changes, and the coming of the service


def test_a_node_that_is_lost_explains_what_it_ran(start_rig, lab, service, manager):
    worker = lab.workers[0]
    rig = start_rig(manager, collector={"SWARMBELL_DEGRADED_AFTER": "3s", "SWARMBELL_FIRST_START_AFTER": "3s"})
    name = service("--constraint", f"node.hostname=={worker.name}", "--replicas", "1", command=["sleep", "1000"])
    rig.expect("green", f"Service {name} created")
    deadline = time.monotonic() + 30
    while "1/1" not in manager.docker("service", "ls", "--filter", f"name={name}", "--format", "{{.Replicas}}"):
        assert time.monotonic() < deadline
        time.sleep(0.2)
    rig.mark()
    manager.docker("node", "update", "--availability", "drain", worker.name)
    try:
        rig.expect("red", name, "Just before", f"node {worker.name} drained", timeout=40)
    finally:
        manager.docker("node", "update", "--availability", "active", worker.name)

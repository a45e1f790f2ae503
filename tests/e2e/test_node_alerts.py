"""Changes of the nodes of a real swarm ring in Slack and in Teams: colour, and before -> after."""
import contextlib

import pytest
from conftest import Rings
from lab import Lab


@contextlib.contextmanager
def a_third_node(lab):
    """A worker that joins, and is gone from the swarm afterwards."""
    node = lab.add_worker()
    lab.wait_for_nodes(3)
    try:
        yield node
    finally:
        lab.remove_worker(node)


def test_joined_and_removed(rings, lab):
    with a_third_node(lab) as node:
        rings.expect("black", f"Node {node.name} joined", "worker")
        rings.mark()
    rings.expect("red", f"Node {node.name} removed")


@pytest.mark.parametrize("availability, color, title", [("drain", "black", "drained"), ("pause", "red", "paused")])
def test_availability(rings, lab, manager, availability, color, title):
    worker = lab.workers[0]
    manager.docker("node", "update", "--availability", availability, worker.name)
    try:
        rings.expect(color, f"Node {worker.name} {title}", ("active", availability))
        rings.mark()
    finally:
        manager.docker("node", "update", "--availability", "active", worker.name)
    rings.expect("green", f"Node {worker.name} activated", (availability, "active"))


def test_role(start_rig):
    # A swarm of its own, whose quorum stands however long docker takes to let a manager go.
    with Lab(managers=3, workers=1) as lab:
        manager, worker = lab.managers[0], lab.workers[0]
        rings = Rings([start_rig(manager, collector={"SWARMBELL_POLL_EVENTS": events}) for events in ("true", "false")])
        manager.docker("node", "promote", worker.name)
        rings.expect("black", f"Node {worker.name} promoted", ("worker", "manager"))
        # Docker shows a new manager as unreachable for a moment: that is no alert.
        assert not [card for card in rings.cards() if card.color == "red"]
        rings.mark()
        manager.docker("node", "demote", worker.name)
        rings.expect("black", f"Node {worker.name} demoted", ("manager", "worker"))


def test_quorum_and_labels(start_rig):
    with Lab(managers=3, workers=0) as lab:
        rings = Rings([start_rig(lab.managers[0])])
        lost = lab.managers[2]
        lab.managers[0].docker("node", "update", "--label-add", "zone=b", lost.name)
        rings.expect("blue", f"Node {lost.name} labels changed", "zone")
        rings.mark()
        lost.kill9()
        try:
            rings.expect("red", f"Node {lost.name} went down", "2 of 3 managers are reachable", timeout=60)
            assert len(rings.cards()) == 2, rings.cards()  # one message in each chat
            rings.mark()
        finally:
            lost.restart()
        rings.expect("green", f"Node {lost.name} came back", "3 of 3 managers are reachable", timeout=60)
        assert len(rings.cards()) == 2, rings.cards()


def test_down_and_back(rings, lab):
    worker = lab.workers[0]
    worker.kill9()
    try:
        rings.expect("red", f"Node {worker.name} went down", ("ready", "down"), timeout=60)
        rings.mark()
    finally:
        worker.restart()
    rings.expect("green", f"Node {worker.name} came back", ("down", "ready"), timeout=60)
    lab.wait_for_nodes(2)

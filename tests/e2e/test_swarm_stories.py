"""The everyday work of swarms that people run, on real engines: each story makes the cards that a person needs, and no more.
The settings are the defaults, but for the times that would make the tests long."""
import time

import pytest

from lab import Lab
from rig import Rig

QUIET_SECONDS = 6  # longer than a read, the wait for failures alike, grouping and pacing take together
SETTINGS = {"SWARMBELL_POLL_INTERVAL": "1s", "SWARMBELL_DEGRADED_AFTER": "6s", "SWARMBELL_FIRST_START_AFTER": "20s",
            "SWARMBELL_UPDATE_STALLED_AFTER": "8s", "SWARMBELL_NODES_DOWN_AFTER": "6s"}


@pytest.fixture(scope="module")
def swarm():
    with Lab(managers=1, workers=2) as lab:
        yield lab


@pytest.fixture
def rig(swarm, tmp_path):
    made = Rig(tmp_path, swarm.managers[0], collector=SETTINGS)
    try:
        yield made.start()
    finally:
        made.close()
        node = swarm.managers[0]
        for name in node.docker("service", "ls", "--quiet").split():
            node.docker("service", "rm", name, check=False)
        for worker in swarm.workers:
            node.docker("node", "update", "--availability", "active", worker.name, check=False)


def create(node, name, *options, command=("sleep", "100000")):
    node.docker("service", "create", "--detach", "--no-resolve-image", "--name", name, "--stop-grace-period", "0s", *options,
                "bb:1", *command)


def update(node, name, *options):
    node.docker("service", "update", "--detach", "--no-resolve-image", *options, name)


def wait_for_replicas(node, name, replicas, timeout=60):
    deadline = time.monotonic() + timeout
    while node.docker("service", "ls", "--filter", f"name={name}", "--format", "{{.Replicas}}") != replicas:
        assert time.monotonic() < deadline, f"{name} is not {replicas}\n{node.docker('service', 'ps', name)}"
        time.sleep(0.2)


def running(rig, node, name, replicas):
    """The service runs, its coming has been told, and forgotten."""
    wait_for_replicas(node, name, f"{replicas}/{replicas}")
    rig.expect("green", f"Service {name} created")
    time.sleep(QUIET_SECONDS)
    rig.mark()


def titles(rig):
    """The messages of one chat since the mark: colour and text."""
    time.sleep(QUIET_SECONDS)
    told = [card for card in rig.cards() if card.platform == "slack"]
    print("\n".join(f"    {card.color}: {card.text[:240]}" for card in told) or "    (silence)")
    return [card.color for card in told]


def test_a_one_shot_that_ended_well_is_silent_and_one_that_failed_is_red(rig, swarm):
    node = swarm.managers[0]
    create(node, "migrate", "--restart-condition", "none", command=("true",))
    create(node, "broken", "--restart-condition", "none", command=("sh", "-c", "exit 3"))
    rig.expect("green", "Service migrate created")
    rig.expect("red", "broken", "exit code", "3")
    time.sleep(10)  # longer than a service may be degraded
    assert sorted(set(titles(rig))) == ["green", "red"]
    assert len([card for card in rig.cards() if card.color == "red" and card.platform == "slack"]) == 1


def test_runs_that_a_scheduler_starts_are_routine(rig, swarm):
    node = swarm.managers[0]
    create(node, "cron", "--restart-condition", "none", "--replicas", "0", "--label", "swarm.cronjob.enable=true",
           command=("sh", "-c", "sleep 1"))
    rig.expect("green", "Service cron created")
    time.sleep(QUIET_SECONDS)
    rig.mark()
    for _ in range(2):
        update(node, "cron", "--force", "--replicas", "1")
        time.sleep(6)
        update(node, "cron", "--replicas", "0")
        time.sleep(2)
    assert titles(rig) == []


def test_the_restart_of_an_engine_is_no_crash_loop(rig, swarm):
    node, worker = swarm.managers[0], swarm.workers[0]
    create(node, "web", "--replicas", "4", "--constraint", f"node.hostname=={worker.name}")
    running(rig, node, "web", 4)
    worker.kill9()
    worker.restart()
    wait_for_replicas(node, "web", "4/4", 90)
    colors = titles(rig)
    assert not [card for card in rig.cards() if card.shows("crash loop")]
    assert colors.count("yellow") <= 1 and len(colors) <= 3, colors


def test_tasks_that_a_label_moves_are_one_card(rig, swarm):
    node = swarm.managers[0]
    first, second = swarm.workers
    for worker in (first, second):
        node.docker("node", "update", "--label-add", "disk=fast", worker.name)
    create(node, "shard", "--replicas", "2", "--constraint", "node.labels.disk==fast",
           "--constraint", "node.role==worker")
    running(rig, node, "shard", 2)
    node.docker("node", "update", "--label-rm", "disk", first.name)
    rig.expect("blue", "shard", "constraints")
    rig.expect("blue", f"Node {first.name} labels changed", "disk")
    wait_for_replicas(node, "shard", "2/2")
    assert titles(rig) == ["blue", "blue"]


def test_an_update_without_addresses_left_stalls_once(rig, swarm):
    node = swarm.managers[0]
    node.docker("network", "create", "--driver", "overlay", "--subnet", "10.211.0.0/29", "tiny")
    try:
        create(node, "crowd", "--network", "tiny", "--replicas", "3", "--update-order", "start-first", "--update-monitor",
               "1s", "--update-parallelism", "3")
        running(rig, node, "crowd", 3)
        update(node, "crowd", "--env-add", "A=1")
        rig.expect("red", "Service crowd update stalled", timeout=60)
        colors = titles(rig)
        assert colors.count("red") == 1, colors
    finally:
        node.docker("service", "rm", "crowd", check=False)
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            if "tiny" not in node.docker("network", "ls", "--format", "{{.Name}}"):
                break
            node.docker("network", "rm", "tiny", check=False)
            time.sleep(1)


def test_a_release_that_the_engine_rolls_back_is_red(rig, swarm):
    node = swarm.managers[0]
    create(node, "front", "--replicas", "2", "--update-monitor", "3s", "--update-failure-action", "rollback",
           "--rollback-monitor", "3s")
    running(rig, node, "front", 2)
    update(node, "front", "--args", "sh -c 'exit 1'")
    rig.expect("red", "front", "exit (1)", timeout=60)
    rig.expect_rolled_back("front")
    colors = titles(rig)
    assert colors.count("red") == 1 and len(colors) <= 3, colors


def test_the_drain_of_the_only_node_that_fits_is_two_cards_at_most(rig, swarm):
    node, worker = swarm.managers[0], swarm.workers[1]
    create(node, "alone", "--constraint", f"node.hostname=={worker.name}")
    running(rig, node, "alone", 1)
    node.docker("node", "update", "--availability", "drain", worker.name)
    rig.expect("black", worker.name, "drained")
    rig.expect("red", "alone", timeout=40)
    time.sleep(10)  # longer than a service may be degraded
    assert sorted(titles(rig)) == ["black", "red"]
    rig.mark()
    node.docker("node", "update", "--availability", "active", worker.name)
    rig.expect("green", "Service alone", timeout=40)

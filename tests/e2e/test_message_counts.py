"""How many messages a story makes: the person who is woken reads one, not twenty. The settings are the defaults, but
for the times that would make the tests long; SWARMBELL_E2E_CRASH_SECONDS=180 crashes as long as a person would mind."""
import os
import time

import pytest

from lab import Lab
from rig import Rig

CRASH_SECONDS = float(os.environ.get("SWARMBELL_E2E_CRASH_SECONDS", "40"))
QUIET_SECONDS = 4  # longer than a read, grouping and pacing take together


@pytest.fixture(scope="module")
def swarm():
    with Lab(managers=1, workers=1) as lab:
        yield lab


@pytest.fixture(params=["true", "false"], ids=["events", "polling"])
def rig(request, swarm, tmp_path):
    made = Rig(tmp_path, swarm.managers[0], collector={"SWARMBELL_POLL_EVENTS": request.param},
               notifier={"SWARMBELL_CRASH_LOOP_CALM": "15s"})
    try:
        yield made.start()
    finally:
        made.close()
        node = swarm.managers[0]
        for name in node.docker("service", "ls", "--quiet").split():
            node.docker("service", "rm", name, check=False)


# Events only make a reading come earlier; what takes long is counted with them alone.
with_events = pytest.mark.parametrize("rig", ["true"], ids=["events"], indirect=True)


def create(node, name, *options, command=("sleep", "100000")):
    node.docker("service", "create", "--detach", "--no-resolve-image", "--name", name, *options, "bb:1", *command)


def update(node, name, *options):
    node.docker("service", "update", "--detach", "--no-resolve-image", *options, name)


def created(rig, node, name, replicas):
    """The service runs, its coming has been told, and forgotten."""
    deadline = time.monotonic() + 60
    while node.docker("service", "ls", "--filter", f"name={name}", "--format", "{{.Replicas}}") != f"{replicas}/{replicas}":
        assert time.monotonic() < deadline, f"{name} does not run"
        time.sleep(0.2)
    rig.expect("green", f"Service {name} created")
    time.sleep(QUIET_SECONDS)
    rig.mark()


def assert_counts(rig, at_most, at_least=1):
    time.sleep(QUIET_SECONDS)
    for sink in rig.sinks:
        told = [card for card in rig.cards() if card.platform == sink.platform]
        assert at_least <= len(told) <= at_most, "\n".join(map(str, told)) + "\n" + rig.logs()


def test_a_rolling_update_is_its_start_and_its_end(rig, swarm):
    node = swarm.managers[0]
    create(node, "roll", "--replicas", "5", "--update-monitor", "500ms", "--stop-grace-period", "0s")
    created(rig, node, "roll", 5)
    update(node, "roll", "--env-add", "A=2", "--limit-memory", "64m")
    rig.expect("green", "Service roll update completed", "All 5 tasks updated", timeout=90)
    assert_counts(rig, at_most=2, at_least=2)


def test_an_update_that_rolls_back_is_three_messages(rig, swarm):
    node = swarm.managers[0]
    create(node, "back", "--replicas", "2", "--update-monitor", "3s", "--update-failure-action", "rollback",
           "--rollback-monitor", "3s", "--stop-grace-period", "0s")
    created(rig, node, "back", 2)
    update(node, "back", "--args", "sh -c 'exit 3'")
    rig.expect("red", "Service back update failed", "exit (3)", timeout=90)
    rig.expect_rolled_back("back")
    assert_counts(rig, at_most=3, at_least=2)


@with_events
def test_a_crash_loop_is_one_message_and_one_when_it_is_over(rig, swarm):
    node = swarm.managers[0]
    create(node, "crash", "--restart-delay", "1s", command=("sh", "-c", "sleep 0.3; exit 3"))
    rig.expect("green", "Service crash created")
    time.sleep(1)
    rig.mark()
    time.sleep(CRASH_SECONDS)
    rig.expect("red", "Service crash went into a crash loop", "non-zero exit (3)")
    assert_counts(rig, at_most=1)
    rig.mark()
    update(node, "crash", "--args", "sleep 100000", "--update-monitor", "100ms")
    rig.expect("green", "Service crash left its crash loop", timeout=60)
    others = [card for card in rig.cards() if not card.shows("left its crash loop") and not card.shows("update")]
    assert not others, "\n".join(map(str, others))


def stack_file(path, services, env):
    lines = ["version: '3.7'", "services:"]
    for number in range(services):
        lines += [f"  s{number:02}:", "    image: bb:1", "    command: sleep 100000", f"    environment: [A={env}]"]
    path.write_text("\n".join(lines) + "\n")
    return path


@with_events
def test_a_stack_is_one_message_and_the_same_file_again_is_nothing(rig, swarm, tmp_path):
    node = swarm.managers[0]
    file = stack_file(tmp_path / "stack.yml", 20, env=1)
    deploy = ["stack", "deploy", "--resolve-image", "never", "--compose-file", file, "many"]
    node.docker(*deploy, timeout=120)
    time.sleep(15)
    assert_counts(rig, at_most=2)
    shown = " ".join(card.text for card in rig.cards() if card.platform == "slack")
    assert all(f"many_s{number:02}" in shown for number in range(20)), shown
    rig.mark()
    node.docker(*deploy, timeout=120)
    assert_counts(rig, at_most=0, at_least=0)
    node.docker("stack", "rm", "many", timeout=120)
    time.sleep(10)
    assert_counts(rig, at_most=2)


def test_draining_a_node_with_ten_tasks_is_one_message(rig, swarm):
    node, worker = swarm.managers[0], swarm.workers[0]
    create(node, "spread", "--replicas", "20", "--stop-grace-period", "0s")
    created(rig, node, "spread", 20)
    node.docker("node", "update", "--availability", "drain", worker.name)
    try:
        rig.expect("black", f"Node {worker.name} drained", "Its 10 running tasks", "spread")
        time.sleep(10)
        assert_counts(rig, at_most=1)
    finally:
        node.docker("node", "update", "--availability", "active", worker.name)


@with_events
def test_losing_a_node_with_fifty_tasks_is_one_message_and_one_when_it_is_back(rig, swarm):
    node, worker = swarm.managers[0], swarm.workers[0]
    names = [f"lost{number}" for number in range(10)]
    for name in names:
        create(node, name, "--replicas", "5", "--constraint", f"node.hostname=={worker.name}")
    deadline = time.monotonic() + 120
    while node.docker("service", "ls", "--format", "{{.Replicas}}").split().count("5/5") < len(names):
        assert time.monotonic() < deadline, "the services do not run"
        time.sleep(0.5)
    time.sleep(QUIET_SECONDS + 6)
    rig.mark()
    worker.kill9()
    try:
        rig.expect("red", f"Node {worker.name} went down", "50 tasks find no other node", timeout=60)
        time.sleep(5)
        # Its card lists the tasks that it took along and that no other node can take.
        assert_counts(rig, at_most=1)
        rig.mark()
    finally:
        worker.restart()
    rig.expect("green", f"Node {worker.name} came back", timeout=150)

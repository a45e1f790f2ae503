"""One message for one story of many objects: the deploy of a stack, the loss of a node. The settings are the defaults."""
import time

import pytest

from lab import Lab
from rig import Rig

QUIET_SECONDS = 9  # longer than a story waits for further services, at its start and at its end


@pytest.fixture(scope="module")
def swarm():
    with Lab(managers=1, workers=1) as lab:
        yield lab


@pytest.fixture
def rig(swarm, tmp_path):
    made = Rig(tmp_path, swarm.managers[0])
    try:
        yield made.start()
    finally:
        made.close()
        node = swarm.managers[0]
        for name in node.docker("stack", "ls", "--format", "{{.Name}}").split():
            node.docker("stack", "rm", name, check=False, timeout=120)
        for name in node.docker("service", "ls", "--quiet").split():
            node.docker("service", "rm", name, check=False)
        wait_for_no_networks(node)


def wait_for_no_networks(node, timeout=60):
    """Docker removes the networks of a stack when its last task has ended, which the next test would see."""
    deadline = time.monotonic() + timeout
    while node.docker("network", "ls", "--filter", "label=com.docker.stack.namespace", "--quiet"):
        assert time.monotonic() < deadline, node.docker("network", "ls")
        time.sleep(0.2)


def compose(path, count, value, *, failing=(), network="", action="rollback"):
    """A stack of services that differ in nothing but their names; those that fail end at once."""
    lines = ["version: '3.7'", "services:"]
    for number in range(count):
        command = "sh -c 'exit 3'" if number in failing else "sleep 100000"
        lines += [f"  s{number:02}:", "    image: bb:1", f"    command: {command}", f"    environment: [LEVEL={value}]",
                  "    stop_grace_period: 0s"]
        lines += [f"    networks: [{network}]"] if network else []
        lines += ["    deploy:", f"      update_config: {{monitor: 4s, order: start-first, failure_action: {action}}}",
                  "      rollback_config: {monitor: 3s}"]
    if network:
        lines += ["networks:", f"  {network}: {{driver: overlay, driver_opts: {{com.docker.network.driver.mtu: none}}}}"]
    path.write_text("\n".join(lines) + "\n")
    return path


def deploy(node, file, stack):
    node.docker("stack", "deploy", "--resolve-image", "never", "--compose-file", file, stack, timeout=120)


def wait_for_replicas(node, count, timeout=90):
    deadline = time.monotonic() + timeout
    while node.docker("service", "ls", "--format", "{{.Replicas}}").split().count("1/1") < count:
        assert time.monotonic() < deadline, node.docker("service", "ls")
        time.sleep(0.3)


def wait_for_updates(node, stack, timeout=120):
    """Until no update of the stack goes on."""
    names = node.docker("stack", "services", stack, "--format", "{{.Name}}").split()
    deadline = time.monotonic() + timeout
    while True:
        states = node.docker("service", "inspect", *names, "--format", "{{.UpdateStatus.State}}").split()
        if not any(state in ("updating", "rollback_started") for state in states):
            return
        assert time.monotonic() < deadline, states
        time.sleep(0.3)


def told(rig, platform="slack"):
    return [card for card in rig.cards() if card.platform == platform]


def assert_counts(rig, at_most, at_least=None):
    time.sleep(QUIET_SECONDS)
    at_least = at_most if at_least is None else at_least
    for sink in rig.sinks:
        cards = told(rig, sink.platform)
        assert at_least <= len(cards) <= at_most, "\n".join(map(str, cards)) + "\n" + rig.logs()


def created(rig, node, file, stack, count):
    deploy(node, file, stack)
    wait_for_replicas(node, count)
    assert_counts(rig, at_most=1)
    rig.mark()


@pytest.mark.parametrize("count", [2, 5, 20])
def test_a_deploy_is_a_message_when_it_starts_and_one_when_its_last_update_has_ended(rig, swarm, tmp_path, count):
    node = swarm.managers[0]
    created(rig, node, compose(tmp_path / "stack.yml", count, "info"), f"d{count}", count)
    deploy(node, compose(tmp_path / "stack.yml", count, "debug"), f"d{count}")
    wait_for_updates(node, f"d{count}")
    assert_counts(rig, at_most=2)
    start, end = told(rig)
    assert (start.color, end.color) == ("yellow", "green")
    assert start.shows(f"Stack d{count}: {count} services updating", ("info", "debug")), start
    assert end.shows(f"Stack d{count}: {count} services updated"), end
    assert all(end.shows(f"d{count}_s{number:02}") for number in range(count)), end
    rig.mark()
    node.docker("stack", "rm", f"d{count}", timeout=120)
    assert_counts(rig, at_most=1)
    assert told(rig)[0].color == "red"


def test_an_update_that_fails_is_told_at_once_by_itself(rig, swarm, tmp_path):
    node = swarm.managers[0]
    created(rig, node, compose(tmp_path / "stack.yml", 3, "info"), "fail", 3)
    deploy(node, compose(tmp_path / "stack.yml", 3, "debug", failing={1}), "fail")
    rig.expect("red", "Service fail_s01 update failed", "exit (3)", timeout=60)
    wait_for_updates(node, "fail")
    assert_counts(rig, at_most=3)
    assert sorted(card.color for card in told(rig)) == ["green", "red", "yellow"]
    # A rollback that is over in the reading that finds it is on the card of the failure.
    whole = "Rolled back." in next(card for card in told(rig) if card.color == "red").text
    ends = ["2 services updated"] if whole else ["fail_s00 updated", "fail_s01 rolled back", "fail_s02 updated"]
    assert told(rig)[-1].shows("Stack fail: ", *ends), told(rig)[-1]


def test_an_update_that_stops_is_told_at_once_and_its_crashes_are_no_news(rig, swarm, tmp_path):
    node = swarm.managers[0]
    created(rig, node, compose(tmp_path / "stack.yml", 3, "info", action="pause"), "stop", 3)
    deploy(node, compose(tmp_path / "stack.yml", 3, "debug", failing={1}, action="pause"), "stop")
    rig.expect("red", "Service stop_s01 update paused", "exit (3)", timeout=60)
    time.sleep(40)  # its task is started again and again
    assert_counts(rig, at_most=3)
    assert told(rig)[-1].shows("Stack stop: 2 services updated"), told(rig)[-1]


def test_the_story_goes_on_after_the_notifier_was_killed(rig, swarm, tmp_path):
    node = swarm.managers[0]
    created(rig, node, compose(tmp_path / "stack.yml", 3, "info"), "kill", 3)
    file = compose(tmp_path / "stack.yml", 3, "debug")
    file.write_text(file.read_text().replace("monitor: 4s, order", "monitor: 15s, order", 1))
    deploy(node, file, "kill")
    rig.expect("yellow", "Stack kill: 3 services updating")
    time.sleep(6)  # two of the updates have ended
    rig.notifier.kill9()
    rig.notifier.start()
    wait_for_updates(node, "kill")
    assert_counts(rig, at_most=2)
    assert told(rig)[-1].shows("Stack kill: 3 services updated"), "\n".join(map(str, told(rig)))


def test_a_stack_whose_network_is_broken_is_two_messages(rig, swarm, tmp_path):
    node = swarm.managers[0]
    # Every node refuses the tasks: the option of the network is no number.
    deploy(node, compose(tmp_path / "stack.yml", 4, "info", network="broken"), "net")
    time.sleep(40)
    assert_counts(rig, at_most=2)
    assert sorted(card.color for card in told(rig)) == ["green", "red"]


def test_the_restart_of_an_engine_is_two_messages(rig, swarm):
    node, worker = swarm.managers[0], swarm.workers[0]
    pinned = ["service", "create", "--detach", "--no-resolve-image", "--constraint", f"node.hostname=={worker.name}"]
    for name, replicas in (("one", 1), ("three", 3)):
        node.docker(*pinned, "--name", name, "--replicas", replicas, "bb:1", "sleep", "100000")
    deadline = time.monotonic() + 60
    while node.docker("service", "ls", "--format", "{{.Replicas}}").split() != ["1/1", "3/3"]:
        assert time.monotonic() < deadline
        time.sleep(0.3)
    time.sleep(QUIET_SECONDS)
    rig.mark()
    worker.kill9()
    try:
        rig.expect("red", f"Node {worker.name} went down", "one", "three", "no suitable node", timeout=60)
        assert_counts(rig, at_most=1)
    finally:
        worker.restart()
    rig.expect("green", f"Node {worker.name} came back", "one", "three", timeout=60)
    assert_counts(rig, at_most=2)

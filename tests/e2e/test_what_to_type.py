"""The commands that cards propose are accepted by docker as they are, and do what they are for."""
import os
import subprocess

import pytest

from cards import texts


def proposed(card):
    """The lines of commands on a card."""
    lines = [line.strip() for text in texts(card.body) for line in text.replace("\u00a0", " ").splitlines()]
    return [line for line in lines if line.startswith("docker ")]


def run_all(cards, manager):
    """Runs what the cards of all chats propose, which is the same, and returns it."""
    commands = proposed(cards[0])
    assert commands and all(proposed(card) == commands for card in cards), [proposed(card) for card in cards]
    environment = os.environ | {"DOCKER_HOST": f"unix://{manager.socket}"}
    for command in commands:
        done = subprocess.run(["sh", "-c", command], env=environment, text=True, capture_output=True, timeout=60, check=False)
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    return commands


def test_a_paused_update_is_rolled_back(rings, service, manager):
    name = service("--update-monitor", "5s", "--rollback-monitor", "100ms", command=["sleep", "1000"])
    rings.wait_until_seen(name)
    manager.docker("service", "update", "--detach", "--no-resolve-image", "--args", "sh -c 'exit 3'", name)
    commands = run_all(rings.expect("red", f"Service {name} update paused"), manager)
    assert commands == [f"docker service ps --no-trunc {name}", f"docker service rollback {name}",
                        f"docker service logs --tail 50 {name}"]
    assert "sleep" in manager.docker("service", "inspect", name, "--format", "{{.Spec.TaskTemplate.ContainerSpec.Args}}")


def test_a_crash_loop_offers_a_rollback_only_after_an_update(rings, service, manager):
    name = service("--restart-delay", "200ms", command=["sh", "-c", "exit 9"])
    commands = run_all(rings.expect("red", f"Service {name} went into a crash loop", timeout=90), manager)
    assert commands == [f"docker service ps --no-trunc {name}", f"docker service logs --tail 50 {name}"]
    later = service("--restart-delay", "200ms", "--update-failure-action", "continue", command=["sleep", "1000"])
    rings.expect("green", f"Service {later} created")
    manager.docker("service", "update", "--detach", "--no-resolve-image", "--args", "sh -c 'exit 9'", later)
    commands = run_all(rings.expect("red", f"Service {later} went into a crash loop", timeout=90), manager)
    assert f"docker service rollback {later}" in commands


def test_tasks_without_a_node(rings, service, manager):
    name = service("--constraint", "node.labels.nowhere==1")
    commands = run_all(rings.expect("red", "found no node", name, timeout=60), manager)
    assert commands == [f"docker service ps --no-trunc {name}", "docker node ls"]


def test_a_paused_node_is_activated(rings, lab, manager):
    worker = lab.workers[0].name
    manager.docker("node", "update", "--availability", "pause", worker)
    try:
        commands = run_all(rings.expect("red", f"Node {worker} paused"), manager)
        assert commands == [f"docker node update --availability active {worker}", f"docker node ps {worker}"]
        assert manager.docker("node", "inspect", worker, "--format", "{{.Spec.Availability}}") == "active"
        rings.expect("green", f"Node {worker} activated")
    finally:
        manager.docker("node", "update", "--availability", "active", worker)


def test_a_container_in_a_restart_loop(rings, manager):
    manager.docker("run", "--detach", "--name", "looper", "--restart", "always", "bb:1", "sh", "-c", "sleep 0.3; exit 7")
    try:
        commands = run_all(rings.expect("red", "Container looper", "restarting", timeout=60), manager)
        assert commands == ["docker logs --tail 50 looper", "docker inspect looper"]
    finally:
        manager.docker("rm", "--force", "looper")


@pytest.mark.parametrize("options", [["--env-add", "A=1"], ["--replicas", "2"]], ids=["settings", "scaled"])
def test_where_nothing_is_to_do_there_is_nothing_to_type(rings, service, manager, options):
    name = service()
    cards = rings.expect("green", f"Service {name} created")
    manager.docker("service", "update", "--detach", "--no-resolve-image", *options, name)
    cards += rings.expect("yellow" if "A=1" in options else "blue", f"Service {name} ")
    assert not [command for card in cards for command in proposed(card)]

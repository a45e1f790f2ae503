"""Secrets, configs, networks, the swarm's own settings, failing health checks, and images changed by hand."""
import time

import pytest

from engine_proxy import EngineProxy
from feed_client import Subscription
from lab import Lab
from processes import Collector
from redis_server import RedisServer
from rig import Rig

QUIET_SECONDS = 6  # longer than a read, grouping and pacing take together


def file_of(manager, tmp_path, kind, name, *options):
    path = tmp_path / f"{name}.txt"
    path.write_text("hunter2-content")
    manager.docker(kind, "create", *options, name, path)


def changes(subscription):
    return [(event.WhichOneof("details"), event.resource.name) for event in subscription.events()]


@pytest.mark.parametrize("kind", ["secret", "config"])
def test_a_file_is_created_rotated_and_removed(rings, manager, service, tmp_path, kind):
    file_of(manager, tmp_path, kind, f"{kind}_v1")
    rings.expect("blue", f"{kind.capitalize()} {kind}_v1 created")
    name = service(f"--{kind}", f"source={kind}_v1,target=pw", command=["sleep", "1000"])
    rings.wait_until_seen(name)
    file_of(manager, tmp_path, kind, f"{kind}_v2")
    manager.docker("service", "update", "--detach", "--no-resolve-image", f"--{kind}-rm", f"{kind}_v1",
                   f"--{kind}-add", f"source={kind}_v2,target=pw", name)
    rings.expect("yellow", f"Service {name} updated", f"{kind.capitalize()} pw rotated", f"{kind}_v2")
    manager.docker("service", "rm", name)
    for number in (1, 2):
        manager.docker(kind, "rm", f"{kind}_v{number}")
        rings.expect("blue", f"{kind.capitalize()} {kind}_v{number} removed")
    assert not any("hunter2" in card.text for card in rings.cards())


def test_a_network_is_created_and_removed(rings, manager):
    manager.docker("network", "create", "--driver", "overlay", "--attachable", "back")
    manager.docker("network", "create", "local-only")
    rings.expect("blue", "Network back created", "overlay", "attachable")
    manager.docker("network", "rm", "back")
    manager.docker("network", "rm", "local-only")
    rings.expect("blue", "Network back removed")
    assert not any("local-only" in card.text for card in rings.cards())


def test_a_health_check_that_fails_and_passes_again(rings, manager):
    check = ["--health-cmd", 'read -r state </state && [ "$state" = ok ]', "--health-interval", "1s", "--health-retries", "2"]
    manager.docker("run", "--detach", "--name", "ill", *check, "bb:1", "sh", "-c", "echo ok >/state; sleep 100000")
    try:
        time.sleep(3)
        manager.docker("exec", "ill", "sh", "-c", "echo ill >/state")
        rings.expect("red", "Container ill became unhealthy", "its health check fails", timeout=60)
        manager.docker("exec", "ill", "sh", "-c", "echo ok >/state")
        rings.expect("green", "Container ill healthy again", timeout=120)
    finally:
        manager.docker("rm", "--force", "ill")


def stack_file(path, image, level):
    (path.parent / "app.conf").write_text(f"level={level}")
    path.write_text(f"""version: '3.7'
services:
  web:
    image: {image}
    command: sleep 100000
    stop_grace_period: 0s
    configs: [{{source: app, target: /app.conf}}]
    deploy: {{update_config: {{monitor: 500ms}}}}
configs:
  app: {{file: ./app.conf, name: hand_app_{level}}}
""")
    return path


def test_a_stack_is_one_story_and_an_image_changed_by_hand_a_note(manager, start_rig, tmp_path):
    rig = start_rig(manager)
    deploy = ["stack", "deploy", "--resolve-image", "never", "--compose-file", tmp_path / "stack.yml", "hand"]
    stack_file(tmp_path / "stack.yml", "bb:1", 1)
    try:
        manager.docker(*deploy)
        rig.expect("green", "Service hand_web created", "hand_default", "hand_app_1")
        time.sleep(QUIET_SECONDS)
        assert len(rig.cards()) == 2, "\n".join(map(str, rig.cards()))
        rig.mark()
        manager.docker("service", "update", "--detach", "--no-resolve-image", "--image", "bb:2", "hand_web")
        rig.expect("yellow", "Service hand_web updated", "Changed by hand: the stack says bb:1")
        rig.expect("green", "Service hand_web update completed", timeout=60)
        time.sleep(QUIET_SECONDS)
        assert len(rig.cards()) == 4, "\n".join(map(str, rig.cards()))
        rig.mark()
        stack_file(tmp_path / "stack.yml", "bb:2", 2)
        manager.docker(*deploy)
        rig.expect("yellow", "Service hand_web updated", "hand_app_2", "rotated")
        assert not any(card.shows("by hand") for card in rig.cards())
    finally:
        rig.mark()
        manager.docker("stack", "rm", "hand")
    rig.expect("red", "Service hand_web removed")
    # Docker removes the networks of a stack when the last task has ended.
    deadline = time.monotonic() + 60
    while "hand_default" in manager.docker("network", "ls") or "network_removed" not in rig.collector.log():
        assert time.monotonic() < deadline, rig.logs()
        time.sleep(0.2)
    time.sleep(QUIET_SECONDS)
    removed = [card for card in rig.cards() if card.shows("removed")]
    assert len(removed) == 2, "\n".join(map(str, rig.cards()))


def test_the_settings_of_the_swarm(tmp_path):
    with Lab(managers=1, workers=0) as lab:
        manager = lab.managers[0]
        rig = Rig(tmp_path, manager)  # reads them each 30 intervals
        try:
            rig.start()
            token = manager.docker("swarm", "join-token", "--quiet", "worker").strip()
            manager.docker("swarm", "update", "--task-history-limit", "2", "--cert-expiry", "48h")
            manager.docker("swarm", "join-token", "--rotate", "--quiet", "worker")
            rig.expect("blue", "settings changed", ("5", "2"), "Worker token", timeout=90)
            rotated = manager.docker("swarm", "join-token", "--quiet", "worker").strip()
            shown = " ".join(card.text for card in rig.cards()) + rig.collector.log()
            assert token not in shown and rotated not in shown
            rig.mark()
            manager.docker("swarm", "ca", "--rotate", "--quiet", timeout=120)
            rig.expect("blue", "settings changed", "Root certificate", timeout=90)
        finally:
            rig.close()


def test_what_changes_while_the_collector_is_away_is_told_once(manager, tmp_path):
    file_of(manager, tmp_path, "secret", "away_old")
    with RedisServer() as redis:
        collector = Collector(tmp_path, manager, {"SWARMBELL_REDIS_URL": redis.url})
        try:
            collector.start()
            first = Subscription(collector.target, from_oldest=True)
            file_of(manager, tmp_path, "config", "away_first")
            first.wait(lambda s: ("config_created", "away_first") in changes(s))
            assert ("secret_created", "away_old") not in [
                (event.WhichOneof("details"), event.resource.name) for event in first.events() if not event.recollected]
            time.sleep(2)  # it is stored
            cursor = first.responses[-1].cursor
            first.close()
            collector.terminate()
            manager.docker("secret", "rm", "away_old")
            manager.docker("network", "create", "--driver", "overlay", "away_net")
            collector.start()
            second = Subscription(collector.target, resume_after=cursor)
            wanted = {("secret_removed", "away_old"), ("network_created", "away_net")}
            second.wait(lambda s: wanted <= set(changes(s)))
            time.sleep(3)
            told = changes(second)
            assert all(told.count(change) == 1 for change in wanted), told
            assert ("config_created", "away_first") not in told
            second.close()
        finally:
            collector.close()
            manager.docker("config", "rm", "away_first")
            manager.docker("network", "rm", "away_net")


def test_an_idle_swarm_is_asked_no_more(manager, start_rig, tmp_path):
    proxy = EngineProxy(tmp_path / "engine.sock", manager.socket)
    try:
        start_rig(manager, collector={"SWARMBELL_DOCKER_HOST": proxy.host})
        time.sleep(5)
        before = len(proxy.requests)
        time.sleep(10)
        asked = [target.split("?")[0].rsplit("/", 1)[1] for _, target in proxy.requests[before:]]
        assert "nodes" in asked
        assert not {"secrets", "configs", "networks", "swarm"} & set(asked), asked
    finally:
        proxy.close()

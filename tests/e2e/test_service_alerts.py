"""Changes of a service of a real swarm ring in Slack and in Teams: colour, and before -> after."""
import pytest


def update(manager, name, *options):
    manager.docker("service", "update", "--detach", "--no-resolve-image", *options, name)


def test_appeared(rings, service):
    name = service("--replicas", "2")
    rings.expect("green", f"Service {name} created", "bb:1", "2")


@pytest.mark.parametrize(
    "created, updated, before_after",
    [
        pytest.param(["--env", "LEVEL=quiet"], ["--env-add", "LEVEL=loud"], [("quiet", "loud"), "LEVEL"], id="env"),
        pytest.param([], ["--args", "sleep 2000"], [("sleep 1000", "sleep 2000")], id="args"),
        pytest.param(["--limit-memory", "32m"], ["--limit-memory", "64m"], [("32 MiB", "64 MiB")], id="limits"),
        pytest.param(["--reserve-cpu", "0.01"], ["--reserve-cpu", "0.02"], [("0.01", "0.02")], id="reservations"),
        pytest.param([], ["--image", "bb:2"], ["image 1 → 2"], id="image"),
        pytest.param(["--workdir", "/www"], ["--workdir", "/tmp"], [("/www", "/tmp")], id="anything-else"),
    ],
)
def test_task_template_changed(rings, service, manager, created, updated, before_after):
    name = service(*created, command=["sleep", "1000"])
    rings.wait_until_seen(name)
    update(manager, name, *updated)
    rings.expect("yellow", f"Service {name} updated", *before_after)


def test_update_starts_and_completes(rings, service, manager):
    name = service("--replicas", "2")
    rings.wait_until_seen(name)
    update(manager, name, "--image", "bb:2")
    rings.expect("yellow", f"Service {name} ", "update started")
    rings.expect("green", f"Service {name} update completed", "tasks updated", "image 1 → 2")


def test_update_between_two_polls_is_not_lost(rings, service, manager):
    name = service("--update-monitor", "1ms")
    rings.wait_until_seen(name)
    update(manager, name, "--force")
    rings.expect("green", f"Service {name} ", "completed")


def test_update_that_is_over_when_it_is_seen_is_one_green_card_with_its_cause(start_rig, service, manager):
    rig = start_rig(manager, collector={"SWARMBELL_POLL_EVENTS": "false", "SWARMBELL_POLL_INTERVAL": "10s"})
    name = service("--env", "LEVEL=quiet", "--update-monitor", "1ms", "--stop-grace-period", "0s")
    rig.expect("green", f"Service {name} created")
    rig.mark()
    update(manager, name, "--env-add", "LEVEL=loud")
    rig.expect("green", f"Service {name} update completed", ("quiet", "loud"))
    assert len(rig.slack.cards()) == 2, "\n".join(map(str, rig.slack.cards()))


def test_update_paused_names_the_failing_task(rings, service, manager):
    name = service("--update-monitor", "5s", command=["sleep", "1000"])
    rings.wait_until_seen(name)
    update(manager, name, "--args", "sh -c 'exit 3'")
    cards = rings.expect("red", f"Service {name} update paused", "non-zero exit (3)",
                         ("sleep 1000", "sh -c 'exit 3'"))
    nodes = manager.docker("service", "ps", name, "--format", "{{.Node}} {{.Error}}").splitlines()
    failed_on = {line.split()[0] for line in nodes if "non-zero exit" in line}
    for card in cards:
        assert any(card.shows(node) for node in failed_on), f"none of the nodes {failed_on} in: {card}"


def test_update_that_goes_on_despite_failures_is_not_green(rings, service, manager):
    name = service("--update-failure-action", "continue", "--update-monitor", "5s", command=["sleep", "1000"])
    rings.wait_until_seen(name)
    update(manager, name, "--args", "sh -c 'exit 3'")
    rings.expect("yellow", f"Service {name} update over", "1 task missing", "non-zero exit (3)")


def test_replicas(rings, service, manager):
    name = service("--replicas", "1")
    rings.wait_until_seen(name)
    manager.docker("service", "scale", "--detach", f"{name}=3")
    rings.expect("blue", f"Service {name} scaled", ("1", "3"))


def test_endpoint_mode(rings, service, manager):
    name = service("--endpoint-mode", "vip")
    rings.wait_until_seen(name)
    update(manager, name, "--endpoint-mode", "dnsrr")
    rings.expect("blue", f"Service {name} ", ("vip", "dnsrr"))


def test_published_port(rings, service, manager):
    name = service("--publish", "mode=host,published=18081,target=80")
    rings.wait_until_seen(name)
    update(manager, name, "--publish-rm", "mode=host,published=18081,target=80",
           "--publish-add", "mode=host,published=18082,target=80")
    rings.expect("blue", f"Service {name} endpoint changed", ("18081", "18082"))


def test_rollback_config(rings, service, manager):
    name = service("--rollback-parallelism", "1")
    rings.wait_until_seen(name)
    update(manager, name, "--rollback-parallelism", "2")
    rings.expect("blue", f"Service {name} rollback config changed", ("1", "2"))


def test_removed(rings, service, manager):
    name = service()
    rings.wait_until_seen(name)
    manager.docker("service", "rm", name)
    rings.expect("red", f"Service {name} removed", "bb:1")


def test_removed_and_created_again_between_two_polls(rings, service, manager):
    name = service("--replicas", "1")
    rings.wait_until_seen(name)
    manager.docker("service", "rm", name)
    manager.docker("service", "create", "--detach", "--no-resolve-image", "--name", name, "--replicas", "2", "bb:2")
    # Two cards, or one that tells both: what is gone must be told in red, what is new must not be missing.
    rings.expect("red", f"Service {name} removed")

    def tells_the_new_one(card):
        return card.shows(f"Service {name} created", "bb:2") or card.shows(f"Service {name} removed and created again", "1 → 2")

    for rig in rings.rigs:
        for sink in rig.sinks:
            assert sink.wait_for(tells_the_new_one, 0, 20), rig.arrived()

"""Plain containers, and the tasks of services, that restart for ever or stay dead."""
import subprocess


def test_plain_container_in_a_restart_loop(rings, manager):
    manager.docker("run", "--detach", "--name", "loopy", "--restart", "always", "bb:1", "sh", "-c", "sleep 0.3; exit 7")
    try:
        rings.expect("red", "Container loopy", "restarting", "7", timeout=60)
    finally:
        manager.docker("rm", "--force", "loopy")


def test_plain_container_that_gives_up(rings, manager):
    # The engine waits 0.1 s, 0.2 s, 0.4 s, ... between its retries: long enough to be seen in its loop.
    manager.docker("run", "--detach", "--name", "quitter", "--restart", "on-failure:6", "bb:1", "sh", "-c", "exit 5")
    try:
        rings.rigs[0].expect("red", "Container quitter gave up", "exit code 5", timeout=60)
    finally:
        manager.docker("rm", "--force", "quitter")
    recovered = [card for card in rings.rigs[0].cards() if card.shows("quitter") and card.color == "green"]
    assert not recovered, "\n".join(map(str, recovered))


def test_container_that_cannot_be_removed_is_dead(rings, lab, manager):
    manager.docker("run", "--detach", "--name", "undead", "bb:1", "sh", "-c", "touch /stuck; sleep 1000")
    upper = manager.docker("inspect", "undead", "--format", "{{.GraphDriver.Data.UpperDir}}")
    lab.will_be_immutable(upper)
    subprocess.run(["chattr", "+i", upper], check=True)
    try:
        # Docker then says "removing" for ever: the removal fails.
        manager.docker("rm", "--force", "undead", check=False)
        rings.expect("red", "Container undead", "dead", timeout=60)
    finally:
        subprocess.run(["chattr", "-i", upper], check=True)
        manager.docker("rm", "--force", "undead", check=False)


def test_service_whose_tasks_keep_failing_is_one_alert(rings, service):
    name = service("--restart-delay", "500ms", command=["sh", "-c", "sleep 0.2; exit 9"])
    rings.expect("red", f"Service {name} ", "9", timeout=90)
    assert len([card for card in rings.rigs[0].slack.cards() if card.shows("crash") and card.shows(name)]) <= 1

"""Alerts that a person silences, on a real swarm."""
import time

from test_swarm_stories import QUIET_SECONDS, create, rig, running, swarm, update, wait_for_replicas  # noqa: F401


def command(rig, *flags):
    done = rig.notifier.run(*flags)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_silence_hides_a_change_and_says_so_when_it_ends(rig, swarm):  # noqa: F811
    node = swarm.managers[0]
    create(node, "hushed", "--replicas", "1")
    create(node, "heard", "--replicas", "1")
    running(rig, node, "hushed", 1)
    wait_for_replicas(node, "heard", "1/1")
    rig.mark()
    said = command(rig, "--silence", "name=hushed*", "--for", "1h", "--because", "we scale it", "--by", "alice")
    silence = said.split()[0]
    rig.expect("black", "Alerts for name=hushed* are silenced for 1 hour", "alice", "we scale it")
    rig.mark()
    node.docker("service", "scale", "--detach", "hushed=2")
    node.docker("service", "scale", "--detach", "heard=2")
    rig.expect("blue", "heard", "scaled")
    time.sleep(QUIET_SECONDS)
    assert not [card for card in rig.cards() if card.shows("hushed")], rig.arrived()
    # It survives a kill.
    rig.notifier.kill9()
    rig.notifier.start()
    rig.wait_until_watching()
    deadline = time.monotonic() + 20
    while silence not in command(rig, "--silences"):
        assert time.monotonic() < deadline, "the silence is gone after a restart"
        time.sleep(0.2)
    rig.mark()
    node.docker("service", "scale", "--detach", "hushed=3")
    wait_for_replicas(node, "hushed", "3/3")
    # It begins in the silence and still lasts at its end.
    update(node, "hushed", "--constraint-add", "node.labels.nowhere==1", "--update-order", "stop-first")
    rig.expect_silence(QUIET_SECONDS + 10)
    assert "a summary is posted now" in command(rig, "--unsilence", silence, "--by", "bob")
    rig.expect("blue", "The silence for name=hushed* is over", "bob ended it early", "hushed", "mode-changed")
    rig.expect("red", "hushed")
    assert command(rig, "--silences") == "No silence is in force.\n"

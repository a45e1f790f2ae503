"""Noise is a defect: a swarm that does not change does not ring."""
import os
import time

from lab import Lab

IDLE_SECONDS = float(os.environ.get("SWARMBELL_E2E_IDLE_SECONDS", "60"))


def settled(node, count, timeout=60):
    """Waits until `count` tasks run."""
    deadline = time.monotonic() + timeout
    while node.docker("service", "ls", "--format", "{{.Replicas}}").splitlines().count("2/2") < count:
        assert time.monotonic() < deadline, f"{count} services do not run after {timeout} s"
        time.sleep(0.2)


def create(node, name):
    node.docker("service", "create", "--detach", "--no-resolve-image", "--name", name, "--replicas", "2",
                "--env", "A=1", "--label", "b=2", "--restart-condition", "any", "bb:1")


def test_start_and_idle_do_not_ring(tmp_path):
    from rig import Rig
    with Lab(managers=1, workers=1) as lab:
        manager = lab.managers[0]
        for name in ("quiet-a", "quiet-b"):
            create(manager, name)
        settled(manager, 2)
        rig = Rig(tmp_path, manager)
        try:
            rig.start()
            rig.expect_silence(IDLE_SECONDS)
            # Silence only counts when a change would have rung.
            manager.docker("service", "scale", "--detach", "quiet-a=3")
            rig.expect("blue", "Service quiet-a scaled")
        finally:
            rig.close()


def test_a_leader_change_does_not_ring_for_what_did_not_change(tmp_path):
    from rig import Rig
    with Lab(managers=3, workers=0) as lab:
        leader, watched = lab.managers[0], lab.managers[1]
        create(watched, "steady")
        settled(watched, 1)
        # Another test shows the fate of the killed engine.
        rig = Rig(tmp_path, watched, notifier={"SWARMBELL_ALERTS_DISABLED": "leader-changed"})
        try:
            rig.start()
            leader.kill9()
            time.sleep(25)
            leader.restart()
            rig.expect_silence(30, allowed=[f"Node {leader.name} ", "quorum"])
            told = sorted({(card.color, card.text.split(" · ")[0]) for card in rig.cards()})
            print("told of the killed leader:", *told, sep="\n  ")
            watched.docker("service", "update", "--detach", "--no-resolve-image", "--label-add", "c=3", "steady")
            rig.expect("blue", "Service steady labels changed", timeout=60)
        finally:
            rig.close()

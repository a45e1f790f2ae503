"""A collector without a store is started again: what the swarm itself still proves is told, and that the rest is lost."""
import time


def test_what_the_swarm_still_proves_of_a_restart_is_told(start_rig, manager, service):
    rig = start_rig(manager)
    kept = service("--env", "COLOR=red", "--replicas", "0")
    untouched = service("--replicas", "0")
    rig.expect("green", f"Service {kept} created")
    rig.expect("green", f"Service {untouched} created")
    time.sleep(11)  # older than clocks may differ, after the notifier heard of a read
    rig.mark()

    rig.collector.kill9()
    came = service("--replicas", "0")
    manager.docker("service", "update", "--detach", "--env-add", "COLOR=blue", kept)
    rig.collector.start()

    rig.expect("red", "Feed", "lost changes")
    rig.expect("green", f"Service {came} created", "found out afterwards")
    rig.expect("yellow", kept, ("red", "blue"), "found out afterwards")
    last = service("--replicas", "0")
    rig.expect("green", f"Service {last} created")
    assert not [card for card in rig.cards() if card.shows(untouched)], rig.arrived()
    assert len([card for card in rig.cards() if card.shows(kept)]) == 2, rig.arrived()

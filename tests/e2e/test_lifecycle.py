"""Both programs end, die and come back, and the other goes on."""
import re
import time

import pytest


def relabel(manager, name, value):
    manager.docker("service", "update", "--detach", "--no-resolve-image", "--label-add", f"mark={value}", name)


@pytest.fixture
def rig_and_service(start_rig, service, manager):
    rig = start_rig(manager)
    name = service("--label", "mark=zero")
    rig.expect("green", f"Service {name} created")
    rig.mark()
    return rig, name


def test_sigterm_delivers_what_is_in_flight_and_exits_with_0(rig_and_service, manager):
    rig, name = rig_and_service
    for sink in rig.sinks:
        sink.answer_next(200, delay=1)
    relabel(manager, name, "inflight")
    deadline = time.monotonic() + 20
    while not rig.slack._answers == rig.teams._answers == []:
        assert time.monotonic() < deadline, f"no post began\n{rig.logs()}"
        time.sleep(0.01)
    code, seconds = rig.notifier.terminate()
    assert (code, seconds < 5) == (0, True), f"exit code {code} after {seconds:.1f} s\n{rig.logs()}"
    rig.expect("blue", f"Service {name} labels changed", "inflight", timeout=5)
    code, seconds = rig.collector.terminate()
    assert (code, seconds < 5) == (0, True), f"exit code {code} after {seconds:.1f} s\n{rig.logs()}"


@pytest.mark.parametrize("who", ["collector", "notifier"])
def test_the_other_goes_on_after_kill_9_and_a_new_start(rig_and_service, manager, who):
    rig, name = rig_and_service
    getattr(rig, who).kill9()
    getattr(rig, who).start()
    rig.wait_until_watching(timeout=60)
    relabel(manager, name, "afterwards")
    rig.expect("blue", f"Service {name} labels changed", ("zero", "afterwards"), timeout=60)
    once = [card for card in rig.slack.cards() if card.shows(f"Service {name} labels changed")]
    assert len(once) == 1, "\n".join(map(str, once))


def test_refused_and_limited_posts_are_tried_again(rig_and_service, manager):
    rig, name = rig_and_service
    rig.slack.answer_next(429, {"Retry-After": "1"})
    rig.teams.answer_next(503)
    relabel(manager, name, "retried")
    rig.expect("blue", f"Service {name} labels changed", ("zero", "retried"))
    assert len(rig.slack.posted()) == len(rig.slack.cards()) + 1


def test_change_to_webhook_latency(start_rig, service, manager, capsys):
    import datetime
    import json
    rig = start_rig(manager, notifier={"SWARMBELL_GROUPING_WINDOW": "0s"})
    name = service("--label", "mark=start")
    rig.expect("green", f"Service {name} created")
    seconds = []
    for number in range(20):
        rig.mark()
        relabel(manager, name, f"round{number}")
        card = rig.expect("blue", f"Service {name} labels changed", f"round{number}")[0]
        changed = json.loads(manager.docker("service", "inspect", name))[0]["UpdatedAt"]
        changed = re.sub(r"(\.\d{6})\d*Z", r"\1+00:00", changed)
        arrived = time.time() - (time.monotonic() - card.arrived)
        seconds.append(arrived - datetime.datetime.fromisoformat(changed).timestamp())
        time.sleep(0.6)  # one change at a time: a second one would wait for the poll of the first
    median = sorted(seconds)[len(seconds) // 2]
    with capsys.disabled():
        print(f"\nchange to webhook: median {median:.3f} s, worst {max(seconds):.3f} s over {len(seconds)} changes")
    assert median < 0.5, f"median {median:.3f} s of {sorted(seconds)}"

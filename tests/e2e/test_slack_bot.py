"""One story is one message: a Slack bot posts it, edits it and replies to it, on a real swarm and a fake Slack."""
import time

import pytest

from bot_rig import FIVE, Bell
from lab import Lab
from redis_server import RedisServer


@pytest.fixture(scope="module")
def swarm():
    with Lab(managers=1, workers=0) as lab:
        yield lab


@pytest.fixture
def redis(tmp_path):
    with RedisServer(tmp_path, monitored=False) as server:
        yield server


@pytest.fixture
def bell(swarm, redis, tmp_path):
    made = Bell(tmp_path, swarm.managers[0], redis)
    try:
        yield made.start()
    finally:
        made.close()


def test_a_deploy_of_five_replicas_is_one_message(bell):
    bell.create("roll", *FIVE)
    bell.update("roll", "--env-add", "A=2")
    bell.slack.wait_for("green", "Service roll update completed", "All 5 tasks updated", timeout=90)
    time.sleep(4)
    message = bell.only("roll")
    assert len(message.edited) >= 3, str(bell.slack)
    assert len(bell.slack.bars(message)) >= 3, str(bell.slack)
    assert min(b - a for a, b in zip(message.edited, message.edited[1:])) >= 0.9
    assert any(reply.shows("update completed") for reply in message.replies), str(bell.slack)
    assert ("chat.update", "ratelimited") not in bell.slack.calls
    assert "e2e-bot-secret" not in bell.notifier.log() + bell.collector.log()


def test_an_update_that_fails_and_rolls_back_is_one_message(bell):
    bell.create("back", "--replicas", "2", "--update-monitor", "3s", "--update-failure-action", "rollback",
                "--rollback-monitor", "3s", "--stop-grace-period", "0s")
    bell.update("back", "--args", "sh -c 'exit 3'")
    # "rolled back", or "Rolled back." among the steps that one reading found.
    bell.slack.wait_until(lambda slack: any(reply.shows("olled back") for message in slack.messages.values()
                                            for reply in message.replies), timeout=90)
    time.sleep(4)
    message = bell.only("back")
    assert message.card.color == "red" and message.card.shows("Service back update failed"), str(bell.slack)
    assert message.broadcasts == 1, "the turn to red must be seen in the channel"


@pytest.mark.parametrize("killed", ["notifier", "collector", "both"])
def test_a_kill_in_the_middle_leaves_one_message(bell, killed):
    bell.create("mid", *FIVE)
    bell.update("mid", "--env-add", "A=3")
    bell.slack.wait_until(lambda slack: any("1/5" in slack.bars(message) for message in slack.messages.values()))
    programs = {"notifier": [bell.notifier], "collector": [bell.collector], "both": [bell.notifier, bell.collector]}
    for program in programs[killed]:
        program.kill9()
    time.sleep(1)
    for program in reversed(programs[killed]):
        program.start()
    bell.slack.wait_for("green", "Service mid update completed", timeout=120)
    time.sleep(4)
    message = bell.only("mid")
    assert len(message.edited) >= 3, str(bell.slack)


def test_a_standby_that_takes_over_continues_the_message(swarm, redis, tmp_path):
    bell = Bell(tmp_path, swarm.managers[0], redis, notifiers=2)
    try:
        bell.start()
        bell.on_duty()
        bell.create("over", *FIVE[:4], "--update-delay", "5s", "--stop-grace-period", "0s")
        bell.update("over", "--env-add", "A=5")
        bell.slack.wait_until(lambda slack: any("1/5" in slack.bars(message) for message in slack.messages.values()))
        bell.on_duty().kill9()
        bell.slack.wait_for("green", "Service over update completed", timeout=120)
        time.sleep(4)
        message = bell.only("over")
        assert len(bell.slack.bars(message)) >= 3, str(bell.slack)
    finally:
        bell.close()


def test_red_and_its_end_are_one_message(bell):
    bell.create("crash", "--replicas", "1", "--restart-delay", "1s")
    bell.update("crash", "--args", "sh -c 'sleep 0.3; exit 3'", "--update-monitor", "100ms")
    bell.slack.wait_for("red", "Service crash", timeout=90)
    bell.update("crash", "--args", "sleep 100000")
    bell.slack.wait_until(lambda slack: any(reply.shows("left its crash loop") for message in slack.messages.values()
                                            for reply in message.replies), timeout=240)
    time.sleep(4)
    # A rollout that has ended well is a story of its own, and the alarm is a message that notifies. If it had not ended yet, both
    # are one story.
    *rollout, alarm = bell.stories("crash")
    assert len(rollout) <= 1, str(bell.slack)
    assert not rollout or rollout[0].card.shows("Service crash update completed") or rollout[0].card.shows("Service crash update over"), str(bell.slack)
    assert not rollout or alarm.versions[0].color == "red", str(bell.slack)
    assert alarm.card.color == "green", str(bell.slack)
    assert alarm.card.shows("Alarm", "Lasted", "non-zero exit (3)"), str(bell.slack)


def test_a_message_that_is_gone_is_replaced(bell):
    bell.create("gone", *FIVE)
    bell.update("gone", "--env-add", "A=4")
    bell.slack.wait_until(lambda slack: any("1/5" in slack.bars(message) for message in slack.messages.values()))
    bell.slack.fail_next("chat.update", "ratelimited", status=429, headers={"Retry-After": "1"})
    bell.slack.forget(bell.only("gone"))
    bell.slack.wait_for("green", "Service gone update completed", timeout=90)
    assert ("chat.update", "message_not_found") in bell.slack.calls


def test_a_test_alert_names_what_to_do(bell):
    assert "accepted" in bell.notifier.run("--test-alert").stdout
    bell.slack.fail_next("chat.postMessage", "not_in_channel")
    failed = bell.notifier.run("--test-alert")
    assert failed.returncode == 1 and "/invite @Swarmbell" in failed.stdout, failed.stdout

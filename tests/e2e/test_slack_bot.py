"""One story is one message: a Slack bot posts it, edits it and replies to it, on a real swarm and a fake Slack."""
import time

import pytest

from lab import Lab
from processes import Collector, Notifier
from redis_server import RedisServer
from slack_api import SlackApi

FIVE = ("--replicas", "5", "--update-monitor", "1s", "--update-delay", "1s", "--stop-grace-period", "0s")


class Bell:
    """A collector that keeps its log in Redis, a notifier, and Slack."""

    def __init__(self, directory, node, redis):
        self.node, self.slack = node, SlackApi()
        self.collector = Collector(directory, node, {"SWARMBELL_REDIS_URL": redis.url})
        self.notifier = Notifier(directory, [self.collector], [],
                                 self.slack.settings() | {"SWARMBELL_CRASH_LOOP_CALM": "10s"})

    def start(self):
        self.collector.start()
        self.notifier.start()
        deadline = time.monotonic() + 30
        while any(one.run("--healthcheck").returncode for one in (self.collector, self.notifier)):
            assert time.monotonic() < deadline, self.notifier.log()
            time.sleep(0.05)
        return self

    def create(self, name, *options, command=("sleep", "100000")):
        self.node.docker("service", "create", "--detach", "--no-resolve-image", "--name", name, *options, "bb:1", *command)
        self.slack.wait_for("green", f"Service {name} created")
        deadline = time.monotonic() + 60
        while self.node.docker("service", "ls", "--filter", f"name={name}", "--format", "{{.Replicas}}").split("/")[0] == "0":
            assert time.monotonic() < deadline
            time.sleep(0.2)
        time.sleep(6)

    def update(self, name, *options):
        self.node.docker("service", "update", "--detach", "--no-resolve-image", *options, name)

    def stories(self, name):
        """The messages about the service, without that of its creation."""
        return [message for message in self.slack.showing(name) if not message.versions[0].shows(f"Service {name} created")]

    def only(self, name):
        stories = self.stories(name)
        assert len(stories) == 1, f"{self.slack}\n{self.notifier.log()[-4000:]}"
        return stories[0]

    def close(self):
        for one in (self.notifier, self.collector, self.slack):
            one.close()
        for name in self.node.docker("service", "ls", "--quiet").split():
            self.node.docker("service", "rm", name, check=False)


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
                "--rollback-monitor", "500ms", "--stop-grace-period", "0s")
    bell.update("back", "--args", "sh -c 'exit 3'")
    bell.slack.wait_until(lambda slack: any(reply.shows("rolled back") for message in slack.messages.values()
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


def test_a_standby_that_takes_over_continues_the_message(bell, redis, tmp_path):
    duo = [Notifier(tmp_path, [bell.collector], [], bell.slack.settings() | {"SWARMBELL_REDIS_URL": redis.url}, f"-{number}")
           for number in range(2)]
    bell.notifier.kill9()
    try:
        for one in duo:
            one.start()
        deadline = time.monotonic() + 30
        while not any(one.metric("swarmbell_on_duty") for one in duo):
            assert time.monotonic() < deadline
            time.sleep(0.2)
        time.sleep(3)
        bell.create("over", *FIVE[:4], "--update-delay", "5s", "--stop-grace-period", "0s")
        bell.update("over", "--env-add", "A=5")
        bell.slack.wait_until(lambda slack: any("1/5" in slack.bars(message) for message in slack.messages.values()))
        next(one for one in duo if one.metric("swarmbell_on_duty")).kill9()
        bell.slack.wait_for("green", "Service over update completed", timeout=120)
        time.sleep(4)
        message = bell.only("over")
        assert len(bell.slack.bars(message)) >= 3, str(bell.slack)
    finally:
        for one in duo:
            one.close()


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
    assert not rollout or rollout[0].card.shows("Service crash update completed"), str(bell.slack)
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

"""A collector that keeps its log in Redis, a notifier whose receiver is a bot, and Slack."""
import time

from processes import Collector, Notifier
from slack_api import SlackApi

FIVE = ("--replicas", "5", "--update-monitor", "1s", "--update-delay", "1s", "--stop-grace-period", "0s")


class Bell:
    """A collector that keeps its log in Redis, a notifier, and Slack."""

    def __init__(self, directory, node, redis, notifiers=1):
        self.node, self.slack = node, SlackApi()
        self.collector = Collector(directory, node, {"SWARMBELL_REDIS_URL": redis.url})
        settings = self.slack.settings() | {"SWARMBELL_CRASH_LOOP_CALM": "10s"}
        if notifiers > 1:
            settings["SWARMBELL_REDIS_URL"] = redis.url
        self.notifiers = [Notifier(directory, [self.collector], [], settings, f"-{number}") for number in range(notifiers)]
        self.notifier = self.notifiers[0]

    def start(self):
        for one in (self.collector, *self.notifiers):
            one.start()
        deadline = time.monotonic() + 30
        while any(one.run("--healthcheck").returncode for one in (self.collector, *self.notifiers)):
            assert time.monotonic() < deadline, self.notifier.log()
            time.sleep(0.05)
        return self

    def on_duty(self, timeout=30):
        """The one of several notifiers that posts."""
        deadline = time.monotonic() + timeout
        while True:
            for one in self.notifiers:
                if one.process.poll() is None and one.metric("swarmbell_on_duty"):
                    return one
            assert time.monotonic() < deadline, "no notifier is on duty"
            time.sleep(0.2)

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
        for one in (*self.notifiers, self.collector, self.slack):
            one.close()
        for name in self.node.docker("service", "ls", "--quiet").split():
            self.node.docker("service", "rm", name, check=False)

"""From a change on a small swarm to the webhook's post, beside what `docker events` shows of it.

The change is an update of a service through the engine's API; times count from the engine's answer to it.
"""
import random
import subprocess
import threading
import time

import measure
import swarm
from lab import DOCKER
from rig import Rig

PACE = 1.1  # seconds: receivers are posted to about once a second


class DockerEvents:
    """When each line of `docker events` came."""

    def __init__(self, node):
        self.process = subprocess.Popen([DOCKER, "-H", f"unix://{node.socket}", "events", "--filter", "type=service"],
                                        stdout=subprocess.PIPE, text=True)
        self.arrived = []
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def _read(self):
        for _ in self.process.stdout:
            self.arrived.append(time.monotonic())

    def close(self):
        self.process.kill()
        self.process.wait(5)


def measure_latency(directory, node, changes):
    """Three watch the same changes at once: with events, by polling alone, and `docker events`."""
    swarm.fill(node.socket, 0, 1, 0)
    notifier = {"SWARMBELL_GROUPING_WINDOW": "0", "SWARMBELL_LOG_LEVEL": "info"}
    collector = {"SWARMBELL_POLL_INTERVAL": "10s", "SWARMBELL_LOG_LEVEL": "info"}
    rigs = [Rig(directory, node, "events", collector, notifier),
            Rig(directory, node, "poll", collector | {"SWARMBELL_POLL_EVENTS": "false", "SWARMBELL_POLL_INTERVAL": "1s"}, notifier)]
    events = DockerEvents(node)
    try:
        for rig in rigs:
            rig.start()
        time.sleep(2)
        took = [change(node, rigs, events, number) for number in range(changes)]
    finally:
        events.close()
        for rig in rigs:
            rig.close()
    with_events, polling, shown = zip(*took)
    rows = [("Swarmbell, `grouping.window` 0: the webhook has the card", measure.milliseconds(with_events)),
            ("`docker events`: the event is printed", measure.milliseconds(shown)),
            ("Swarmbell without events, `poll.interval` 1 s: the webhook has the card", measure.milliseconds(polling))]
    head = (f"from the engine's answer to a change ({changes} changes)", "p50 / p99")
    return measure.table(head, *rows)


def change(node, rigs, events, number):
    engine = swarm.Engine(node.socket)
    text = f"red{number:03d}"
    seen, printed = [len(rig.slack.cards()) for rig in rigs], len(events.arrived)
    began = time.monotonic()
    _, answered = engine.update(engine.ask("GET", f"/services/{swarm.name(0)}"), swarm.paint(text))
    cards = [rig.slack.wait_for(lambda card: card.shows(text), since, 15) for rig, since in zip(rigs, seen)]
    assert all(cards), f"no card shows {text}: {cards}"
    assert len(events.arrived) > printed, f"`docker events` does not show {text}"
    time.sleep(max(0.0, began + PACE - time.monotonic()) + random.uniform(0, 0.5))
    return [card.arrived - answered for card in cards] + [events.arrived[printed] - answered]

"""A collector, a notifier and the two webhooks it posts to."""
import time

from processes import Collector, Notifier
from sinks import WebhookSink

CARD_TIMEOUT = 30


class Rig:
    """Everything between a node and two chats. `mark()` forgets the cards so far, so that each test sees its own."""

    def __init__(self, directory, node, label="", collector=None, notifier=None):
        self.label = label
        self.slack, self.teams = WebhookSink("slack"), WebhookSink("teams")
        self.collector = Collector(directory, node, collector, label)
        self.notifier = Notifier(directory, [self.collector], [self.slack, self.teams], notifier, label)
        self._marks = [0, 0]

    @property
    def sinks(self):
        return [self.slack, self.teams]

    def start(self):
        self.collector.start()
        self.notifier.start()
        self.wait_until_watching()
        return self

    def wait_until_watching(self, timeout=30):
        """Until the first read is the baseline and the notifier has its stream."""
        deadline = time.monotonic() + timeout
        while not self.watching():
            assert time.monotonic() < deadline, f"not watching after {timeout} s\n{self.logs()}"
            time.sleep(0.05)

    def watching(self):
        # A collector is healthy before its first reading; what comes before that is no change.
        healthy = self.collector.run("--healthcheck").returncode == 0 and self.collector.has_baseline()
        return healthy and self.notifier.run("--healthcheck").returncode == 0

    def mark(self):
        self._marks = [len(sink.cards()) for sink in self.sinks]

    def cards(self):
        """Cards of both chats since the mark."""
        return [card for sink, mark in zip(self.sinks, self._marks) for card in sink.cards()[mark:]]

    def expect_rolled_back(self, name, timeout=90):
        """The end of a rollback: a green card, or on the card of the failure if one reading found both."""
        def shows_it(card):
            return (card.color == "green" and card.shows(f"Service {name} rolled back")
                    or card.color == "red" and card.shows(f"Service {name} ", "Rolled back."))
        for sink, mark in zip(self.sinks, self._marks):
            assert sink.wait_for(shows_it, mark, timeout), f"{name} is not rolled back\n{self.arrived()}\n{self.logs()}"

    def expect(self, color, title, *shown, timeout=CARD_TIMEOUT):
        """Waits until both chats have a card of this colour that shows all of it; returns the two cards."""
        matches = lambda card: card.color == color and card.shows(title, *shown)  # noqa: E731
        deadline = time.monotonic() + timeout
        found = []
        for sink, mark in zip(self.sinks, self._marks):
            card = sink.wait_for(matches, mark, max(0.0, deadline - time.monotonic()))
            assert card, (f"[{self.label or 'rig'}] no {color} card with {[title, *shown]} on {sink.platform} within "
                          f"{timeout} s. Since the mark came:\n{self.arrived()}\n{self.logs()}")
            found.append(card)
        return found

    def expect_silence(self, seconds, allowed=()):
        """No card for so long, other than those that show one of the allowed texts."""
        time.sleep(seconds)
        strange = [card for card in self.cards() if not any(card.shows(text) for text in allowed)]
        assert not strange, f"[{self.label}] rang without reason:\n" + "\n".join(map(str, strange)) + self.logs()

    def arrived(self):
        return "\n".join(f"  {card}" for card in self.cards()) or "  (nothing)"

    def logs(self, lines=25):
        tails = [(p.name, p.log().splitlines()[-lines:]) for p in (self.collector, self.notifier)]
        return "\n".join(f"--- {name} log\n" + "\n".join(tail) for name, tail in tails)

    def close(self):
        for closing in (self.notifier, self.collector, self.slack, self.teams):
            closing.close()

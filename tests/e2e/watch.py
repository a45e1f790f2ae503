"""Collectors, notifiers and two webhooks around a swarm, and the judgement whether each change was told once."""
import bisect
import dataclasses
import re
import time

from processes import Collector, Notifier
from sinks import WebhookSink

NAME = re.compile(r"[a-z0-9]+-\d{3,}x")
# A post that is accepted so shortly before its notifier is killed is posted again by the next: nobody can know.
KILLED_MEANWHILE = 0.5


@dataclasses.dataclass
class Result:
    cell: str
    store: str
    made: int
    gapped: list    # changes that were told as lost, by a gap
    lost: list
    repeated: list
    excused: list   # told again where it cannot be known whether the first post had arrived
    strange: list   # cards that tell no change
    problems: list  # what else was not as it should be
    notes: list
    longest: float

    HEAD = ("| fault | store | changes | alerts | received | lost | repeated | allowed repeats | longest wait |\n"
            "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")

    def row(self):
        expected = 2 * (self.made - len(self.gapped))
        return (f"| {self.cell} | {self.store} | {self.made} | {expected} | {expected - len(self.lost)} "
                f"| {len(self.lost)} | {len(self.repeated)} | {len(self.excused)} | {self.longest:.1f} s |")

    def details(self):
        said = (("lost", self.lost), ("repeated", self.repeated), ("told again, as it may be", self.excused),
                ("wrong", self.problems), ("seen", self.notes), ("also told", self.strange))
        return [f"    {kind}: {what[:8]}" for kind, what in said if what]

    def ok(self):
        return not self.lost and not self.repeated and not self.problems


class Watch:
    """Everything has a log in `directory`. `redis` is a RedisServer, or None for memory."""

    SETTINGS = {"SWARMBELL_GROUPING_WINDOW": "0s", "SWARMBELL_GROUPING_DIGEST_OVER": "1000",
                "SWARMBELL_COLORS": "green,red", "SWARMBELL_FEED_DISCONNECTED_AFTER": "20s"}

    def __init__(self, directory, managers, redis=None, notifiers=1, collector=None, notifier=None, certificates=None):
        shared = {"SWARMBELL_REDIS_URL": redis.url} if redis else {}
        self.redis = redis
        self.certificates = certificates
        self.sinks = [WebhookSink(kind, tls=certificates and certificates.right) for kind in ("slack", "teams")]
        self.collectors = [Collector(directory, node, shared | (collector or {}), f"-{node.name}") for node in managers]
        own = self.SETTINGS | (shared if notifiers > 1 else {}) | (notifier or {})
        self.notifiers = [Notifier(directory, self.collectors, self.sinks, own, f"-{number}")
                          for number in range(notifiers)]
        for one in self.notifiers if certificates else []:
            one.trust_only(certificates.authority)
        self.gapped = set()  # changes that only a gap can tell
        self.problems, self.notes = [], []

    @property
    def programs(self):
        return [*self.collectors, *self.notifiers]

    def start(self):
        for collector in self.collectors:
            collector.start()
        deadline = time.monotonic() + 60
        while any("Watching a swarm" not in collector.log() for collector in self.collectors):
            assert time.monotonic() < deadline, "a collector watches nothing\n" + self.collectors[0].log()
            time.sleep(0.05)
        for notifier in self.notifiers:
            notifier.start()
        self.notifiers[0].wait_for_log("A feed is following", 30)
        time.sleep(2)  # the first readings are the baseline
        return self

    def told(self):
        """For each webhook: name -> times at which a card told it."""
        result = []
        for sink in self.sinks:
            names = {}
            for card in sink.cards():
                if card.color in ("green", "yellow") or "created" in card.text:
                    for name in set(NAME.findall(card.text)):
                        names.setdefault(name, []).append(card.arrived)
            result.append(names)
        return result

    def cards_with(self, text):
        """For each webhook: how many cards show it."""
        return [sum(text in card.text for card in sink.cards()) for sink in self.sinks]

    def wait_until_told(self, names, timeout):
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            if all(names - self.gapped <= set(told) for told in self.told()):
                break
            time.sleep(0.2)
        time.sleep(3)  # for what comes twice

    def judge(self, cell, store, made):
        lost, repeated, excused, longest, gapped = [], [], [], 0.0, set()
        for sink, told in zip(self.sinks, self.told()):
            for name, when in made.items():
                arrivals = sorted(told.get(name, []))  # a post that hangs is kept late
                if not arrivals:
                    gapped.add(name) if name in self.gapped else lost.append((sink.platform, name))
                    continue
                longest = max(longest, arrivals[0] - when)
                for before in arrivals[:-1]:
                    (excused if self._unknowable(sink, before) else repeated).append((sink.platform, name))
        strange = [card.text[:100] for sink in self.sinks for card in sink.cards() if not NAME.search(card.text)]
        return Result(cell, store, len(made), sorted(gapped), lost, repeated, excused, strange, self.problems, self.notes,
                      longest)

    def _unknowable(self, sink, arrived):
        """True if the notifier cannot know that this post was accepted."""
        kills = sorted(when for notifier in self.notifiers for when in notifier.kills)
        after = bisect.bisect_left(kills, arrived)
        return arrived in sink.unanswered or after < len(kills) and kills[after] - arrived < KILLED_MEANWHILE

    def close(self):
        for part in [*self.notifiers, *self.collectors, *self.sinks]:
            part.close()

"""Both programs at work for a while, while services change: nothing is written, nothing complains, memory stays.

SWARMBELL_IMAGES_SECONDS says for how long; an hour's run by hand (as root):
  SWARMBELL_IMAGES_SECONDS=3600 /usr/bin/python3 -m pytest -s tests/images/test_time_passes.py
"""
import os
import re
import time

import pytest

from containers import changed_files, docker_gid, resident_kib, wait_until
from running import READ_ONLY, Running
from sinks import WebhookSink
from stacks import service

SECONDS = float(os.environ.get("SWARMBELL_IMAGES_SECONDS", "20"))
CHANGE_EVERY_SECONDS = 60 if SECONDS >= 600 else 6
COMPLAINT = re.compile(r"^\S+Z (?:warning|error|critical) .*$", re.MULTILINE)
EXPECTED = "is an http URL: alerts and the URL itself travel unencrypted"  # the sink's, once


class Pair:
    """A collector and the notifier that follows it, on a manager of their own, and the chat that it posts to."""

    def __init__(self, node, **how):
        self.name = node.name
        self.sink = WebhookSink("slack", node.listen())
        self.running = []
        try:
            self.running.append(Running(node, "collector", "SWARMBELL_LISTEN=127.0.0.1:50051", "SWARMBELL_POLL_INTERVAL=1s",
                                        mounts=("--volume", "/var/run/docker.sock:/var/run/docker.sock:ro"),
                                        **{"group": docker_gid(node), **how}))
            self.running.append(Running(node, "notifier", "SWARMBELL_LISTEN=127.0.0.1:50052", "SWARMBELL_COLLECTORS=127.0.0.1:50051",
                                        f"SWARMBELL_SLACK_WEBHOOK_URL={self.sink.url}", **how))
            wait_until(lambda: "A feed is following" in self.running[1].log(), "the notifier follows", 30, self.running[1].log)
        except BaseException:
            self.close()
            raise

    def memory(self):
        return {r.program: resident_kib(r.node, r.name) for r in self.running}

    def tells(self, text):
        wait_until(lambda: [card for card in self.sink.cards() if card.shows(text)], f"{text!r} is told on {self.name}", 30,
                   lambda: "\n".join(r.log()[-3000:] for r in self.running))

    def close(self):
        for running in self.running:
            running.remove()
        self.sink.close()


@pytest.fixture
def pairs(lab):
    """One with a root file system that nobody can write; one with a root that its user, root, could write everywhere."""
    both = []
    try:
        both.append(Pair(lab.managers[0], root=READ_ONLY))
        both.append(Pair(lab.managers[1], root=(), user=0))
        yield both
    finally:
        for pair in both:
            pair.close()


def print_memory(pairs, when):
    for pair in pairs:
        told = ", ".join(f"{program} {total / 1024:.1f} MiB ({own / 1024:.1f} its own)" for program, (total, own) in pair.memory().items())
        print(f"{when:>8} {pair.name}: {told}", flush=True)


def test_nothing_is_written_and_nothing_complains(lab, pairs, tmp_path):
    manager, began, rounds = lab.managers[0], time.monotonic(), 0
    with service(lab, "changing"):
        for pair in pairs:
            pair.tells("Service changing created")
        print()
        print_memory(pairs, "start")
        first, half = [pair.memory() for pair in pairs], False
        while time.monotonic() - began < SECONDS:
            due = began + (rounds + 1) * CHANGE_EVERY_SECONDS
            time.sleep(max(0, due - time.monotonic()))
            rounds += 1
            manager.docker("service", "update", "--detach", "--no-resolve-image", "--env-add", f"ROUND=number-{rounds}", "changing")
            for pair in pairs:
                pair.tells(f"number-{rounds}")
            if not half and time.monotonic() - began >= SECONDS / 2:
                half = True
                print_memory(pairs, "half")
        print_memory(pairs, "end")
    print(f"{rounds} changes in {time.monotonic() - began:.0f} s, {[len(pair.sink.cards()) for pair in pairs]} cards")
    for before, pair in zip(first, pairs):
        for program, (_, own) in pair.memory().items():
            assert own < before[program][1] + 4 * 1024, f"{program} on {pair.name} has grown from {before[program][1]} to {own} KiB"
        for running in pair.running:
            assert changed_files(running.node, running.name) == [], running.name
            assert [line for line in COMPLAINT.findall(running.log()) if EXPECTED not in line] == []
    # Where writing is possible it would be seen.
    (tmp_path / "written").write_text("x")
    for running in pairs[1].running:
        running.node.docker("cp", str(tmp_path / "written"), f"{running.name}:/tmp/written")
        assert "A /tmp/written" in changed_files(running.node, running.name)

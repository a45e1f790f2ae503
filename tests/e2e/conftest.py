"""One swarm for all tests that leave it as they found it; tests that break a swarm make their own."""
import itertools
import pathlib
import signal
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

from lab import Lab, why_not  # noqa: E402
from rig import Rig  # noqa: E402

_names = itertools.count(1)


def pytest_sessionstart():
    # pytest then runs every fixture's end; an exception of another kind would only fail the test at hand.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: pytest.exit("told to end", returncode=1))
    reason = why_not()
    if reason:
        pytest.exit(f"no swarm can run here: {reason}", returncode=3)


@pytest.fixture(scope="session")
def lab():
    with Lab(managers=1, workers=1) as swarm:
        print(f"\na swarm of 2 engines was up after {swarm.start_seconds:.1f} s")
        yield swarm


@pytest.fixture(scope="session")
def manager(lab):
    return lab.managers[0]


@pytest.fixture
def start_rig(tmp_path):
    """Makes rigs that end with the test."""
    rigs = []

    def start(node, **settings):
        rigs.append(Rig(tmp_path, node, f"-{len(rigs)}", **settings))
        return rigs[-1].start()

    yield start
    for rig in rigs:
        rig.close()


@pytest.fixture
def service(manager, both_rigs):
    """Makes services that end with the test: service("--env", "A=1") -> name."""
    names = []

    def create(*options, image="bb:1", command=()):
        names.append(f"svc{next(_names)}")
        manager.docker("service", "create", "--detach", "--no-resolve-image", "--name", names[-1],
                       "--update-monitor", "100ms", *options, image, *command)
        return names[-1]

    yield create
    for name in names:
        manager.docker("service", "rm", name, check=False)
    # So many become a digest, which would take the first changes of the next test along.
    if len(names) > 5:
        both_rigs.wait_for_any(f"Service {names[-1]} removed", 10)


class Rings:
    """The same change must ring the same however the collector is woken."""

    def __init__(self, rigs):
        self.rigs = rigs

    def mark(self):
        for rig in self.rigs:
            rig.mark()

    def expect(self, color, title, *shown, **options):
        return [card for rig in self.rigs for card in rig.expect(color, title, *shown, **options)]

    def cards(self):
        return [card for rig in self.rigs for card in rig.cards()]

    def wait_for_any(self, text, timeout):
        """Until each chat has shown the text at any time, or the timeout."""
        for sink in [sink for rig in self.rigs for sink in rig.sinks]:
            sink.wait_for(lambda card: card.shows(text), 0, timeout)

    def wait_until_seen(self, name):
        """Until the service's coming has rung, then forgets that."""
        self.expect("green", f"Service {name} created")
        self.mark()


@pytest.fixture(scope="session")
def both_rigs(lab, tmp_path_factory):
    """One rig woken by engine events, one that only polls; both watch the same swarm, so each change is made once."""
    directory = tmp_path_factory.mktemp("rigs")
    rigs = []
    try:
        for label, events in (("-events", "true"), ("-polling", "false")):
            collector = {"SWARMBELL_POLL_EVENTS": events, "SWARMBELL_CONTAINERS_DEAD_AFTER": "3s"}
            rigs.append(Rig(directory, lab.managers[0], label, collector=collector))
            rigs[-1].start()
        yield Rings(rigs)
    finally:
        for rig in rigs:
            rig.close()


@pytest.fixture
def rings(both_rigs):
    both_rigs.mark()
    return both_rigs

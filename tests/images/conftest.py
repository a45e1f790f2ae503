"""The images, built from the Dockerfiles as they are, and a swarm of two managers that has them."""
import pathlib
import signal
import subprocess
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "e2e")]

from build_engine import ROOT, BuildEngine  # noqa: E402
from lab import Lab, why_not  # noqa: E402
from sinks import WebhookSink  # noqa: E402

VERSION = subprocess.run([ROOT / "packaging" / "version.sh"], check=True, capture_output=True, text=True).stdout.strip()
PROGRAMS = ("collector", "notifier")


def pytest_sessionstart():
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: pytest.exit("told to end", returncode=1))
    reason = why_not()
    if reason:
        pytest.exit(f"no engine can run here: {reason}", returncode=3)


@pytest.fixture(scope="session")
def engine():
    with BuildEngine() as builder:
        yield builder


@pytest.fixture(scope="session")
def build_seconds(engine):
    """Builds both images with BuildKit, under the names of docs/install.md; tells how long each took."""
    seconds = {name: engine.build(f"Dockerfile.{name}", f"swarmbell-{name}:{VERSION}", buildkit=True) for name in PROGRAMS}
    print("\nbuilt with BuildKit: " + ", ".join(f"{name} in {took:.0f} s" for name, took in seconds.items()))
    return seconds


@pytest.fixture(scope="session")
def images(build_seconds):
    return {name: f"swarmbell-{name}:{VERSION}" for name in build_seconds}


@pytest.fixture(scope="session")
def lab(engine, images):
    """Two managers with both images; the engine's socket is where a user's is, /var/run/docker.sock."""
    with Lab(managers=2, workers=0) as swarm:
        for node in swarm.nodes:
            engine.copy_to(node, *images.values())
            subprocess.run(["nsenter", "--target", str(node.pid("init")), "--mount", "ln", "-s", node.socket,
                            "/run/docker.sock"], check=True)
        yield swarm


@pytest.fixture
def sinks(lab):
    """Slack and Teams, at an address that containers of the swarm reach."""
    both = [WebhookSink(platform, lab.managers[0].listen()) for platform in ("slack", "teams")]
    yield both
    for sink in both:
        sink.close()

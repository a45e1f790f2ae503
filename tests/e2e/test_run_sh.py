"""compose/run.sh on a machine without a swarm: engine, build, demo, cards, and nothing left."""
import os
import pathlib
import signal
import subprocess
import time
import uuid

import pytest
from processes import ROOT


def start(*arguments, log, **settings):
    """run.sh, and a word in the environment of all that it starts."""
    mark = f"run-sh-{uuid.uuid4().hex}"
    env = {k: v for k, v in os.environ.items() if not k.startswith(("SWARMBELL_", "DOCKER_"))} | {"E2E_MARK": mark} | settings
    # A shell that runs these tests in the background ignores SIGINT for all that it starts.
    process = subprocess.Popen([ROOT / "compose" / "run.sh", *arguments], env=env, stdin=subprocess.DEVNULL,
                               stdout=log, stderr=subprocess.STDOUT,
                               preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
    return process, mark


def leftovers(process, mark):
    """The remains of one run on the machine; other runs may continue."""
    name = f"swarmbell-demo.{process.pid}"
    left = [str(path) for path in pathlib.Path("/tmp").glob(name)]
    left += [str(group) for group in pathlib.Path("/sys/fs/cgroup").glob(f"**/{name}-*")]
    for other in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if mark.encode() in (other / "environ").read_bytes():
                left.append((other / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace"))
        except OSError:  # it has ended, or is none of ours
            pass
    return left


def test_demo_rings_and_leaves_nothing(tmp_path):
    log = tmp_path / "run.log"
    with open(log, "wb") as out:
        # One that only the collector knows, one that only the notifier knows.
        process, mark = start("--once", log=out, SWARMBELL_FIRST_START_AFTER="4m", SWARMBELL_SUBSCRIPTION="demo")
    code = process.wait(1200)
    shown = log.read_text(errors="replace")
    assert code == 0, f"exit code {code}:\n{shown[-6000:]}"
    for title in ("created", "updated", "scaled", "update paused", "removed"):
        assert f"Service shop_web {title}" in shown, f"no card {title!r} in:\n{shown[-6000:]}"
    assert "the timeline in a browser: http://127.0.0.1:" in shown
    assert "API_TOKEN" in shown and "demo-s3cret" not in shown
    assert not leftovers(process, mark)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_interrupted_it_leaves_nothing(number, tmp_path):
    log = tmp_path / "run.log"
    with open(log, "wb") as out:
        process, mark = start(log=out)
    deadline = time.monotonic() + 1200
    while "demo: it is scaled" not in log.read_text(errors="replace"):
        assert process.poll() is None, f"it ended with {process.returncode}:\n{log.read_text()[-6000:]}"
        assert time.monotonic() < deadline, f"no demo:\n{log.read_text()[-6000:]}"
        time.sleep(0.1)
    process.send_signal(number)
    process.wait(30)
    deadline = time.monotonic() + 15
    while leftovers(process, mark):
        assert time.monotonic() < deadline, f"left: {leftovers(process, mark)}\n{log.read_text()[-6000:]}"
        time.sleep(0.2)

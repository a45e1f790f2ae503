"""compose/run.sh on a machine without a swarm: engine, build, demo, cards, and nothing left."""
import os
import pathlib
import signal
import subprocess
import time

import pytest
from processes import ROOT


def clean_environment():
    return {k: v for k, v in os.environ.items() if not k.startswith(("SWARMBELL_", "DOCKER_"))}


def leftovers():
    demo = [str(path) for path in pathlib.Path("/tmp").glob("swarmbell-demo.*")]
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            line = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            if "swarmbell-demo." in line or "build/release/" in line:
                demo.append(line)
        except (FileNotFoundError, ProcessLookupError):
            pass
    return demo + [str(group) for group in pathlib.Path("/sys/fs/cgroup").glob("**/swarmbell-demo.*")]


def test_demo_rings_and_leaves_nothing():
    done = subprocess.run([ROOT / "compose" / "run.sh", "--once"], env=clean_environment(), stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=1200, check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    for title in ("created", "updated", "scaled", "update paused", "removed"):
        assert f"Service shop_web {title}" in done.stdout, f"no card {title!r} in:\n{done.stdout[-6000:]}"
    assert "API_TOKEN" in done.stdout and "demo-s3cret" not in done.stdout
    assert not leftovers()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_interrupted_it_leaves_nothing(number, tmp_path):
    log = tmp_path / "run.log"
    with open(log, "wb") as out, subprocess.Popen([ROOT / "compose" / "run.sh"], env=clean_environment(), stdout=out,
                                                  stdin=subprocess.DEVNULL, stderr=subprocess.STDOUT) as process:
        deadline = time.monotonic() + 1200
        while "demo: it is scaled" not in log.read_text(errors="replace"):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.1)
        process.send_signal(number)
        process.wait(30)
    deadline = time.monotonic() + 15
    while leftovers():
        assert time.monotonic() < deadline, f"left: {leftovers()}\n{log.read_text()}"
        time.sleep(0.2)

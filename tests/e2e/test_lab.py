"""The lab itself: real engines that fail in real ways, and nothing left of them afterwards."""
import os
import pathlib
import signal
import subprocess
import sys
import time

import pytest
from lab import PREFIX, Lab

HERE = pathlib.Path(__file__).parent


def eventually(condition, timeout=30, what="the condition"):
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not come true within {timeout} s"
        time.sleep(0.1)


def state_of(lab, node):
    return lab.managers[0].docker("node", "inspect", node.name, "--format", "{{.Status.State}}")


def left_on_machine(directory):
    """Processes and directories that name the lab."""
    left = [directory] if os.path.exists(directory) else []
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if directory.encode() in (process / "cmdline").read_bytes() and int(process.name) != os.getpid():
                left.append((process / "cmdline").read_bytes())
        except (FileNotFoundError, ProcessLookupError):
            pass
    return left + [str(group) for group in pathlib.Path("/sys/fs/cgroup").glob(f"**/{os.path.basename(directory)}*")]


def test_runs_services_and_loses_and_regains_nodes():
    with Lab(managers=1, workers=1) as lab:
        manager, worker = lab.managers[0], lab.workers[0]
        manager.docker("service", "create", "--detach", "--no-resolve-image", "--name", "web", "--replicas", "2", "bb:1")
        eventually(lambda: manager.docker("service", "ls", "--format", "{{.Replicas}}") == "2/2", what="2 replicas")
        worker.link_down()
        eventually(lambda: state_of(lab, worker) == "down", what="the cut-off node being down")
        worker.link_up()
        eventually(lambda: state_of(lab, worker) == "ready", what="the node being back after the partition")
        worker.kill9()
        eventually(lambda: state_of(lab, worker) == "down", what="the killed node being down")
        worker.restart()
        eventually(lambda: state_of(lab, worker) == "ready", what="the node being back after a restart")
        worker.sigstop()
        worker.sigcont()
        worker.kill9()
        manager.sigstop()  # and so it is when the lab ends
        directory = lab.dir
    eventually(lambda: not left_on_machine(directory), timeout=10, what="the lab being gone")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_leaves_nothing_when_its_process_is_killed(number):
    code = ("import lab, time; lab.close_labs_on_signals(); l = lab.Lab(workers=0).__enter__();"
            "print(l.dir, flush=True); time.sleep(600)")
    # A shell that runs these tests in the background ignores SIGINT for all that it starts.
    with subprocess.Popen([sys.executable, "-c", code], cwd=HERE, stdout=subprocess.PIPE, text=True,
                          preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)) as process:
        directory = process.stdout.readline().strip()
        assert directory.startswith(PREFIX)
        process.send_signal(number)
    eventually(lambda: not left_on_machine(directory), timeout=10, what="the lab being gone")

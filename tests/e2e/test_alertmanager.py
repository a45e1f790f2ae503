"""A real swarm rings a real Alertmanager: alarms fire until their end, also when the notifier was killed in between."""
import pathlib
import shutil
import sys
import time

import pytest

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "integration"))
from receivers_rig import Alertmanager, wait_until  # noqa: E402

pytestmark = pytest.mark.skipif(not shutil.which(Alertmanager.program), reason=f"needs {Alertmanager.program}")


@pytest.fixture
def alertmanager():
    server = Alertmanager()
    yield server
    server.close()


@pytest.fixture
def rig(start_rig, manager, alertmanager):
    return start_rig(manager, notifier={"SWARMBELL_ALERTMANAGER_URL": alertmanager.url})


def replace_notifier(rig):
    time.sleep(2)  # until the alert is acknowledged
    rig.notifier.kill9()
    rig.notifier.start()


@pytest.mark.parametrize("killed", [False, True])
def test_a_paused_update_fires_until_one_completes(rig, alertmanager, manager, service, killed):
    name = service("--update-monitor", "3s", command=["sleep", "1000"])
    rig.expect("green", f"Service {name} created")
    manager.docker("service", "update", "--detach", "--no-resolve-image", "--args", "sh -c 'exit 3'", name)
    wait_until(lambda: alertmanager.told_of("SwarmbellUpdateStopped", name) == ["firing"], "it fires", 90)
    alert, = alertmanager.alerts("SwarmbellUpdateStopped")
    assert name in alert["annotations"]["summary"] and "non-zero exit (3)" in alert["annotations"]["description"]
    if killed:
        replace_notifier(rig)
    manager.docker("service", "update", "--detach", "--no-resolve-image", "--args", "sleep 2000", name)
    wait_until(lambda: alertmanager.told_of("SwarmbellUpdateStopped", name) == ["firing", "resolved"], "it is resolved", 90)


@pytest.mark.parametrize("killed", [False, True])
def test_a_node_that_is_down_fires_until_it_is_back(rig, alertmanager, lab, killed):
    worker = lab.workers[0]
    worker.kill9()
    try:
        wait_until(lambda: alertmanager.told_of("SwarmbellNodeDown", worker.name) == ["firing"], "it fires", 90)
        if killed:
            replace_notifier(rig)
    finally:
        worker.restart()
    wait_until(lambda: alertmanager.told_of("SwarmbellNodeDown", worker.name) == ["firing", "resolved"], "it is resolved", 90)
    lab.wait_for_nodes(2)

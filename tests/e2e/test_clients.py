"""Others may subscribe too."""
import os
import subprocess

import pytest
from feed_client import Subscription
from processes import ROOT


BUF = ROOT / "tests" / "tools" / "node_modules" / ".bin" / "buf"


def test_a_python_client_subscribes_and_resumes(start_rig, service, manager):
    rig = start_rig(manager)
    first = Subscription(rig.collector.target, subscriber_name="e2e")
    first.wait(lambda s: s.responses and s.responses[0].WhichOneof("payload") == "opened")
    seen, missed = service(), None
    first.wait(lambda s: seen in s.names())
    cursor = first.responses[-1].cursor
    first.close()
    missed = service()
    rig.expect("green", f"Service {missed} created")
    second = Subscription(rig.collector.target, resume_after=cursor)
    second.wait(lambda s: missed in s.names())
    assert not [event for event in second.events() if event.event_id in {event.event_id for event in first.events()}]
    assert seen not in [e.resource.name for e in second.events() if e.WhichOneof("details") == "service_appeared"]
    second.close()


def test_both_programs_describe_themselves(start_rig, manager):
    check = ROOT / "tests" / "clients" / "reflection_check.sh"
    if not check.exists():
        pytest.fail(f"{check} is missing")
    rig = start_rig(manager)
    for program in (rig.collector, rig.notifier):
        done = subprocess.run([check, program.target], env=os.environ | {"CI": "true"}, capture_output=True, text=True,
                              timeout=120, check=False)
        assert done.returncode == 0, f"{program.name}:\n{done.stdout}\n{done.stderr}"


def test_explain_reads_what_a_collector_lists(start_rig, service, manager, tmp_path):
    rig = start_rig(manager)
    rig.expect("green", f"Service {service()} created")
    listed = subprocess.run([BUF, "curl", "--protocol", "grpc", "--http2-prior-knowledge", "--data", "{}",
                             f"http://{rig.collector.target}/swarmbell.v1.ChangeFeedService/ListChanges"],
                            check=True, capture_output=True, text=True, timeout=30).stdout
    event = tmp_path / "listed.json"
    event.write_text(listed)
    explained = rig.notifier.run("--explain", str(event))
    assert explained.returncode == 0, explained.stderr
    for line in ("change: service_appeared of ", "rule:   service-appeared", "posts:  slack teams"):
        assert line in explained.stdout, explained.stdout

"""The last lines that a failed task printed, on its red card."""
import json
import time

import pytest
from engine_proxy import EngineProxy

# Twelve lines, with a colour, secrets and its last words on standard error; then it fails. The engine reads each stream by
# itself: only the order of what is written at different times is known.
TRACE = ("for i in 1 2 3 4 5 6; do echo line $i; done; sleep 0.3; printf \"\\033[31mTraceback (most recent call last):\\033[0m\\n"
         "  File app.py, line 41\\n    connect(password=hunter2-secret)\\ndb: postgres://shop:hunter2-secret@db/shop\\n"
         "password: hunter2-secret\\nRuntimeError: no route to db\\n\" >&2; exit 3")
SHOWN = ["line 5", "line 6", "Traceback (most recent call last):", "File app.py, line 41", "connect(password=••••", "postgres://shop:••••@db/shop",
         "password: ••••", "RuntimeError: no route to db"]


def fail_update(manager, name, script=TRACE):
    manager.docker("service", "update", "--detach", "--no-resolve-image", "--args", f"sh -c '{script}'", name)


def logs_asked(proxy):
    return [target for _, target in proxy.requests if "/logs" in target]


@pytest.fixture
def watched(start_rig, manager, tmp_path):
    """Rigs whose collectors read the engine through a proxy that keeps the requests."""
    proxies = []

    def start(**collector):
        proxies.append(EngineProxy(tmp_path / f"engine{len(proxies)}.sock", manager.socket))
        return start_rig(manager, collector={"SWARMBELL_DOCKER_HOST": proxies[-1].host} | collector), proxies[-1]

    yield start
    for proxy in proxies:
        proxy.close()


def test_a_paused_update_shows_its_last_words(watched, service, manager):
    on, asked = watched(SWARMBELL_LOGS_LINES="8")
    off, unasked = watched()
    name = service("--replicas", "2", "--update-monitor", "5s", command=["sleep", "1000"])
    for rig in (on, off):
        rig.expect("green", f"Service {name} created")
        rig.mark()
    began = time.monotonic()
    fail_update(manager, name)
    with_words = on.expect("red", f"Service {name} update paused", "Last output of", *SHOWN)
    without = off.expect("red", f"Service {name} update paused")
    for card in with_words:
        text = card.text[card.text.index("Last output of"):]
        places = [text.index(line) for line in SHOWN]
        assert places == sorted(places) and "line 4 " not in text, text
    for card in without:
        assert "output" not in card.text and "line 6" not in card.text, card
    for rig in (on, off):
        assert "hunter2" not in json.dumps([sink.posted() for sink in rig.sinks], ensure_ascii=False) + rig.notifier.log() + rig.collector.log()
    assert len(logs_asked(asked)) == 1, logs_asked(asked)  # one for both receivers
    assert not logs_asked(unasked)
    waited = max(card.arrived for card in with_words) - max(card.arrived for card in without)
    print(f"\nthe card came {max(card.arrived for card in with_words) - began:.2f} s after the update began, "
          f"{waited * 1000:+.0f} ms after the one without last words")
    assert waited < 3


def test_a_service_that_opted_out_is_named_as_the_reason(watched, service, manager):
    rig, asked = watched(SWARMBELL_LOGS_LINES="8")
    name = service("--label", "swarmbell.logs=false", "--update-monitor", "5s", command=["sleep", "1000"])
    rig.expect("green", f"Service {name} created")
    fail_update(manager, name)
    for card in rig.expect("red", f"Service {name} update paused", "none: the service has the label swarmbell.logs=false"):
        assert "line 6" not in card.text
    assert not logs_asked(asked)


def test_a_log_driver_without_reads_is_named_as_the_reason(watched, service, manager):
    rig, _ = watched(SWARMBELL_LOGS_LINES="8")
    name = service("--log-driver", "none", "--update-monitor", "5s", command=["sleep", "1000"])
    rig.expect("green", f"Service {name} created")
    fail_update(manager, name)
    rig.expect("red", f"Service {name} update paused", "none: the task wrote nothing, or its log driver cannot be read")


def test_a_program_that_ends_too_early_without_an_error(watched, service, manager):
    rig, _ = watched(SWARMBELL_LOGS_LINES="8")
    name = service("--restart-condition", "on-failure", "--update-monitor", "5s", command=["sleep", "1000"])
    rig.expect("green", f"Service {name} created")
    fail_update(manager, name, "echo usage: app serve; exit 0")
    rig.expect("red", f"Service {name} update paused", "Last output of", "usage: app serve")


def test_crash_loops_and_failed_jobs_show_theirs(watched, service):
    rig, _ = watched(SWARMBELL_LOGS_LINES="2")
    looping = service("--restart-delay", "100ms", command=["sh", "-c", "echo one; echo two; echo three; exit 1"])
    job = service("--restart-condition", "none", command=["sh", "-c", "echo the job says no; exit 2"])
    rig.expect("red", f"Service {job} job failed", "Last output of", "the job says no")
    for card in rig.expect("red", f"Service {looping} went into a crash loop", "Last output of", "two", "three", timeout=60):
        assert "one" not in card.text[card.text.index("Last output of"):].split(), card

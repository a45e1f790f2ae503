"""Both images: built by both builders, small, without privileges, quick to start and to end."""
import datetime
import json
import re
import subprocess

import pytest

from build_engine import ROOT
from conftest import PROGRAMS, VERSION
from containers import changed_files, docker_gid, identity, inspect, resident_kib, wait_until, writable_mounts
from lab import LabError
from running import Running

PORTS = {"collector": [("tcp", 9464), ("tcp", 50051)], "notifier": [("tcp", 9465), ("tcp", 50052)]}
STARTS = 5


def describe(engine, image):
    return json.loads(engine.docker("image", "inspect", image))[0]


def layers_mb(engine, image):
    """The megabytes that the image adds to its base."""
    return (describe(engine, image)["Size"] - describe(engine, "alpine:3.22")["Size"]) / 1e6


@pytest.mark.parametrize("program", PROGRAMS)
def test_both_builders_make_the_same(engine, images, program):
    legacy = f"swarmbell-{program}:legacy"
    took = engine.build(f"Dockerfile.{program}", legacy, False)
    print(f"\nbuilt by the legacy builder: {program} in {took:.0f} s")
    configs = [describe(engine, image)["Config"] for image in (images[program], legacy)]
    for key in ("User", "Entrypoint", "Healthcheck", "ExposedPorts", "Labels"):
        assert configs[0][key] == configs[1][key], key
    versions = {engine.docker("run", "--rm", "--network", "none", image, "--version") for image in (images[program], legacy)}
    assert len(versions) == 1 and VERSION in versions.pop()


@pytest.mark.parametrize("program", PROGRAMS)
def test_image_says_what_it_is_and_is_small(engine, images, program):
    config = describe(engine, images[program])["Config"]
    assert config["User"] == "65532:65532"
    assert config["Entrypoint"] == [f"/usr/local/bin/swarmbell-{program}"]
    assert config["Healthcheck"]["Test"] == ["CMD", f"/usr/local/bin/swarmbell-{program}", "--healthcheck"]
    # The notifier's page listens on 8080 where it is switched on.
    page = ["8080/tcp"] if program == "notifier" else []
    assert sorted(config["ExposedPorts"]) == sorted([f"{port}/tcp" for _, port in PORTS[program]] + page)
    labels = {key.removeprefix("org.opencontainers.image."): value for key, value in config["Labels"].items()}
    assert labels["title"] == f"swarmbell-{program}" and labels["version"] == VERSION and labels["licenses"] == "Apache-2.0"
    size = layers_mb(engine, images[program])
    print(f"\n{program}: {size:.1f} MB on top of the base image")
    assert size < 60


@pytest.mark.parametrize("program", PROGRAMS)
def test_threads_have_stack_enough_under_musl(engine, images, program, tmp_path):
    engine.docker("create", "--name", "looked-into", images[program])
    try:
        engine.docker("cp", f"looked-into:/usr/local/bin/swarmbell-{program}", tmp_path)
    finally:
        engine.docker("rm", "looked-into")
    headers = subprocess.run(["readelf", "-lW", tmp_path / f"swarmbell-{program}"], check=True, capture_output=True, text=True).stdout
    stack = next(line.split() for line in headers.splitlines() if "GNU_STACK" in line)
    assert int(stack[5], 16) == 2 << 20, stack


@pytest.mark.parametrize("name", ["no-such-package", "libgrpc++1.51", "so:libnobody.so.1", "so:libhiredis.so.9"])
def test_a_package_that_alpine_has_not_fails_the_build(engine, tmp_path, name):
    (tmp_path / "Dockerfile").write_text(f"FROM alpine:3.22\nRUN apk add --no-cache {name}\n")
    with pytest.raises(LabError, match=f"no package called {re.escape(name)}|{re.escape(name)} .no such package."):
        engine.build(tmp_path / "Dockerfile", "swarmbell-bad", True, tmp_path)


@pytest.mark.parametrize("program, library", [("collector", "libhiredis"), ("notifier", "libcurl"), ("notifier", "libgrpc++_reflection")])
def test_a_library_less_fails_the_build(engine, images, tmp_path, program, library):
    """As it would on Alpine: what one package brings, another does not bring by chance."""
    assert images
    all_of_them = "$(cat /usr/local/share/swarmbell/libraries)"
    text = (ROOT / f"Dockerfile.{program}").read_text(encoding="utf-8")
    assert all_of_them in text
    (tmp_path / "Dockerfile").write_text(text.replace(all_of_them, all_of_them.replace("cat", f"grep -vF {library}.so")))
    with pytest.raises(LabError, match=rf"loading shared libraries: {re.escape(library)}\.so"):
        engine.build(tmp_path / "Dockerfile", "swarmbell-bad", True)


def test_the_stand_in_splits_abseil_as_alpine_does(engine, tmp_path):
    """One of its libraries comes with those that it needs, and with no other."""
    (tmp_path / "Dockerfile").write_text(
        "FROM alpine:3.22\nRUN apk add --no-cache so:libabsl_strings.so.20220623\nRUN ls /usr/lib/x86_64-linux-gnu >/listed\n")
    engine.build(tmp_path / "Dockerfile", "swarmbell-split", True, tmp_path)
    listed = engine.docker("run", "--rm", "--network", "none", "swarmbell-split", "cat", "/listed").split()
    assert sorted(name for name in listed if name.startswith("libabsl_") and name.endswith(".20220623")) == [
        f"libabsl_{name}.so.20220623" for name in ("raw_logging_internal", "strings", "strings_internal", "throw_delegate")]


@pytest.fixture(scope="module")
def pair(lab):
    node = lab.managers[0]
    collector = notifier = None
    try:
        collector = Running(node, "collector", "SWARMBELL_POLL_INTERVAL=1s", group=docker_gid(node),
                            mounts=("--volume", "/var/run/docker.sock:/var/run/docker.sock:ro"))
        notifier = Running(node, "notifier", "SWARMBELL_COLLECTORS=127.0.0.1:50051")
        yield {"collector": collector, "notifier": notifier}
    finally:
        for program in PROGRAMS:
            node.docker("rm", "--force", f"swarmbell-{program}", check=False)


def test_privileges(pair):
    for program, running in pair.items():
        user, group, others, capabilities = identity(running.node, running.name)
        allowed = docker_gid(running.node) if program == "collector" else 65532
        assert (user, group, capabilities) == (65532, allowed, 0)
        assert set(map(int, others)) <= {allowed}
        assert writable_mounts(running.node, running.name) == []


def test_it_rings_in_a_terminal_too(pair, lab):
    lab.managers[0].docker("service", "create", "--detach", "--no-resolve-image", "--name", "seen", "bb:1")
    try:
        wait_until(lambda: "Service seen created" in pair["notifier"].log(), "the card", 30, pair["notifier"].log)
    finally:
        lab.managers[0].docker("service", "rm", "seen")


def test_memory(pair):
    for program, running in pair.items():
        total, own = resident_kib(running.node, running.name)
        print(f"\n{program}: {total / 1024:.1f} MiB resident, {own / 1024:.1f} MiB of them its own")
        assert own < 20 * 1024


def test_start_and_end(pair):
    for program, running in pair.items():
        times = sorted(running.start_seconds() for _ in range(STARTS))
        print(f"\n{program}: ready {times[0] * 1000:.0f} ms after its start at best, {times[STARTS // 2] * 1000:.0f} ms in the middle of {STARTS}")
        assert times[0] < 0.3
        assert inspect(running.node, running.name, "{{.State.Status}}") == "running"
        running.wait_until_ready()
        began = datetime.datetime.utcnow()
        running.node.docker("kill", "--signal", "TERM", running.name)
        wait_until(lambda: inspect(running.node, running.name, "{{.State.Status}}") == "exited", "the end", 10)  # pylint: disable=cell-var-from-loop
        took = (datetime.datetime.utcnow() - began).total_seconds()
        print(f"{program}: ended {took:.1f} s after SIGTERM")
        assert inspect(running.node, running.name, "{{.State.ExitCode}}") == "0" and took < 5
        running.node.docker("start", running.name)
        running.wait_until_ready()


def test_nothing_was_written(pair):
    for running in pair.values():
        assert changed_files(running.node, running.name) == []

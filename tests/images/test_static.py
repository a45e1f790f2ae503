"""The images of Dockerfile.static: one program each, smaller and sooner ready than the others. They compile for half an hour, so
they are built only if SWARMBELL_STATIC_IMAGES is set. It prints sizes, memory and times of both variants."""
import os
import tarfile

import pytest

from build_engine import ROOT
from conftest import PROGRAMS, VERSION
from containers import docker_gid, resident_kib, wait_until
from running import READ_ONLY, Running

pytestmark = pytest.mark.skipif(not os.environ.get("SWARMBELL_STATIC_IMAGES"), reason="SWARMBELL_STATIC_IMAGES is not set")
STARTS = 7
SETTINGS = {"collector": "SWARMBELL_POLL_INTERVAL=1s", "notifier": "SWARMBELL_COLLECTORS=collector:50051"}


@pytest.fixture(scope="module")
def static(engine, lab):
    images = {program: f"swarmbell-{program}:{VERSION}-static" for program in PROGRAMS}
    for program, image in images.items():
        took = engine.build("Dockerfile.static", image, True, ROOT, "--target", program)
        print(f"\n{image}: built in {took:.0f} s")
    engine.copy_to(lab.managers[0], *images.values())
    return images


@pytest.fixture(scope="module", params=["shared", "static"])
def pair(request, lab, images, static):
    """Both programs of one variant. The notifier finds the collector by its name, which the engine's resolver knows."""
    node, used = lab.managers[0], static if request.param == "static" else images
    node.docker("network", "create", "--driver", "overlay", "--attachable", "named")
    running = []
    try:
        for program in PROGRAMS:
            mounts = ("--volume", "/var/run/docker.sock:/var/run/docker.sock:ro") if program == "collector" else ()
            running.append(Running(node, program, SETTINGS[program], group=docker_gid(node) if mounts else 65532, mounts=mounts,
                                   root=(*READ_ONLY, "--network-alias", program), network="named", image=used[program]))
        yield request.param, dict(zip(PROGRAMS, running))
    finally:
        for program in PROGRAMS:
            node.docker("rm", "--force", f"swarmbell-{program}", check=False)
        node.docker("network", "rm", "named")


@pytest.mark.parametrize("program", PROGRAMS)
def test_nothing_else_can_be_run(engine, static, program, tmp_path):
    engine.docker("create", "--name", "listed", static[program])
    try:
        engine.docker("export", "--output", tmp_path / "files.tar", "listed")
    finally:
        engine.docker("rm", "listed")
    with tarfile.open(tmp_path / "files.tar") as files:
        # The engine adds empty files, such as .dockerenv.
        sizes = {member.name: member.size for member in files if member.isfile() and member.size and member.mode & 0o111}
    assert list(sizes) == [f"usr/local/bin/swarmbell-{program}"]
    size, layers = engine.docker("image", "inspect", "--format", "{{.Size}} {{len .RootFS.Layers}}", static[program]).split()
    print(f"\n{program}: {int(size) / 1e6:.1f} MB in {layers} layers, the program {sum(sizes.values()) / 1e6:.1f} MB")


def test_it_rings_and_what_it_takes(pair):
    variant, running = pair
    notifier = running["notifier"]
    wait_until(lambda: "A feed is following" in notifier.log(), "the notifier follows", 30, notifier.log)
    notifier.node.docker("service", "create", "--detach", "--no-resolve-image", "--name", "seen", "bb:1")
    try:
        wait_until(lambda: "Service seen created" in notifier.log(), "the card", 30, notifier.log)
    finally:
        notifier.node.docker("service", "rm", "seen")
    for program, one in running.items():
        total, own = resident_kib(one.node, one.name)
        times = sorted(one.start_seconds() * 1000 for _ in range(STARTS))
        print(f"\n{program}, {variant}: {total / 1024:.1f} MiB resident, {own / 1024:.1f} MiB its own; "
              f"ready after {times[0]:.0f} ms at best, {times[STARTS // 2]:.0f} ms in the middle of {STARTS}")
        one.wait_until_ready()

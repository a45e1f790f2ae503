"""Every stack of compose/ is deployed on a swarm of two managers, and rings there."""
import os
import re
import shutil
import signal
import subprocess

import pytest

from build_engine import ROOT
from containers import (changed_files, docker_gid, identity, inspect, listening_ports, logs, wait_until,
                        writable_mounts)
from lab import DOCKER
from slack_api import TOKEN, SlackApi
from stacks import NAME, Stack, expect_once, following, inside, service, told

DOCUMENTED = {"collector": [("tcp", 9464), ("tcp", 50051)], "notifier": [("tcp", 9465), ("tcp", 50052)]}


def check_confinement(stack, group, user=65532):
    """Checks the promises of a stack about its containers, once they have worked; the collector runs as this user and group."""
    for program, uid, gid in (("collector", user, group), ("notifier", 65532, 65532)):
        for node, container in stack.containers(program):
            assert identity(node, container)[:2] == (uid, gid)
            assert identity(node, container)[3] == 0, "capabilities"
            assert writable_mounts(node, container) == []
            assert listening_ports(node, container) == DOCUMENTED[program]
            assert changed_files(node, container) == []


def documented(name):
    """The commands of docs/install.md below the comment with this name."""
    text = (ROOT / "docs" / "install.md").read_text(encoding="utf-8")
    return re.search(rf"<!-- {name} -->\n```sh\n(.*?)```", text, re.DOTALL).group(1)


def write_commands(folder, engine, lab):
    """`docker` and `ssh` as these commands need them: images are built where packages can be had."""
    build = f"/usr/bin/docker -H unix://{engine.socket}"
    commands = {
        "docker": f"""case $1 in
  build) shift; DOCKER_BUILDKIT=1 {build} build --network host "$@" && {build} save "${{@: -2:1}}" | {DOCKER} load ;;
  *) exec {DOCKER} "$@" ;;
esac""",
        "ssh": f"""node=$1; shift; [[ $* = "docker load" ]] && exec {DOCKER} -H unix://{lab.dir}/$node/docker.sock load""",
    }
    for name, script in commands.items():
        (folder / name).write_text(f"#!/bin/bash\nset -o pipefail\n{script}\n")
        (folder / name).chmod(0o755)


def fresh_clone(folder):
    """The files of a fresh clone: nothing that was built, downloaded or left behind."""
    folder.mkdir()
    listed = subprocess.run(["git", "-c", f"safe.directory={ROOT}", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                            cwd=ROOT, check=True, capture_output=True).stdout
    files = b"\0".join(name for name in listed.split(b"\0") if (ROOT / os.fsdecode(name)).is_file())
    packed = subprocess.run(["tar", "--create", "--null", "--files-from=-"], cwd=ROOT, input=files, check=True, capture_output=True)
    subprocess.run(["tar", "--extract", "--directory", folder], input=packed.stdout, check=True)
    return folder


WEBHOOKS = {"slack": r"https://hooks\.slack\.com/services/\S+?'", "teams": r"https://\S+environment\.api\.powerplatform\.com\S+?'"}


def type_commands(name, stack, engine, sinks, folder):
    """Runs commands of docs/install.md on a manager, in a fresh clone, with these sinks instead of the chats."""
    lab = stack.lab
    write_commands(folder, engine, lab)
    clone = fresh_clone(folder / "swarmbell")
    script = documented(name).replace("manager2", lab.managers[1].name)
    for sink in sinks:
        script, count = re.subn(WEBHOOKS[sink.platform], sink.url + "'", script)
        assert count == 1, sink.platform
        stack.own(f"swarmbell_{sink.platform}_webhook")
    init = str(lab.managers[0].pid("init"))
    done = subprocess.run(
        ["nsenter", "--target", init, "--mount", "--uts", "--pid", "--net", f"--wd={clone}", "bash", "-euo", "pipefail", "-c", script],
        env=os.environ | {"PATH": f"{folder}:{os.environ['PATH']}"}, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, f"{script}\n{done.stdout[-2000:]}{done.stderr[-4000:]}"


def test_the_five_minutes_of_the_readme(engine, lab, sinks, tmp_path):
    with Stack(lab) as stack:
        type_commands("five-minutes", stack, engine, sinks, tmp_path)
        stack.wait_for("collector", 2)
        stack.wait_until_following(2)
        with service(lab, "shop_web"):
            expect_once(sinks, "Service shop_web created", stack.story)
            # Both collectors saw it; one that dies takes nothing along.
            node, container = stack.containers("collector")[0]
            node.docker("kill", container)
            lab.managers[0].docker("service", "update", "--detach", "--no-resolve-image", "--label-add", "mark=after", "shop_web")
            expect_once(sinks, "Service shop_web labels changed", stack.story)
        stack.wait_for("collector", 2)
        stack.wait_until_following(2)
        expect_once(sinks, "Service shop_web removed", stack.story)
        check_confinement(stack, docker_gid(lab.managers[0]))


def test_slack_in_three_commands(engine, lab, sinks, tmp_path):
    slack = sinks[0]
    with Stack(lab) as stack:
        type_commands("three-commands", stack, engine, [slack], tmp_path)
        stack.wait_for("collector", 2)
        stack.wait_until_following(2)
        with service(lab, "shop_web"):
            expect_once([slack], "Service shop_web created", stack.story)
        check_confinement(stack, 0, user=0)


def test_a_slack_bot_instead_of_the_webhook(lab, sinks, tmp_path):
    slack = SlackApi(lab.managers[0].listen())
    where = tmp_path / "where.yml"
    where.write_text(f"version: '3.9'\nservices: {{notifier: {{environment: {{SWARMBELL_SLACK_API_URL: '{slack.url}'}}}}}}\n")
    try:
        with Stack(lab, SWARMBELL_SLACK_CHANNEL="C0123456789", SWARMBELL_CLUSTER_NAME="prod-eu") as stack:
            stack.secret("swarmbell_slack_bot_token", TOKEN + "\n")
            stack.webhooks(sinks[:1])
            stack.deploy("stack.slack.yml", "stack.slack-bot.yml", where)
            stack.wait_for("collector", 2)
            stack.wait_until_following(2)
            with service(lab, "shop_web"):
                slack.wait_for("green", "Service shop_web created", "prod-eu", timeout=30)
                assert {error for _, error in slack.calls} == {"ok"}, str(slack)
                assert sinks[0].cards() == []
            check_confinement(stack, 0, user=0)
    finally:
        slack.close()


def test_one_command_with_docker_alone(lab, tmp_path):
    """compose/run.sh installs and builds nothing on a manager that has the images."""
    manager, clone, log = lab.managers[0], fresh_clone(tmp_path / "swarmbell"), tmp_path / "run.log"
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SWARMBELL_", "DOCKER_"))}
    command = ["nsenter", "--target", str(manager.pid("init")), "--mount", "--uts", "--pid", "--net", f"--wd={clone}", "compose/run.sh"]
    typo = subprocess.run(command, env=kept | {"SWARMBELL_POLL_INTERVALL": "1s"}, capture_output=True, text=True, timeout=60, check=False)
    assert typo.returncode != 0 and "unknown variable SWARMBELL_POLL_INTERVALL" in typo.stderr, typo.stdout + typo.stderr
    token = tmp_path / "token"
    token.write_text("a-token\n")
    with open(log, "wb") as out:
        process = subprocess.Popen(command, env=kept | {"SWARMBELL_CLUSTER_NAME": "one-command", "SWARMBELL_AUTH_TOKEN_FILE": str(token)},
                                   stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, start_new_session=True)
    shown = lambda: log.read_text(errors="replace")  # noqa: E731
    try:
        wait_until(lambda: "watching; Ctrl-C ends it" in shown(), "it watches", 60, shown)
        with service(lab, "shop_web"):
            wait_until(lambda: "Service shop_web created" in shown() and "one-command" in shown(), "a card", 30, shown)
    finally:
        os.killpg(process.pid, signal.SIGTERM)  # nsenter passes no signal on
        process.wait(30)
    assert not (clone / "build").exists()
    running = lambda: manager.docker("ps", "--all", "--format", "{{.Image}}")  # noqa: E731
    wait_until(lambda: "swarmbell-" not in running(), "its containers are gone", 15, running)


def test_socket_proxy(engine, lab, sinks):
    make_stand_in(engine, lab, "haproxy:3.2-alpine", "haproxy")
    with Stack(lab) as stack:
        stack.webhooks(sinks)
        stack.deploy("stack.socket-proxy.yml")
        stack.wait_for("socket-proxy")
        stack.wait_for("collector")
        stack.wait_until_following(1)
        with service(lab, "shop_web"):
            expect_once(sinks, "Service shop_web created", stack.story)
        check_confinement(stack, 65532)
        node, container = stack.containers("collector")[0]
        ask = lambda *options: inside(node, container, "curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "--max-time", "5", *options)  # noqa: E731
        proxy = f"http://{proxy_address(stack)}:2375"
        for read in ("services", "nodes", "networks", "secrets", "configs", "swarm"):
            assert ask(f"{proxy}/v1.41/{read}") == "200", read
        assert ask(f"{proxy}/v1.41/tasks/nosuchtask/logs?stdout=1") == "404"
        for refused in (["-X", "POST", f"{proxy}/v1.41/services"], ["-X", "DELETE", f"{proxy}/v1.41/services"],
                        ["-X", "HEAD", "-I", f"{proxy}/v1.41/services"], [f"{proxy}/v1.41/volumes"], [f"{proxy}/v1.41/images/json"],
                        [f"{proxy}/v1.41/secrets/nosuchsecret"], [f"{proxy}/v1.41/swarm/unlockkey"],
                        [f"{proxy}/v1.41/containers/{container}/archive?path=/etc"], [f"{proxy}/v1.41/containers/{container}/json"],
                        ["--path-as-is", f"{proxy}/v1.41/services/../volumes"], ["-d", "{}", "-X", "GET", f"{proxy}/v1.41/info"],
                        ["-H", "Upgrade: h2c", "-H", "Connection: Upgrade", f"{proxy}/v1.41/info"]):
            assert ask(*refused) == "403", refused


def proxy_address(stack):
    """The address of its one task, since names are resolved only inside of containers."""
    node, container = stack.containers("socket-proxy")[0]
    return inspect(node, container, f'{{{{(index .NetworkSettings.Networks "{NAME}_engine").IPAddress}}}}')


def make_stand_in(engine, lab, image, package):
    """An image of another project under its own name, made of Debian's package."""
    folder = ROOT / "build" / "images" / package
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "Dockerfile").write_text(f"FROM alpine:3.22\nRUN apk add --no-cache {package}\n")
    engine.build(folder / "Dockerfile", image, True, folder)
    for node in lab.nodes:
        engine.copy_to(node, image)


def test_redis(engine, lab, sinks):
    make_stand_in(engine, lab, "redis:8-alpine", "redis")
    with Stack(lab) as stack:
        stack.webhooks(sinks)
        stack.secret("swarmbell_redis_conf", "requirepass e2e-redis-secret\n")
        stack.secret("swarmbell_redis_url", "redis://:e2e-redis-secret@redis:6379/0\n")
        stack.deploy("stack.yml", "stack.redis.yml")
        stack.wait_for("redis")
        stack.wait_for("collector", 2)
        stack.wait_until_following(2)
        with service(lab, "shop_web"):
            expect_once(sinks, "Service shop_web created", stack.story)
            keys = redis_cli(stack, "--scan").split()
            assert keys and all(key.startswith("swarmbell:") for key in keys), keys
            # A change while no collector runs is reported when they are back, and no gap is.
            for node, container in stack.containers("collector"):
                node.docker("kill", container)
            lab.managers[0].docker("service", "update", "--detach", "--no-resolve-image", "--label-add", "mark=meanwhile", "shop_web")
            stack.wait_for("collector", 2)
            expect_once(sinks, "Service shop_web labels changed", stack.story, timeout=60)
            assert told(sinks, "missed") == [[], []]
        node, container = stack.containers("redis")[0]
        assert identity(node, container)[0] == 65532 and writable_mounts(node, container) == []
        for program in ("collector", "notifier"):
            for node, container in stack.containers(program):
                assert "e2e-redis-secret" not in logs(node, container)


def redis_cli(stack, *command):
    node, container = stack.containers("redis")[0]
    return node.docker("exec", "--env", "REDISCLI_AUTH=e2e-redis-secret", container, "redis-cli", *command)


@pytest.fixture
def outside(engine, lab, images):
    """An engine that is in no swarm."""
    node = lab.add_worker(join=False)
    engine.copy_to(node, images["notifier"])
    yield node
    lab.workers.remove(node)
    node.kill9()


def test_notifier_outside_of_the_swarm(lab, outside, sinks, tmp_path):
    compose = shutil.which("docker-compose")
    assert compose, "docker-compose is missing: apt-get install docker-compose"
    secrets = tmp_path / "certificates"
    subprocess.run([ROOT / "compose" / "certificates.sh", secrets, *[node.address for node in lab.managers]], check=True)
    for sink in sinks:
        file = secrets / f"{sink.platform}_webhook"
        file.write_text(sink.url + "\n")
        os.chown(file, 65532, 65532)
    secrets.chmod(0o711)
    run = lambda *args: subprocess.run(  # noqa: E731
        [compose, "--file", ROOT / "compose" / "notifier.compose.yml", "--project-name", NAME, *args], check=True, timeout=90,
        capture_output=True, text=True, env=os.environ | {
            "DOCKER_HOST": f"unix://{outside.socket}", "SWARMBELL_SECRETS": str(secrets), "SWARMBELL_LOG_LEVEL": "debug",
            "SWARMBELL_COLLECTORS": ",".join(f"{node.address}:50051" for node in lab.managers)})
    with Stack(lab) as stack:
        for file in ("server.crt", "server.key", "ca.crt", "token"):
            stack.secret(f"swarmbell_{file.replace('.', '_')}", (secrets / file).read_text())
        stack.deploy("stack.collector.yml")
        stack.wait_for("collector", 2)
        try:
            run("up", "--detach")
            container = outside.docker("ps", "--quiet")
            story = lambda: stack.story() + logs(outside, container)  # noqa: E731
            wait_until(lambda: following(outside, container) == 2, "the notifier follows both", 60, story)
            with service(lab, "shop_web"):
                expect_once(sinks, "Service shop_web created", story)
            user, group, _, capabilities = identity(outside, container)
            assert (user, group, capabilities) == (65532, 65532, 0)
            assert writable_mounts(outside, container) == [] and changed_files(outside, container) == []
            assert listening_ports(outside, container) == DOCUMENTED["notifier"]
            for node, collector in stack.containers("collector"):
                assert listening_ports(node, collector) == DOCUMENTED["collector"]
        finally:
            run("down")

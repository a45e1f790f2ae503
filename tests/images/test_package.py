"""The Debian package: made by CPack, installed on a Debian 12 that has nothing else, run there, and gone again."""
import pathlib
import socket
import tarfile
import time

import pytest

from build_engine import CACHE, ROOT
from conftest import VERSION
from containers import docker_gid, wait_until
from lab import in_network
from sinks import WebhookSink

UNITS = ["swarmbell-collector.service", "swarmbell-notifier.service"]
ARCHIVE = f"swarmbell-{VERSION}-linux-amd64.tar.gz"
EXPOSURE_LIMIT = 20  # of 100, as systemd-analyze counts what a service could do


@pytest.fixture(scope="module")
def package(engine):
    """Made from what the images' build stage has compiled: that is Debian 12 here."""
    engine.build("Dockerfile.collector", "swarmbell-build", True, ROOT, "--target", "build")
    folder = CACHE / "package"
    folder.mkdir(exist_ok=True)
    engine.docker("rm", "--force", "packing", check=False)
    try:
        engine.docker("run", "--name", "packing", "--network", "host", "swarmbell-build", "sh", "-ec", """
            apt-get -qq update; apt-get -qq install --no-install-recommends dpkg-dev file >/dev/null
            SOURCE_DATE_EPOCH=1700000000 packaging/pack.sh build/image /package""", timeout=300)
        name = f"swarmbell_{VERSION}_amd64.deb"
        for packed in (name, ARCHIVE):
            engine.docker("cp", f"packing:/package/{packed}", folder / packed)
    finally:
        engine.docker("rm", "--force", "packing", check=False)
    return folder / name


class Machine:
    """A Debian 12 that has nothing but its package manager."""

    def __init__(self, engine, name, package, *options, network="host", image="debian:12", command=("sleep", "infinity")):
        self.engine, self.name = engine, name
        engine.docker("rm", "--force", name, check=False)
        engine.docker("run", "--detach", "--name", name, "--network", network, *options, image, *command)
        engine.docker("cp", package, f"{name}:/tmp/")
        self.package = f"/tmp/{pathlib.Path(package).name}"

    def run(self, script, check=True, user="root"):
        return self.engine.docker("exec", "--user", user, self.name, "sh", "-ec", script, timeout=300, check=check)

    def log(self):
        return self.engine.docker("logs", self.name, check=False)[-3000:]

    def listen(self):
        """A socket that listens on the machine's own loopback."""
        return in_network(self.engine.network_of(self.name), lambda: socket.create_server(("127.0.0.1", 0), backlog=64))

    def close(self):
        self.engine.docker("rm", "--force", self.name, check=False)


@pytest.fixture(scope="module")
def machine(engine, package):
    clean = Machine(engine, "clean", package)
    clean.run(f"apt-get -qq update; apt-get -qq install --no-install-recommends {clean.package} >/dev/null")
    yield clean
    clean.close()


def test_it_brings_all_that_it_needs(machine):
    for program in ("collector", "notifier"):
        assert f"swarmbell-{program} {VERSION}" in machine.run(f"swarmbell-{program} --version")
        assert "good" in machine.run(f"swarmbell-{program} --config /etc/swarmbell/{program}.yml --check-config")
    assert machine.run("stat -c '%U %a' /etc/swarmbell/secrets") == "root 700"
    owned = machine.run("dpkg -L swarmbell").splitlines()
    manual = [f"/usr/share/{folder}swarmbell-{program}{suffix}" for program in ("collector", "notifier") for folder, suffix in (
        ("man/man1/", ".1"), ("bash-completion/completions/", ""), ("zsh/vendor-completions/_", ""), ("fish/vendor_completions.d/", ".fish"))]
    for path in ["/usr/bin/swarmbell-collector", "/usr/bin/swarmbell-notifier"] + [f"/usr/lib/systemd/system/{u}" for u in UNITS] + manual:
        assert path in owned, owned
    assert not [path for path in owned if path.startswith("/usr/local")]
    assert set(machine.run("dpkg-query -W -f '${Conffiles}' swarmbell").split()) >= {f"/etc/swarmbell/{p}.yml" for p in ("collector", "notifier")}


def test_the_archive_has_what_goes_below_a_prefix(package):
    with tarfile.open(package.with_name(ARCHIVE)) as archive:
        files = {member.name: member for member in archive.getmembers()}
    top = ARCHIVE.removesuffix(".tar.gz")
    for name in ("bin/swarmbell-collector", "bin/swarmbell-notifier", "share/man/man1/swarmbell-notifier.1", "share/doc/swarmbell/copyright"):
        assert files[f"{top}/{name}"].isfile()
    assert {(member.uid, member.mtime) for member in files.values()} == {(0, 1700000000)}
    assert not [name for name in files if not name.startswith((f"{top}/bin", f"{top}/share"))]


def test_it_runs_there(machine):
    machine.run("""for program in collector notifier; do
          nohup swarmbell-$program --config /etc/swarmbell/$program.yml >/tmp/$program.log 2>&1 &
        done""", user="65532:65532")
    machine.run("""for program in collector notifier; do
          for i in $(seq 100); do swarmbell-$program --config /etc/swarmbell/$program.yml --healthcheck && break; sleep 0.1; done
          swarmbell-$program --config /etc/swarmbell/$program.yml --healthcheck || { cat /tmp/$program.log; exit 1; }
        done
        for process in /proc/[0-9]*; do case $(readlink $process/exe) in /usr/bin/swarmbell-*) kill -TERM ${process#/proc/} ;; esac; done""")


@pytest.fixture(scope="module")
def systemd_machine(machine):
    """The machine, with systemd installed; it does not run."""
    machine.run("apt-get -qq install --no-install-recommends systemd >/dev/null")
    return machine


def test_units_are_valid_and_confined(systemd_machine):
    machine = systemd_machine
    verified = machine.run(f"systemd-analyze verify {' '.join(UNITS)} 2>&1 || true")
    assert "swarmbell" not in verified, verified
    for unit in UNITS:
        print(machine.run(f"systemd-analyze security --offline=yes --threshold={EXPOSURE_LIMIT} --no-pager {unit} | tail -n 1"))
        machine.run(f"systemd-analyze security --offline=yes --threshold={EXPOSURE_LIMIT} --no-pager {unit} >/dev/null")


@pytest.fixture
def booted(engine, systemd_machine, package, lab):
    """The machine with systemd as its first process, a network of its own, and the engine of a manager."""
    manager = lab.managers[0]
    engine.docker("commit", systemd_machine.name, "booting")
    # CAP_SYS_PTRACE: systemd looks at /proc/PID of its own child, which ProtectProc= hides from a root without it. Shared
    # mounts: what it mounts for the credentials of a service must reach that service; a machine's init sees to that itself.
    host = Machine(engine, "booted", package, "--cap-add", "SYS_ADMIN", "--cap-add", "SYS_PTRACE",
                   "--security-opt", "seccomp=unconfined", "--security-opt", "apparmor=unconfined", "--env", "container=docker",
                   "--tmpfs", "/run", "--volume", "/sys/fs/cgroup:/sys/fs/cgroup", "--volume", f"{manager.socket}:/run/docker.sock",
                   network="none", image="booting", command=("sh", "-c", "mount --make-rshared / && exec /lib/systemd/systemd"))
    try:
        wait_until(lambda: host.run("systemctl is-system-running", check=False) in ("running", "degraded"), "systemd is up", 30, host.log)
        host.run(f"getent group docker >/dev/null || groupadd --non-unique --gid {docker_gid(manager)} docker")
        yield host
    finally:
        host.close()
        engine.docker("image", "rm", "booting", check=False)


def test_units_run_and_ring(booted, lab):
    """As docs/install.md says: a secret that only root can read, `systemctl enable --now`, and it rings; nothing may be written."""
    sink = WebhookSink("slack", booted.listen())
    try:
        booted.run(f"""umask 077; echo {sink.url} >/etc/swarmbell/secrets/slack
            sed -i 's/^# slack:/slack:/; s/^#   webhook_url_file: \\(.*_slack\\)/  webhook_url_file: \\1/' /etc/swarmbell/notifier.yml
            systemctl enable --now {' '.join(UNITS)}""")
        journal = lambda: booted.run("journalctl --no-pager --output cat", check=False)  # noqa: E731
        wait_until(lambda: "A feed is following" in journal(), "the notifier follows", 20, journal)
        wait_until(lambda: "Agreed with the Docker Engine" in journal(), "the collector reads", 20, journal)
        time.sleep(1)  # the first reading is the state that changes are measured from
        lab.managers[0].docker("service", "create", "--detach", "--no-resolve-image", "--name", "by_systemd", "bb:1")
        try:
            assert sink.wait_for(lambda card: card.shows("Service by_systemd created"), 0, 30), journal()
        finally:
            lab.managers[0].docker("service", "rm", "by_systemd")
        booted.run("echo 'colors: [red]' >>/etc/swarmbell/notifier.yml; systemctl reload swarmbell-notifier || { journalctl --no-pager -n 20 -u swarmbell-notifier; exit 1; }")
        wait_until(lambda: "The configuration was read again. changed=colors" in journal(), "the reload", 10, journal)
        for unit in UNITS:
            status = dict(line.split(":", 1) for line in booted.run(
                f"cat /proc/$(systemctl show --property MainPID --value {unit})/status").splitlines())
            assert 61184 <= int(status["Uid"].split()[0]) <= 65519, "a user made up for this run"
            assert int(status["CapEff"], 16) == 0 and int(status["CapBnd"], 16) == 0
            mounts = booted.run(f"cat /proc/$(systemctl show --property MainPID --value {unit})/mounts").splitlines()
            written = [m for m in mounts if "rw" in m.split()[3].split(",") and m.split()[2] not in ("proc", "mqueue", "devpts")]
            # /run stays as the container's engine has mounted it: inside of a container systemd lets that be.
            assert not [m for m in written if not m.split()[1].startswith(("/dev", "/proc", "/sys", "/run"))], written
            booted.run(f"systemctl kill --signal KILL {unit}")
        wait_until(lambda: [booted.run(f"systemctl show --property NRestarts --value {unit}") for unit in UNITS] == ["1", "1"],
                   "both are started again", 15, journal)
        for unit in UNITS:
            booted.run(f"systemctl stop {unit}; systemctl show --property Result --value {unit} | grep -x success")
        assert sink.url.rsplit("/", 1)[1] not in journal()
    finally:
        sink.close()


def test_it_goes_without_a_trace(machine):
    machine.run("echo https://example.com >/etc/swarmbell/secrets/slack; apt-get -qq purge swarmbell >/dev/null")
    assert machine.run("find / -xdev -name '*swarmbell*' -not -path '/tmp/*' -not -path '/proc/*' -not -path '/var/lib/dpkg/*'") == ""

"""A Docker engine that builds images: in the machine's own network, without touching its rules or its own engine."""
import fcntl
import os
import pathlib
import signal
import subprocess
import time

from ccache_store import PORT, CcacheStore
from lab import DOCKER, LabError, _run

ROOT = pathlib.Path(__file__).resolve().parents[2]
STAND_IN = pathlib.Path(__file__).with_name("stand_in")
# Both are kept from run to run; a fresh clone starts without.
CACHE = ROOT / "build" / "images"
BASE_MAX_AGE_SECONDS = 7 * 86400

START = """
mount --make-rprivate / && mount -t tmpfs none /run && mkdir /run/docker
printf '{}' >"$0/daemon.json"
exec dockerd --config-file "$0/daemon.json" --data-root "$0/data" --exec-root "$0/exec" --pidfile "$0/dockerd.pid" \
  --host "unix://$0/docker.sock" --bridge none --iptables=false --ip6tables=false --cgroup-parent /swarmbell-images \
  --exec-opt native.cgroupdriver=cgroupfs --shutdown-timeout 2
"""


class BuildEngine:
    def __init__(self):
        self.dir = CACHE / "engine"
        self.dir.mkdir(parents=True, exist_ok=True)
        self.socket = self.dir / "docker.sock"
        self.store = CcacheStore(CACHE / "ccache")
        self._holder = self._lock = None

    def __enter__(self):
        # One at a time: another run, whose engine has the same folder, is waited for.
        self._lock = open(self.dir / "lock", "w", encoding="utf-8")  # pylint: disable=consider-using-with
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        for stale in ("docker.sock", "dockerd.pid"):
            (self.dir / stale).unlink(missing_ok=True)
        with open(self.dir / "engine.log", "wb") as log:
            # Killing the holder ends everything inside: the engine is the init of a PID namespace.
            self._holder = subprocess.Popen(
                ["unshare", "--mount", "--pid", "--fork", "--kill-child=KILL", "--mount-proc", "bash", "-c", START, self.dir],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        deadline = time.monotonic() + 30
        while _run([DOCKER, "-H", f"unix://{self.socket}", "version"], check=False).returncode != 0:
            if self._holder.poll() is not None or time.monotonic() > deadline:
                self.close()
                raise LabError(f"the engine that builds did not start:\n{self.log()}")
            time.sleep(0.1)
        self._import_base()
        return self

    def __exit__(self, *unused):
        self.close()

    def _inits(self):
        """The first process of the engine's PID namespace, as this machine knows it; none when it has ended."""
        return pathlib.Path(f"/proc/{self._holder.pid}/task/{self._holder.pid}/children").read_text().split()

    def network_of(self, container):
        """The file of a container's network namespace."""
        pid = self.docker("inspect", "--format", "{{.State.Pid}}", container)  # in the engine's PID namespace
        return f"/proc/{self._inits()[0]}/root/proc/{pid}/ns/net"

    def close(self):
        self.store.close()
        if self._holder and self._holder.poll() is None:
            for init in self._inits():
                os.kill(int(init), signal.SIGTERM)
            try:
                self._holder.wait(15)
            except subprocess.TimeoutExpired:
                self._holder.kill()
                self._holder.wait(5)
        if self._lock:
            self._lock.close()

    def log(self):
        return "\n".join((self.dir / "engine.log").read_text(errors="replace").splitlines()[-15:])

    def docker(self, *args, timeout=120, check=True, env=None):
        try:
            done = subprocess.run([DOCKER, "-H", f"unix://{self.socket}", *map(str, args)], stdin=subprocess.DEVNULL,
                                  capture_output=True, text=True, timeout=timeout, env=os.environ | (env or {}))
        except subprocess.TimeoutExpired:
            raise LabError(f"`docker {args[0]}` did not end within {timeout} s") from None
        if check and done.returncode != 0:
            raise LabError(f"`docker {' '.join(map(str, args))}` failed:\n{(done.stdout + done.stderr)[-6000:]}")
        return done.stdout.strip()

    def build(self, dockerfile, tag, buildkit, context=ROOT, *options):
        """Builds and returns the seconds that it took."""
        began = time.monotonic()
        self.docker("build", "--network", "host", "--file", dockerfile, "--tag", tag, *options, context, timeout=1800,
                    env={"DOCKER_BUILDKIT": "1" if buildkit else "0", "BUILDKIT_PROGRESS": "plain"})
        return time.monotonic() - began

    def _import_base(self):
        tar = CACHE / "base.tar"
        script_time = max(file.stat().st_mtime for file in STAND_IN.iterdir())
        fresh = (tar.exists() and tar.stat().st_mtime > script_time
                 and time.time() - tar.stat().st_mtime < BASE_MAX_AGE_SECONDS)
        if fresh and self.docker("image", "inspect", "alpine:3.22", "--format", "{{.Id}}", check=False):
            return
        if not fresh:
            _run([STAND_IN / "make.sh", tar, f"http://127.0.0.1:{PORT}"], timeout=600)
        for tag in ("alpine:3.22", "debian:12"):
            self.docker("import", tar, tag)

    def copy_to(self, node, *images):
        """Gives a lab's node images, as `docker save | docker load` does."""
        save = subprocess.Popen([DOCKER, "-H", f"unix://{self.socket}", "save", *images], stdout=subprocess.PIPE)
        load = subprocess.run([DOCKER, "-H", f"unix://{node.socket}", "load", "--quiet"], stdin=save.stdout,
                              capture_output=True, text=True, timeout=180, check=False)
        save.stdout.close()
        if save.wait(10) != 0 or load.returncode != 0:
            raise LabError(f"{images} could not be copied to {node.name}: {load.stderr}")

"""Questions to running containers, from outside: their images need no shell and no tools."""
import os
import pathlib
import subprocess
import time

from lab import DOCKER

OPEN_TO_ITSELF = "0B00007F"  # 127.0.0.11: the engine's own resolver, in every container on an overlay network


def docker_gid(node):
    return os.stat(node.socket).st_gid


def wait_until(holds, what, timeout=60, explain=lambda: ""):
    deadline = time.monotonic() + timeout
    while True:
        found = holds()
        if found:
            return found
        assert time.monotonic() < deadline, f"{what}: not within {timeout} s\n{explain()}"
        time.sleep(0.1)


def inspect(node, container, template):
    return node.docker("inspect", "--format", template, container)


def logs(node, container, *options):
    """The text that a container wrote to both of its outputs."""
    done = subprocess.run([DOCKER, "-H", f"unix://{node.socket}", "logs", *options, container], check=False, text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=30)
    return done.stdout


def _proc(node, container, file):
    """A file below /proc of a container's first process; PIDs are those of the node's own namespace."""
    pid = inspect(node, container, "{{.State.Pid}}")
    return subprocess.run(["nsenter", "--target", str(node.pid("init")), "--mount", "--pid", "cat", f"/proc/{pid}/{file}"],
                          check=True, capture_output=True, text=True).stdout


def resident_kib(node, container):
    """Resident memory of the first process: (all, without what is read from files and shared)."""
    status = dict(line.split(":", 1) for line in _proc(node, container, "status").splitlines() if ":" in line)
    return int(status["VmRSS"].split()[0]), int(status["RssAnon"].split()[0])


def identity(node, container):
    """(user, group, other groups, effective capabilities) of the first process."""
    status = dict(line.split(":", 1) for line in _proc(node, container, "status").splitlines() if ":" in line)
    return int(status["Uid"].split()[0]), int(status["Gid"].split()[0]), status["Groups"].split(), int(status["CapEff"], 16)


def listening_ports(node, container):
    """TCP ports of the container's network that listen, and UDP sockets, but for the engine's resolver."""
    ports = set()
    for table in ("tcp", "tcp6", "udp", "udp6"):
        for line in _proc(node, container, f"net/{table}").splitlines()[1:]:
            address, port = line.split()[1].split(":")
            listens = line.split()[3] == "0A" if table.startswith("tcp") else line.split()[2].endswith(":0000")
            if listens and address != OPEN_TO_ITSELF:
                ports.add((table[:3], int(port, 16)))
    return sorted(ports)


def writable_mounts(node, container):
    """Mount points with a file system that can be written, other than the kernel's own that every container has."""
    points = []
    for line in _proc(node, container, "mounts").splitlines():
        _, point, kind, options = line.split()[:4]
        if "rw" in options.split(",") and kind not in ("proc", "devpts", "mqueue") and not point.startswith(("/dev", "/proc", "/sys")):
            points.append(point)
    return points


def changed_files(node, container):
    """The lines of `docker diff`, without the places where the engine itself puts mounts."""
    mounts = inspect(node, container, "{{range .Mounts}}{{.Destination}} {{end}}").split() + ["/run/secrets", "/etc/swarmbell"]
    mounts += [f"/run/{pathlib.PurePath(m).name}" for m in mounts if m.startswith("/var/run/")]
    lines = node.docker("diff", container).splitlines()
    of_mount = lambda path: any(m == path or m.startswith(path + "/") or path.startswith(m + "/") for m in mounts)  # noqa: E731
    return [line for line in lines if not of_mount(line.split(" ", 1)[1])]

"""The two programs do nothing to the engine and to their machine but what is documented."""
import os
import pathlib
import re

from engine_proxy import EngineProxy

# All that a collector ever asks an engine for (docs/security.md).
ASKED = {"/version", "/info", "/services", "/nodes", "/tasks", "/networks", "/secrets", "/configs", "/swarm",
         "/containers/json", "/events"}


def paths(proxy):
    return {re.sub(r"^/v[0-9.]+", "", target.split("?")[0]) for _, target in proxy.requests}


def test_the_engine_is_only_ever_read(start_rig, service, manager, tmp_path):
    proxy = EngineProxy(tmp_path / "engine.sock", manager.socket)
    try:
        rig = start_rig(manager, collector={"SWARMBELL_DOCKER_HOST": proxy.host})
        name = service("--env", "A=1", command=["sleep", "1000"])
        rig.expect("green", f"Service {name} created")
        manager.docker("service", "scale", "--detach", f"{name}=2")
        rig.expect("blue", f"Service {name} scaled")
        rig.mark()
        proxy.cut()  # events and polls begin anew
        manager.docker("service", "update", "--detach", "--no-resolve-image", "--env-add", "A=2", name)
        rig.expect("yellow", f"Service {name} updated")
        container = manager.docker("run", "--detach", "--network", "none", "bb:1", "sh", "-c", "exit 3")
        manager.docker("wait", container)
        node = manager.docker("node", "ls", "--filter", "role=worker", "--format", "{{.ID}}")
        manager.docker("node", "update", "--availability", "drain", node)
        rig.expect("black", "drained")
        manager.docker("node", "update", "--availability", "active", node)
        manager.docker("rm", "--force", container)
        rig.notifier.terminate()
        rig.collector.terminate()
    finally:
        proxy.close()
    assert len(proxy.requests) > 20, "the collector did not read through the proxy"
    assert {method for method, _ in proxy.requests} <= {"GET", "HEAD"}, proxy.requests
    assert not proxy.garbage, proxy.garbage
    assert paths(proxy) <= ASKED, paths(proxy) - ASKED
    assert {"/events", "/services", "/nodes", "/tasks", "/containers/json"} <= paths(proxy)


def listening(pid):
    """(protocol, address, port) of every TCP and UDP socket of a process that waits for others."""
    own = set()
    for fd in pathlib.Path(f"/proc/{pid}/fd").iterdir():
        try:
            own.add(os.readlink(fd))
        except FileNotFoundError:
            pass
    found = set()
    for family, waits in (("tcp", "0A"), ("tcp6", "0A"), ("udp", "07"), ("udp6", "07")):
        for line in pathlib.Path(f"/proc/{pid}/net/{family}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == waits and f"socket:[{fields[9]}]" in own:
                address, port = fields[1].split(":")
                # 127.0.0.1, also as IPv6 writes it
                local = address in ("0100007F", "0000000000000000FFFF00000100007F")
                found.add((family[:3], "loopback" if local else address, int(port, 16)))
    return found


def test_only_the_documented_ports_listen(start_rig, manager):
    rig = start_rig(manager)
    for program in (rig.collector, rig.notifier):
        expected = {("tcp", "loopback", program.port), ("tcp", "loopback", program.metrics_port)}
        assert listening(program.process.pid) == expected
        with open("/proc/net/unix", encoding="ascii") as table:
            inodes = {line.split()[6] for line in table if "00010000" in line.split()[3:4]}
        own = {os.readlink(fd) for fd in pathlib.Path(f"/proc/{program.process.pid}/fd").iterdir()}
        assert not {f"socket:[{inode}]" for inode in inodes} & own, "it listens on a unix socket"

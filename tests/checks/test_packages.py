"""compose/run.sh says what it would do and does nothing then; the packages are those of the system."""
import os
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("system, version, docker", [
    ("debian", "12", ["docker.io"]), ("debian", "13", ["docker.io", "docker-cli"]), ("debian", None, ["docker.io", "docker-cli"]),
    ("ubuntu", "24.04", ["docker.io"]), ("fedora", "43", ["docker.io"]),
])
def test_engine_packages(tmp_path, system, version, docker):
    release = tmp_path / "os-release"
    release.write_text(f"ID={system}\n" + (f'VERSION_ID="{version}"\n' if version else ""), encoding="utf-8")
    shown = subprocess.run(["bash", "-euc", '. compose/packages.sh; printf "%s\\n" "${engine_packages[@]}"'], cwd=ROOT, check=True,
                           env=os.environ | {"OS_RELEASE": str(release)}, capture_output=True, text=True).stdout.split()
    assert [name for name in shown if name.startswith("docker")] == docker


def test_plan(tmp_path):
    tools = {"dpkg-query": "exit 1", "apt-get": f"touch {tmp_path}/called", "cmake": f"touch {tmp_path}/called"}
    for name, script in tools.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        (tmp_path / name).chmod(0o755)
    shown = subprocess.run([ROOT / "compose" / "run.sh", "--plan"], check=True, capture_output=True, text=True, timeout=60,
                           stdin=subprocess.DEVNULL, env=os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}"}).stdout
    installed = next(line for line in shown.splitlines() if "by apt-get" in line)
    assert " libgrpc++-dev " in installed and " ninja-build " in installed
    assert "build both programs" in shown and not (tmp_path / "called").exists()


def test_as_root_the_private_engine_stays_decided(tmp_path):
    """Root may reach an engine that is a manager, and that the user before sudo did not reach."""
    (tmp_path / "compose").mkdir()
    scripts = {"compose/run.sh": (ROOT / "compose" / "run.sh").read_text(encoding="utf-8"),
               "compose/packages.sh": "find_root() { as_root=; }\ninstall_packages() { :; }\nbuild_packages=(a) engine_packages=(b)\n",
               "compose/engine.sh": f'#!/bin/sh\necho "$1" >>{tmp_path}/engine\nexit 1\n', "docker": "#!/bin/sh\necho true\n",
               "build/release/collector/swarmbell-collector": "#!/bin/sh\necho SWARMBELL_LISTEN\n",
               "build/release/notifier/swarmbell-notifier": "#!/bin/sh\necho SWARMBELL_LISTEN\n",
               "id": "#!/bin/sh\necho 0\n"}
    for name, script in scripts.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(script, encoding="utf-8")
        (tmp_path / name).chmod(0o755)
    done = subprocess.run([tmp_path / "compose" / "run.sh", "--built", "--once"], check=False, capture_output=True, text=True, timeout=60,
                          stdin=subprocess.DEVNULL, env=os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}"})
    assert "starting a private engine" in done.stdout and "watching the swarm of the local engine" not in done.stdout, done
    assert (tmp_path / "engine").read_text(encoding="utf-8").split() == ["check"]

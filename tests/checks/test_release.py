"""The scripts of a release do what the workflow expects of them, and the workflows are what GitHub can run."""
import os
import pathlib
import re
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
DIGESTS = {"collector": "sha256:" + "c" * 64, "notifier": "sha256:" + "d" * 64, "index": "sha256:" + "e" * 64}


def run(*command, cwd=ROOT, **variables):
    done = subprocess.run([*map(str, command)], cwd=cwd, env={"PATH": os.environ["PATH"]} | variables, capture_output=True, text=True,
                          timeout=60, check=False)
    return done.returncode, done.stdout, done.stderr


@pytest.fixture
def copy(tmp_path):
    """A copy of the files that name the version."""
    for name in ("CMakeLists.txt", "CHANGELOG.md", "Dockerfile.collector", "Dockerfile.notifier", "Dockerfile.static", "docs/install.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    for folder in ("compose", "packaging"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    return tmp_path


def change(file, old, new):
    text = file.read_text(encoding="utf-8")
    assert re.search(old, text)
    file.write_text(re.sub(old, new, text, count=1), encoding="utf-8")


def test_all_places_name_one_version(copy):
    code, version, errors = run(copy / "packaging/version.sh")
    assert code == 0, errors
    assert re.fullmatch(r"\d+\.\d+\.\d+\n", version)
    assert run(copy / "packaging/version.sh", "v" + version.strip())[0] == 0
    code, _, errors = run(copy / "packaging/version.sh", "v9.9.9")
    assert code == 1 and "v9.9.9" in errors


@pytest.mark.parametrize("name, old, new", [
    ("CMakeLists.txt", r"VERSION [\d.]+ LANG", "VERSION 7.7.7 LANG"),
    ("Dockerfile.notifier", r'version="[\d.]+"', 'version="7.7.7"'),
    ("Dockerfile.static", r'version="[\d.]+"', 'version="7.7.7"'),
    ("compose/stack.redis.yml", "redis:8-alpine", "x:${SWARMBELL_VERSION:-7.7.7}"),
    ("compose/stack.yml", r"SWARMBELL_VERSION:-[\d.]+", "SWARMBELL_VERSION:-7.7.7"),
    ("docs/install.md", r"swarmbell_\d+\.\d+\.\d+_", "swarmbell_7.7.7_"),
    ("CHANGELOG.md", r"## \[\d+\.\d+\.\d+\]", "## [7.7.7]"),
])
def test_a_place_that_names_another_version(copy, name, old, new):
    change(copy / name, old, new)
    code, _, errors = run(copy / "packaging/version.sh")
    assert code == 1
    assert "7.7.7" in errors or name in errors


def test_release_notes(copy):
    (copy / "CHANGELOG.md").write_text(
        "# Changelog\n\n## [Unreleased]\n\n## [1.10.0] - 2026-01-02\n\nTen.\n\n### Added\n\n- [Docs](docs/a.md#b), [site](https://x.y)\n\n"
        "## [1.1.0] - 2026-01-01\n\nOne.\n", encoding="utf-8")
    notes = copy / "packaging/release-notes.sh"
    assert run(notes, "1.1.0") == (0, "One.\n", "")
    assert run(notes, "1.10.0")[1] == "Ten.\n\n### Added\n\n- [Docs](docs/a.md#b), [site](https://x.y)\n"
    linked = run(notes, "1.10.0", GITHUB_REPOSITORY="team/bell")[1]
    assert "(https://github.com/team/bell/blob/v1.10.0/docs/a.md#b), [site](https://x.y)" in linked
    for nothing in ("Unreleased", "1.1", "2.0.0"):
        code, output, errors = run(notes, nothing)
        assert code == 1 and output == "" and nothing in errors


def test_checksums(tmp_path):
    script = ROOT / "packaging/checksums.sh"
    assert run(script, tmp_path)[0] == 1, "an empty folder"
    for name in ("b.deb", "a b.tar.gz", "SHA256SUMS.sigstore.json"):
        (tmp_path / name).write_text(name, encoding="utf-8")
    for _ in range(2):  # also when the file is there already
        assert run(script, tmp_path)[0] == 0
        assert [line[66:] for line in (tmp_path / "SHA256SUMS").read_text().splitlines()] == ["a b.tar.gz", "b.deb"]
    assert run("sha256sum", "--check", "SHA256SUMS", cwd=tmp_path)[0] == 0
    (tmp_path / "b.deb").write_text("other", encoding="utf-8")
    assert run("sha256sum", "--check", "SHA256SUMS", cwd=tmp_path)[0] == 1


@pytest.fixture
def registry(tmp_path):
    """A `docker` that writes down how it is called, and answers as buildx does."""
    (tmp_path / "docker").write_text(f"""#!/bin/bash
printf '%s\\n' "$*" >>{tmp_path}/calls
case $* in
  *"buildx build"*collector*) digest={DIGESTS["collector"]} ;;
  *"buildx build"*) digest={DIGESTS["notifier"]} ;;
esac
while [[ $# -gt 0 && -n $digest ]]; do
  [[ $1 != --metadata-file ]] || printf '{{\\n  "buildx.build.provenance": {{\\n "materials": [{{\\n "digest": {{\\n "sha256": "1"\\n}}}}]}},\\n  "buildx.build.ref": "x",\\n  "containerimage.descriptor": {{}},\\n  "containerimage.digest": "%s"\\n}}\\n' $digest >"$2"
  shift
done
[[ $* != *"imagetools inspect"* ]] || echo '{{"schemaVersion":2,"mediaType":"x","digest":"{DIGESTS["index"]}","manifests":[{{"digest":"sha256:{"0" * 64}"}}]}}'
""", encoding="utf-8")
    (tmp_path / "docker").chmod(0o755)
    return tmp_path


def test_images_are_pushed_and_get_one_name(registry):
    script, path = ROOT / "packaging/images.sh", f"{registry}:{os.environ['PATH']}"
    for arch in ("amd64", "arm64"):
        code, _, errors = run(script, "push", "registry.example.com/team/", arch, registry / "digests", PATH=path,
                              SOURCE="https://example.com/sources")
        assert code == 0, errors
    files = {file.name: file.read_text().strip() for file in (registry / "digests").iterdir()}
    assert files == {f"{program}.{arch}": DIGESTS[program] for program in ("collector", "notifier") for arch in ("amd64", "arm64")}
    builds = (registry / "calls").read_text().splitlines()
    assert len(builds) == 4
    for build in builds:
        for option in ("--sbom=true", "--provenance=mode=max", "push-by-digest=true", "REVISION=", "CREATED=",
                       "--label org.opencontainers.image.source=https://example.com/sources"):
            assert option in build
    assert "--platform linux/arm64" in builds[2] and "name=registry.example.com/team/swarmbell-collector," in builds[2]

    (registry / "calls").unlink()
    code, names, errors = run(script, "index", "registry.example.com/team/", "1.4.2", registry / "digests", PATH=path)
    assert code == 0, errors
    assert names.splitlines() == [f"registry.example.com/team/swarmbell-{p}@{DIGESTS['index']}" for p in ("collector", "notifier")]
    image = "registry.example.com/team/swarmbell-collector"
    assert (f"buildx imagetools create --tag {image}:1.4.2 --tag {image}:1.4 {image}@{DIGESTS['collector']} {image}@{DIGESTS['collector']}"
            in (registry / "calls").read_text())


def test_a_build_without_a_digest_fails(registry):
    (registry / "docker").write_text('#!/bin/sh\nwhile [ $# -gt 0 ]; do [ "$1" != --metadata-file ] || echo "{}" >"$2"; shift; done\n')
    code, _, errors = run(ROOT / "packaging/images.sh", "push", "x/", "amd64", registry / "digests", PATH=f"{registry}:{os.environ['PATH']}")
    assert code == 1 and "no digest" in errors


def checked(repository):
    return run("node", ROOT / "tests/checks/workflows.mjs", repository)


def test_workflows_and_forms():
    assert checked(ROOT) == (0, "0 problems in workflows and forms\n", "")


WRONG = [
    ("workflows/ci.yml", r"    timeout-minutes: 120\n", "", "no timeout-minutes"),
    ("workflows/ci.yml", r"permissions: {}\n", "", "permissions"),
    ("workflows/ci.yml", r"(?m)^concurrency:(\n  .*)*\n", "", "no concurrency"),
    ("workflows/ci.yml", r"checkout@v5\.0\.0", "checkout@main", "whole version"),
    ("workflows/ci.yml", r"ubuntu-24\.04", "ubuntu-12.04", "runs on"),
    ("workflows/ci.yml", r"matrix\.part", "matrix.prt", '"prt" is not defined'),
    ("workflows/ci.yml", r"    strategy:", "    stratgy:", "stratgy"),
    ("workflows/release.yml", r"needs: \[version, test\]", "needs: [versions, test]", "versions"),
    ("workflows/release.yml", r"needs\.version\.outputs\.prefix", "needs.version.outputs.prefx", "prefx"),
    ("workflows/release.yml", r"\$GITHUB_REF_NAME", "${{ github.ref_name }}", "pastes an expression"),
    ("ISSUE_TEMPLATE/problem.yml", r"      label: Settings\n", "", "without label"),
    ("ISSUE_TEMPLATE/problem.yml", r"  - id: steps", "  - id: expected", "not its own"),
    ("ISSUE_TEMPLATE/problem.yml", r"type: dropdown", "type: dropbox", "dropbox"),
    ("ISSUE_TEMPLATE/problem.yml", r"description: An alert.*", "", "no description"),
]


def test_what_is_wrong_with_workflows_and_forms_is_found(tmp_path):
    for number, (name, old, new, _) in enumerate(WRONG):
        file = tmp_path / ".github" / name.replace(".yml", f"-{number}.yml")
        file.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / ".github" / name, file)
        change(file, old, new)
    code, output, _ = checked(tmp_path)
    assert code == 1
    for number, (name, _, _, problem) in enumerate(WRONG):
        found = [line for line in output.splitlines() if line.startswith(f".github/{name.replace('.yml', f'-{number}.yml')}:")]
        assert any(problem in line for line in found), (problem, found)


def test_the_form_asks_for_settings_explanation_and_versions():
    form = (ROOT / ".github/ISSUE_TEMPLATE/problem.yml").read_text(encoding="utf-8")
    for asked in ("--print-config", "--explain", "swarmbell-collector --version", "swarmbell-notifier --version", "docker version"):
        assert asked in form

#!/usr/bin/python3
"""The tables of docs/settings.md, the JSON Schemas, man pages, completions and sample configurations, held to what the programs
say themselves.

    tests/checks/documents.py [--write] BUILD_DIR
"""
import json
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "packaging"))

import manual  # noqa: E402

SETTINGS = ROOT / "docs" / "settings.md"
SCHEMAS = ROOT / "docs" / "schema"


def printed(build, program, flag):
    binary = pathlib.Path(build) / program / f"swarmbell-{program}"
    return subprocess.run([binary, flag], check=True, capture_output=True, text=True).stdout


def with_tables(text, build):
    for program in ("collector", "notifier"):
        begin, end = f"<!-- settings:{program} -->", f"<!-- /settings:{program} -->"
        text, count = re.subn(
            f"{begin}.*?{end}", lambda _: f"{begin}\n{printed(build, program, '--print-settings-markdown')}{end}", text, flags=re.DOTALL
        )
        if count != 1:
            sys.exit(f"{SETTINGS.name}: {begin} stands there {count} times")
    return text


# The stacks say how networks and secrets are set.
ELSEWHERE = {"docker", "subscription", "slack", "teams", "webhook", "alertmanager", "grafana", "stream", "listen", "metrics", "tls",
             "auth", "redis", "log"}


def check_sample(build, program):
    """The sample configuration is good, and shows every setting that decides what rings and when."""
    sample = ROOT / "compose" / f"{program}.yml"
    binary = pathlib.Path(build) / program / f"swarmbell-{program}"
    shown = subprocess.run([binary, "--config", sample, "--print-config"], check=True, capture_output=True, text=True)
    group = ""
    for line in shown.stdout.splitlines():
        if re.match(r"[a-z]", line):
            group = line.split(":")[0]
        if line.endswith("  # default") and group not in ELSEWHERE:
            sys.exit(f"{sample.name} does not show the setting {group}: {line.strip()}")


def main():
    write = "--write" in sys.argv
    build = next((a for a in sys.argv[1:] if not a.startswith("--")), "build/dev")
    for program in ("collector", "notifier"):
        check_sample(build, program)
    schemas = {SCHEMAS / f"{program}.json": printed(build, program, "--print-settings-schema") for program in ("collector", "notifier")}
    wanted = {SETTINGS: with_tables(SETTINGS.read_text(encoding="utf-8"), build), **schemas}
    wanted |= manual.pages(build, {path.stem: json.loads(text) for path, text in schemas.items()})
    stale = [path for path, text in wanted.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    if write:
        for path in stale:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(wanted[path], encoding="utf-8")
    elif stale:
        names = ", ".join(path.name for path in stale)
        sys.exit(f"{names}: what is made of the settings is stale; run {sys.argv[0]} --write {build}")


if __name__ == "__main__":
    main()

#!/usr/bin/python3
"""The README's tables of settings, and the sample configuration, held to what the programs say themselves.

    tests/checks/documents.py [--write] BUILD_DIR
"""
import pathlib
import re
import subprocess
import sys

README = pathlib.Path(__file__).resolve().parents[2] / "README.md"


def table(build, program):
    binary = pathlib.Path(build) / program / f"swarmbell-{program}"
    return subprocess.run([binary, "--print-settings-markdown"], check=True, capture_output=True, text=True).stdout


def with_tables(text, build):
    for program in ("collector", "notifier"):
        begin, end = f"<!-- settings:{program} -->", f"<!-- /settings:{program} -->"
        text, count = re.subn(
            f"{begin}.*?{end}", lambda _: f"{begin}\n{table(build, program)}{end}", text, flags=re.DOTALL
        )
        if count != 1:
            sys.exit(f"{README.name}: {begin} stands there {count} times")
    return text


def check_sample(build):
    sample = README.parent / "compose" / "notifier.yml"
    binary = pathlib.Path(build) / "notifier" / "swarmbell-notifier"
    subprocess.run([binary, "--config", sample, "--check-config"], check=True)


def main():
    write = "--write" in sys.argv
    build = next((a for a in sys.argv[1:] if not a.startswith("--")), "build/dev")
    check_sample(build)
    text = README.read_text(encoding="utf-8")
    wanted = with_tables(text, build)
    if write:
        README.write_text(wanted, encoding="utf-8")
    elif text != wanted:
        sys.exit(f"{README.name}: the tables of settings are stale; run {sys.argv[0]} --write {build}")


if __name__ == "__main__":
    main()

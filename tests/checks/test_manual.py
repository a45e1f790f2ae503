"""Completions offer the flags of the programs and the words that a flag takes; man pages have every flag and setting."""
import json
import pathlib
import re
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
MADE = ROOT / "packaging" / "completions"


def bash(*words):
    """The completions of the last word."""
    script = f"""source {MADE}/bash/{words[0]}; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _{words[0].replace("-", "_")}
        printf '%s\\n' "${{COMPREPLY[@]}}\""""
    return subprocess.run(["bash", "-uc", script, "bash", *words], check=True, capture_output=True, text=True, cwd=ROOT).stdout.split()


@pytest.mark.parametrize("words, wanted", [
    (["swarmbell-collector", "--ver"], ["--version"]),
    (["swarmbell-notifier", "--sil"], ["--silence", "--silences"]),
    (["swarmbell-notifier", "--color", "r"], ["red"]),
    (["swarmbell-notifier", "--color", "=", "b"], ["black", "blue"]),
    (["swarmbell-notifier", "--preview", "te"], ["teams", "terminal"]),
    (["swarmbell-notifier", "--preview", "="], None),
    (["swarmbell-notifier", "--since", "--"], []),
    (["swarmbell-notifier", "--config", "compose/notifier.y"], ["compose/notifier.yml"]),
])
def test_bash(words, wanted):
    found = bash(*words)
    assert found == wanted if wanted is not None else {"slack", "teams", "terminal"} <= set(found)


@pytest.mark.skipif(not shutil.which("fish"), reason="fish is not installed")
def test_fish():
    def complete(line):
        script = f"source {MADE}/fish/swarmbell-notifier.fish; complete --do-complete '{line}'"
        done = subprocess.run(["fish", "--no-config", "-c", script], check=True, capture_output=True, text=True)
        return [found.split("\t")[0] for found in done.stdout.splitlines()]
    assert complete("swarmbell-notifier --uns") == ["--unsilence"]
    assert complete("swarmbell-notifier --color r") == ["red"]


@pytest.mark.skipif(not shutil.which("zsh"), reason="zsh is not installed")
@pytest.mark.parametrize("program", ["collector", "notifier"])
def test_zsh_understands_each_line(program):
    """`_arguments` is replaced by a function that checks the form of each line: --flag[=][text][:what:words]."""
    script = f"""_arguments() {{ for line in "$@"; do [[ $line =~ '^--[a-z-]+=?\\[.+\\](:[a-z]+:.*)?$' ]] || {{ echo "$line"; return 1 }}; done }}
        source {MADE}/zsh/_swarmbell-{program}"""
    subprocess.run(["zsh", "-f", "-e", "-c", script], check=True)


@pytest.mark.parametrize("program", ["collector", "notifier"])
def test_man_page_has_every_flag_and_setting(program):
    page = (ROOT / "packaging" / "man" / f"swarmbell-{program}.1").read_text(encoding="utf-8").replace(r"\-", "-")
    schema = json.dumps(json.loads((ROOT / "docs" / "schema" / f"{program}.json").read_text(encoding="utf-8")))
    for variable in set(re.findall(r"Environment: (SWARMBELL_\w+)", schema)):
        assert page.count(rf"\fB{variable}\fR") == 1, variable
    flags = re.findall(r"--[a-z-]+", (MADE / "bash" / f"swarmbell-{program}").read_text(encoding="utf-8").split("*)")[1])
    assert "--print-config" in flags
    for flag in flags:
        assert rf"\fB{flag}\fR" in page, flag

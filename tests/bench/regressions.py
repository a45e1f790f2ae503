#!/usr/bin/python3
"""Fails when a part has become dearer than the bounds in regressions.json allow.

    tests/bench/regressions.py [--write]

Instructions are counted by callgrind, not timed: a busy machine counts the same. They are those of the preset `dev` (-O1),
which the tests build anyway; another compiler, other flags or libraries have other counts. Two runs differ by up to 0.7 %; the
tolerance of 10 % is for other processors, by which libraries choose how to copy and compare. --write keeps what was counted
as the new bounds; say in the commit why they moved.
"""
import argparse
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import measure

os.environ.setdefault("SWARMBELL_BUILD_DIR", str(measure.ROOT / "build/dev"))

from processes import BUILD_DIR  # noqa: E402  # pylint: disable=wrong-import-position
from webhooks import post_costs  # noqa: E402  # pylint: disable=wrong-import-position

def count_instructions():
    """Workload -> its instructions, and the number of its items."""
    with tempfile.TemporaryDirectory(prefix="swarmbell-bench-") as directory:
        done = subprocess.run(["valgrind", "--tool=callgrind", "--instr-atstart=no", f"--callgrind-out-file={directory}/dump",
                               BUILD_DIR / "tests/bench/bench_instructions"],
                              capture_output=True, text=True, check=False, timeout=900)
        assert done.returncode == 0, done.stderr
        dumps = [path.read_text() for path in pathlib.Path(directory).glob("dump.*")]
    return {found.group(1): (int(re.search(r"^totals: (\d+)", dump, re.MULTILINE).group(1)), int(found.group(2))) for dump in dumps
            if (found := re.search(r"^desc: Trigger: Client Request: (.+) (\d+)$", dump, re.MULTILINE))}


def ratios(counted):
    """Name -> what must not rise over its bound, whatever machine, compiler or flags."""
    posts = post_costs()
    of_services = {what: counted[f"diff/{what}_changed_of/500"] / counted[f"diff/{what}_changed_of/100"] for what in ("one", "all")}
    per_byte = counted["read/unchanged_services_and_10000_tasks/1000"] / counted["hash/services/1000"]
    return {"comparing 500 services beside 100, one changed": of_services["one"],
            "comparing 500 services beside 100, all changed": of_services["all"],
            "reading unchanged lists beside hashing those of services": per_byte,
            "CPU of a post beside libcurl alone": posts["swarmbell"] / posts["reused"],
            "CPU of a post beside one with a fresh libcurl handle": posts["swarmbell"] / posts["fresh"]}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    bounds = json.loads(measure.BOUNDS.read_text())
    counted = count_instructions()
    # A further sample is one more item, not a dearer part.
    per_item = {name: round(count / items) for name, (count, items) in sorted(counted.items())}
    if options.write:
        bounds["instructions per item"] = per_item
        measure.BOUNDS.write_text(json.dumps(bounds, indent=2) + "\n")
    assert per_item.keys() == bounds["instructions per item"].keys(), "workloads and bounds differ: --write"
    results = [measure.judge(name, count, bounds["tolerance"] * bounds["instructions per item"][name])
               for name, count in per_item.items()]
    found = ratios({name: count for name, (count, _) in counted.items()})
    assert found.keys() == bounds["ratios"].keys(), "ratios and bounds differ"
    results += [measure.judge(name, ratio, bounds["ratios"][name]) for name, ratio in found.items()]
    print(f"{sum(results)} passed, {len(results) - sum(results)} failed")
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())

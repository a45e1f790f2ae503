"""The architecture check lets the right tree pass and finds what it is for."""
import pathlib
import subprocess
import sys

import pytest

CHECK = pathlib.Path(__file__).with_name("architecture.py")


def run(tmp_path, files):
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    done = subprocess.run([sys.executable, CHECK, tmp_path], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout


GOOD = {
    "common/time/duration.h": "",
    "collector/snapshot/snapshot.h": '#include <string>\n#include "absl/time/time.h"\n',
    "collector/diff/diff.h": '#include "collector/snapshot/snapshot.h"\n#include "common/time/duration.h"\n',
    "collector/main.cc": '#include "collector/diff/diff.h"\n',
}


def test_a_good_tree_passes(tmp_path):
    assert run(tmp_path, GOOD)[0] == 0


@pytest.mark.parametrize(
    "broken, told",
    [
        ({"collector/diff/diff.cc": "#include <grpcpp/grpcpp.h>\n"}, "diff is pure"),
        ({"collector/snapshot/snapshot.h": "#include <curl/curl.h>\n"}, "snapshot.h -> curl/curl.h"),
        ({"notifier/cards/a.cc": '#include "absl/time/clock.h"\n'}, "cards is pure"),
        ({"collector/snapshot/a.h": '#include "collector/diff/diff.h"\n'}, "diff comes after snapshot"),
        ({"notifier/pipeline/a.h": "", "notifier/cards/a.h": '#include "notifier/pipeline/a.h"\n'}, "knows nothing of"),
        ({"notifier/alert/a.h": "#include <mutex>\n"}, "alert is pure"),
        ({"common/time/a.h": '#include "collector/diff/diff.h"\n'}, "knows neither"),
        ({"notifier/rules/a.h": '#include "collector/diff/diff.h"\n'}, "share only"),
        ({"notifier/new/a.h": "", "notifier/rules/a.h": '#include "notifier/new/a.h"\n'}, "no place yet"),
    ],
)
def test_each_break_is_found(tmp_path, broken, told):
    code, output = run(tmp_path, GOOD | broken)
    assert code == 1 and told in output, output

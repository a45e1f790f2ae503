"""The check of the language finds the dialect and lets plain English, questions and code pass."""
import pathlib

import pytest
from language import findings


@pytest.mark.parametrize("name, text, finds", [
    ("a.md", "What is stored is kept.\n", True),
    ("a.md", "It is stored. Who reads it may forge it.\n", True),
    ("a.md", "| key | Whether it is stored |\n", True),
    ("a.md", "What is stored? Everything.\n", False),
    ("a.md", "It is stored. See `What is this`.\n```sh\n# What is there\n```\n", False),
    ("a.h", "// Of two notifiers one is active.\nint a;\n", True),
    ("a.h", "int a;  // Whether it is stored.\n", True),
    ("a.h", "// It says\n// what is stored.\nint a;\n", False),
    ("a.cc", 'Log("What is known is kept; trying again");\n', True),
    ("a.cc", 'Log("Posting a message failed; will retry");\n', False),
    ("a.cc", "// The log goes on without it.\n", True),
])
def test_findings(name, text, finds):
    assert bool(list(findings(pathlib.Path(name), text))) == finds

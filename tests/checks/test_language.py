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
    ("a.md", "It is stored untill it is seperated.\n", True),
    ("a.h", "// The adress of a receiver in this environment, until it is separate.\n", True),
    ("a.h", "// The address of a receiver in this environment, until it is separate: which, whether, written, consistent.\n", False),
    ("a.py", '"""What it prints."""\nx = "What is known is kept"  # a text\n', False),
    ("a.py", '"""What the program prints is kept."""\n', True),
    ("a.py", 'x = "What is known is kept"\n', False),
    ("a.sh", "# Whether it is there.\ntrue\n", True),
    ("tests/a.cc", 'Log("What is known is kept; trying again");\n', False),
    ("tests/a.cc", "// What it prints is kept.\n", True),
])
def test_findings(name, text, finds):
    assert bool(list(findings(pathlib.Path(name), text))) == finds

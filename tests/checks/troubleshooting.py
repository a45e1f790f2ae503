#!/usr/bin/python3
"""docs/troubleshooting.md, held to what the programs can say.

    tests/checks/troubleshooting.py

Every text in the sources with four words or more that is no text of cards, metrics or help must be quoted there, word
for word: an error that somebody searches for is found. And what is quoted there must be in the sources: an entry for a
text that is gone is stale. In a quotation … stands for what differs from case to case.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
GUIDE = ROOT / "docs" / "troubleshooting.md"
LITERAL = re.compile(r'"((?:[^"\\\n]|\\.)*)"')
RUN = re.compile(r'"(?:[^"\\\n]|\\.)*"(?:\s*"(?:[^"\\\n]|\\.)*")*')

# These print no errors.
ELSEWHERE = re.compile(
    r"notifier/(cards|pipeline)/|collector/diff/|settings_table\.cc|config/receiver_types\.cc"  # cards, docs/settings.md
    r"|_metrics\.cc|metrics/metrics\.cc"  # what a metric means
    r"|settings/help\.cc|app/commands\.cc|/main\.cc|rules/(rule_set|match)\.cc"  # --explain
)
CALM = re.compile(r"(?:spdlog::(?:trace|debug|info)|metrics_?\.(?:Declare\w*|Describe\w*)|Declare\w*)\(")
# The purpose of a setting or a key: help, and docs/settings.md.
HELP = re.compile(r'\.Add\(\s*&[\w.]+,\s*"[^"]*",\s*(' + RUN.pattern + ")")
# Told to nobody, or part of a text that is quoted.
UNSEEN = {
    "stopped while waiting for": "the program ends",
    "no record has a field": "a bug in the program, which its tests find",
    "the subscriber cancelled the call": "to one who is gone",
    "the subscriber is gone": "to one who is gone",
    "a key that was watched has changed": "tried again at once",
    "the log was reset meanwhile": "tried again at once",
    "webhook message delivery failed": "a chat's words, that are looked for",
    "parts of this card": "a card's words",
    "summary or text is required": "a chat's words, that are looked for",
    "The configuration is good": "no complaint",
    "Read settings from": "help",
    "A file that holds": "help",
    "Check the configuration, print": "help",
    "Print the": "help",
    "To end it early": "no complaint",
    "is over. Not posted": "no complaint",
    "a summary is posted now": "no complaint",
    "No silence is in force": "no complaint",
    "Print this help and": "help",
    "Check the process": "help",
    "redis://[user:password@]host": "help",
    "default-src 'none'": "a header for browsers",
    "that preserves the state across restarts": "help",
}


def calls(text, pattern):
    """The text between the brackets of each call."""
    for match in pattern.finditer(text):
        at, depth = match.end(), 1
        while depth and at < len(text):
            literal = LITERAL.match(text, at)
            if literal:
                at = literal.end()
                continue
            depth += (text[at] == "(") - (text[at] == ")")
            at += 1
        yield text[match.end() : at - 1]


def literals(text):
    """Texts as the compiler sees them: neighbours are one."""
    for run in RUN.findall(text):
        yield "".join(LITERAL.findall(run)).replace('\\"', '"').replace("\\n", " ")


def normal(text):
    return re.sub(r"\s+", " ", text).strip()


def said(path):
    text = re.sub(r"^\s*//.*$|^#include.*$", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    calm = {literal for body in calls(text, CALM) for literal in literals(body)}
    calm |= {literal for run in HELP.findall(text) for literal in literals(run)}
    for literal in literals(text):
        if literal in calm or re.match(r"\w+ \w+ = redis|if redis|local |%[aY]", literal):
            continue
        # Fields of a log line, and what fmt puts in, are not the text.
        for part in re.split(r"(?:\s\w+=)?\{\}", literal):
            part = normal(part).strip(" ;:,.\"()`")
            if len(part.split()) >= 4:
                yield part


def quotations(guide):
    for block in re.findall(r"```text\n(.*?)```", guide, flags=re.DOTALL):
        for line in block.splitlines():
            yield from (normal(part) for part in re.split("…", line) if len(part.split()) >= 3)


def of_receivers():
    """The errors about values that a row of the receivers' table needs."""
    text = (ROOT / "notifier/config/receiver_types.cc").read_text(encoding="utf-8")
    for key in re.findall(r'constexpr ReceiverKey \w+ = \{\s*"(\w+)"', text):
        yield f"has no {key}, nor {key}_file"
    for body in re.findall(r"\{&k\w+, &Config::\w+,(.*?)\}", text, flags=re.DOTALL):
        setting, _, *needed = literals(re.sub(r"nullptr", "", body).replace('",', '" ,'))
        yield from (f"needs {setting}: {words}" for words in needed)


def main():
    sources = [path for folder in ("collector", "notifier", "common") for path in sorted((ROOT / folder).rglob("*.cc"))]
    guide = normal(GUIDE.read_text(encoding="utf-8"))
    every = normal(" ".join([literal for path in sources for literal in literals(path.read_text(encoding="utf-8"))] + [*of_receivers()]))
    found = []
    for path in sources:
        if ELSEWHERE.search(str(path.relative_to(ROOT))):
            continue
        for text in dict.fromkeys(said(path)):
            if text not in guide and not any(text.startswith(unseen) for unseen in UNSEEN):
                found.append(f"{GUIDE.relative_to(ROOT)} does not quote: {text}   ({path.relative_to(ROOT)})")
    for quotation in quotations(GUIDE.read_text(encoding="utf-8")):
        if quotation.strip(" ;:,.\"()`") not in every:
            found.append(f"{GUIDE.relative_to(ROOT)} quotes what nothing says: {quotation}")
    sys.exit("\n".join(found) or 0)


if __name__ == "__main__":
    main()

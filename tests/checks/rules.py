#!/usr/bin/python3
"""docs/rules.md and the table of docs/alerts.md, held to the built-in rules and their cards.

    tests/checks/rules.py [--write] BUILD_DIR

The words are those of docs/alerts.md, names and colours the program's. The pictures are drawn by tests/cards/rules.mjs, which notes
what they were drawn from; here the cards are rendered again and compared with that.
"""
import hashlib
import json
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
RULES = ROOT / "docs" / "rules.md"
PICTURES = ROOT / "docs" / "rules"
COLORS = {"red": "🛑", "yellow": "🟡", "blue": "🔷", "green": "✅", "black": "🔲"}
CHATS = ("slack", "teams")
HEAD = """# Every built-in rule, and its card

The pictures show samples, close to how Slack and Teams draw them. (`tests/checks/rules.py --write` generates this page, and
`tests/cards/rules.mjs` draws the pictures.)

Each rule can be switched off by its name: in the environment with `SWARMBELL_ALERTS_DISABLED=NAME,NAME`, or in the notifier's
YAML file:

```yaml
alerts: { disabled: [NAME, NAME] }
rules:
  - { name: NAME, enabled: false } # the same; or give it another match, colour, title or receivers
```

The label `swarmbell.enable=false` switches all of them off for one service.
"""


def built_in(build):
    """Names and colours, as the notifier itself prints them."""
    binary = pathlib.Path(build) / "notifier" / "swarmbell-notifier"
    printed = subprocess.run([binary, "--print-config"], check=True, capture_output=True, text=True).stdout
    return dict(re.findall(r"^  - name: ([a-z-]+)\n(?:    .*\n)*?    color: (\w+)", printed, flags=re.MULTILINE))


def described(text):
    """From the table of docs/alerts.md: rule -> (colour, when it rings)."""
    found, color = {}, ""
    table = text.split("| colour | rule | rings when |\n", 1)[1].split("\n\n", 1)[0]
    for line in table.splitlines()[1:]:
        first, names, words = [cell.strip() for cell in line.strip("|").split("|")]
        color = first.split()[-1] if first else color
        found |= {name: (color, words) for name in re.findall(r"`([a-z-]+)`", names)}
    return found


def ends(text):
    """From docs/alerts.md: red rule -> how it ends."""
    table = text.split("| red rule | ends with |\n", 1)[1].split("\n\n", 1)[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[1:]]
    return {rule.strip("`"): words for rule, words in rows}


def problems_of_ends(colors, ended):
    """Each red rule ends with rules that exist, or says why it has no end."""
    red = {name for name, color in colors.items() if color == "red"}
    for rule in sorted(red ^ ended.keys()):
        yield f"docs/alerts.md: {rule} must be a red rule and have its end in the table of ends"
    for rule, words in ended.items():
        named = re.findall(r"`([a-z-]+)`", words)
        if not named and not words.startswith("has no end: "):
            yield f"docs/alerts.md: {rule} ends with no rule"
        yield from (f"docs/alerts.md: {rule} ends with {name}, which is no rule" for name in named if name not in colors)


def stale_pictures(build, rules):
    program = pathlib.Path(build) / "tests" / "notifier" / "cards" / "render_samples"
    drawn_from = json.loads((PICTURES / "cards.json").read_text(encoding="utf-8"))
    wanted = {f"{rule}-{chat}.png": (rule, chat) for rule in rules for chat in CHATS}
    stale = {file for file in wanted.keys() | drawn_from.keys() if not (PICTURES / file).exists() or file not in wanted}
    with tempfile.TemporaryDirectory(prefix="cards-") as folder:
        subprocess.run([program, folder], check=True)
        for file, (rule, chat) in wanted.items():
            card = (pathlib.Path(folder) / chat / f"{rule}.json").read_bytes()
            if drawn_from.get(file) != hashlib.sha256(card).hexdigest()[:16]:
                stale.add(file)
    return sorted(stale)


def page(colors, words, ended):
    lines = [HEAD]
    for color, sign in COLORS.items():
        lines += [f"## {sign} {color.capitalize()}", "", "| rule | in Slack | in Teams |", "| --- | --- | --- |"]
        for rule in [name for name in words if colors[name] == color]:
            pictures = [f'<img src="rules/{rule}-{chat}.png" width="400" alt="{rule} in {chat.capitalize()}">' for chat in CHATS]
            off = f"`SWARMBELL_ALERTS_DISABLED={rule}`"
            end = ended.get(rule, "")
            if end:
                end = "<br><br>" + ("" if end.startswith("has no end") else "ends with ") + end
            lines.append(f"| **`{rule}`**<br>{words[rule][1]}{end}<br><br>off: {off} | {' | '.join(pictures)} |")
        lines.append("")
    return "\n".join(lines)


def problems(build, write):
    colors = built_in(build)
    text = (ROOT / "docs" / "alerts.md").read_text(encoding="utf-8")
    words, ended = described(text), ends(text)
    yield from problems_of_ends(colors, ended)
    for rule in sorted(colors.keys() | words.keys()):
        if rule not in words:
            yield f"docs/alerts.md: the built-in rule {rule} is missing"
        elif rule not in colors:
            yield f"docs/alerts.md: there is no rule {rule}"
        elif colors[rule] != words[rule][0]:
            yield f"docs/alerts.md: {rule} is {colors[rule]}, not {words[rule][0]}"
    if colors.keys() != words.keys():
        return
    for file in stale_pictures(build, colors):
        yield f"docs/rules/{file} is stale; draw it with tests/cards/rules.mjs"
    if write:
        RULES.write_text(page(colors, words, ended), encoding="utf-8")
    elif not RULES.exists() or RULES.read_text(encoding="utf-8") != page(colors, words, ended):
        yield f"docs/rules.md is stale; run {sys.argv[0]} --write {build}"


def main():
    build = next((a for a in sys.argv[1:] if not a.startswith("--")), "build/dev")
    found = list(problems(build, "--write" in sys.argv))
    sys.exit("\n".join(found) or 0)


if __name__ == "__main__":
    main()

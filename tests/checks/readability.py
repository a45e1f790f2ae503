#!/usr/bin/python3
"""Pages that people read are short, and so are their sentences; every page is reached from the README.

    readability.py [--table] [ROOT]    exit code 1 and one line for each page that is not; --table prints the figures of all pages

Sentences are those of paragraphs and lists; code, tables and headings are not counted.
"""
import pathlib
import re
import sys

MOST_WORDS = 18  # of a page's sentences, in the mean
MOST_BYTES = {"README.md": 10_000}
MOST_BYTES_ELSEWHERE = 12_000
# To look something up in, not to read from the beginning to the end.
REFERENCES = {"docs/settings.md", "docs/rules.md", "docs/troubleshooting.md"}
NO_PROSE = re.compile(r"```.*?```|<!--.*?-->|^[ \t]*\|[^\n]*|^#[^\n]*|^!\[[^\n]*", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
PARAGRAPH = re.compile(r"\n\s*\n|\n(?=\s*(?:[-*]|\d+\.)\s)")
SENTENCE_END = re.compile(r"(?<=[.!?])[*_)\"']*\s+")


def sentences(text):
    """The sentences of a page, as lists of words."""
    prose = NO_PROSE.sub("\n\n", text)
    prose = LINK.sub(r"\1", re.sub(r"`[^`]*`", "x", prose))
    for paragraph in PARAGRAPH.split(prose):
        plain = re.sub(r"^\s*(?:[-*]|\d+\.|>)\s+|\*\*", "", paragraph)
        for sentence in SENTENCE_END.split(plain):
            words = [word for word in sentence.split() if re.search(r"\w", word)]
            if len(words) > 2:  # fewer are a label
                yield words


def mean_words(text):
    lengths = [len(words) for words in sentences(text)]
    return sum(lengths) / len(lengths) if lengths else 0.0


def pages(root):
    yield from (path for path in sorted(root.glob("*.md")) if path.name != "CHANGELOG.md")
    yield from sorted((root / "docs").glob("*.md"))


def findings(root):
    linked = set(re.findall(r"\]\((docs/[\w-]+\.md)", (root / "README.md").read_text(encoding="utf-8")))
    for path in pages(root):
        name, text = str(path.relative_to(root)), path.read_text(encoding="utf-8")
        most = MOST_BYTES.get(name, MOST_BYTES_ELSEWHERE)
        if len(text.encode()) > most and name not in REFERENCES:
            yield f"{name}: {len(text.encode()):,} bytes; {most:,} are the most: split it, or shorten it"
        if mean_words(text) >= MOST_WORDS:
            yield f"{name}: {mean_words(text):.1f} words in a sentence; fewer than {MOST_WORDS} are wanted"
        if name.startswith("docs/") and name not in linked:
            yield f"{name}: README.md does not link to it"


def main():
    arguments = [argument for argument in sys.argv[1:] if argument != "--table"]
    root = pathlib.Path(arguments[0] if arguments else pathlib.Path(__file__).resolve().parents[2])
    if "--table" in sys.argv:
        for path in pages(root):
            text = path.read_text(encoding="utf-8")
            print(f"{mean_words(text):5.1f} words {len(text.encode()):6,} bytes  {path.relative_to(root)}")
    found = list(findings(root))
    print("\n".join(found + [f"{len(found)} pages to make readable"]))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

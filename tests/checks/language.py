#!/usr/bin/python3
"""Documents, comments and texts are in plain English: subject, verb, object, and the trade's words.

    language.py [ROOT]    exit code 1 and one line for each sentence that is not
"""
import pathlib
import re
import subprocess
import sys

# A sentence begins with its subject, unless it is a question.
BEGINS = re.compile(r"(?:What|Who|Whether|Of)\s(?:(?![.!]\s).)*?(?P<end>[.!?;]|$)", re.DOTALL)
# Word -> the trade's word.
QUAINT = {
    r"\bis none any more\b": "no longer exists",
    r"\bgoes? on (?:there|without|where)\b": "resume, continue",
    r"\bis told (?:of|as|once|at|by)\b": "report",
    r"\bare told (?:of|as|once|at|by)\b": "report",
    r"\bso long as\b": "as long as",
    r"\bso many (?:changes|messages|bytes|of)\b": "the number of",
    r"\bin nobody's way\b": "does not block",
    r"\bbehind everybody's back\b": "asynchronously",
    r"\bwhat is on its way\b": "in flight",
    r"(?<!:)\bon duty\b": "active (the other one is standby)",
    r"\bstir(?:s|red)?\b": "change",
    r"\bhush(?:es|ed)?\b": "silence",
    r"\bmends?\b|\bmended\b": "fix",
    r"\banew\b": "again",
}
# Words that are often misspelt, by what is wrong in them.
MISSPELT = re.compile(
    r"\b\w*(?:recieve|beleive|acheive|seperat|occured|occurence|begining|refering|transfered|succesful|sucess|neccess|necesary|recomend|"
    r"adress|dependan[ct]|definat|existan|persistan|consistan|independan|enviro(?!nment)|lenght|heigth|wich\b|teh\b|untill\b|wether\b|"
    r"thier\b|alot\b|overriden|writen\b|paralel|priviledge|maintainance|availib|compatab|responsab|explanat(?!ion|or)|accomodat)\w*",
    re.IGNORECASE)
WORDS = [(re.compile(pattern, re.IGNORECASE), better) for pattern, better in QUAINT.items()]
SENTENCE = re.compile(r"(?:(?<=[.!?:])\s+|^)", re.MULTILINE)
MARKDOWN_NOISE = re.compile(r"```.*?```|`[^`]*`|<!--.*?-->|<[^>]*>|\]\([^)]*\)", re.DOTALL)
COMMENT = re.compile(r"(?m)(?:^[ \t]*//[^\n]*\n?)+|//[^\n]*")
SCRIPT_COMMENT = re.compile(r'(?m)(?:^[ \t]*#[^\n]*\n?)+|^[ \t]*"""(?:[^"]|"(?!""))*"""')
TEXT = re.compile(r'"((?:[^"\\\n]|\\.)*)"')
# Recorded or generated, or somebody else's words.
ELSEWHERE = re.compile(r"node_modules/|tests/testdata/|docs/rules\.md|LICENSE|/vendor/")


def paragraphs(path, text):
    """(line, paragraph) of all that people read in a file."""
    if path.suffix == ".md":
        plain = MARKDOWN_NOISE.sub(lambda found: "x" + "\n" * found[0].count("\n"), text)
        for match in re.finditer(r"(?:^(?!\s*$).*\n?)+", plain, re.MULTILINE):
            line = plain.count("\n", 0, match.start()) + 1
            for cell in re.split(r"\n(?=\s*(?:[-*#|]|\d\.))|(?<=\s)\|(?=\s)|\*\*", match[0]):
                yield line, re.sub(r"^[\s\-*#|>]+|^\d\.\s*", "", cell)
        return
    if path.suffix in (".py", ".sh"):
        for match in SCRIPT_COMMENT.finditer(text):
            yield text.count("\n", 0, match.start()) + 1, re.sub(r"(?m)^[ \t]*# ?", "", match[0].strip().strip('"'))
        return
    for match in COMMENT.finditer(text):
        yield text.count("\n", 0, match.start()) + 1, re.sub(r"(?m)^[ \t]*//+ ?", "", match[0])
    if "tests" in path.parts:
        return  # its texts are data
    for match in TEXT.finditer(COMMENT.sub(lambda found: "\n" * found[0].count("\n"), text)):
        if " " in match[1]:
            yield text.count("\n", 0, match.start()) + 1, match[1]


def findings(path, text):
    for line, paragraph in paragraphs(path, text):
        for sentence in SENTENCE.split(paragraph):
            match = BEGINS.match(sentence.strip())
            if match and match["end"] != "?" and len(sentence.split()) > 3:  # fewer are a label
                yield line, f'a sentence begins with "{sentence.strip().split()[0]}": {" ".join(sentence.split())[:70]}'
        misspelt = MISSPELT.search(paragraph)
        if misspelt:
            yield line, f'"{misspelt[0]}" is misspelt'
        for pattern, better in WORDS:
            found = pattern.search(paragraph)
            if found:
                yield line, f'"{found[0]}": say {better}'


def files(root):
    listed = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=root, check=True,
                            capture_output=True, text=True).stdout.split("\n")
    for name in listed:
        path = root / name
        code = re.match(r"(collector|notifier|common|tests)/.*\.(h|cc)$|.*\.(py|sh)$|proto/.*\.proto$", name)
        if (code or name.endswith(".md")) and not ELSEWHERE.search(name) and path.is_file():
            yield path


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2])
    found = [f"{path.relative_to(root)}:{line}: {text}" for path in files(root)
             for line, text in findings(path, path.read_text(encoding="utf-8"))]
    print("\n".join(found + [f"{len(found)} sentences to reword"]))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/python3
"""Does the second stage of each Dockerfile bring every library that its program needs? image_libraries.py TREE

The programs are those in TREE's /out, linked with the newest libraries. The Dockerfiles' own commands say what is asked
of `apk`; the table of tests/images/stand_in says which libraries each of Alpine's packages has.
"""
import fnmatch
import pathlib
import re
import shlex
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
TABLE = ROOT / "tests" / "images" / "stand_in" / "packages"
PROGRAMS = ("collector", "notifier")
ALWAYS_THERE = ["libc.so.*", "libm.so.*", "ld-linux*.so.*"]  # Alpine's base has one libc for all of these


class Tree:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self._libraries = {file.name: file for file in (self.folder / "usr/lib/x86_64-linux-gnu").glob("lib*.so.*")}
        self._needed = {}

    def run(self, script):
        done = subprocess.run(["chroot", self.folder, "sh", "-euc", script], capture_output=True, text=True, timeout=60, check=False)
        if done.returncode != 0:
            sys.exit(f"this command of a Dockerfile failed: {script}\n{done.stderr}")
        return done.stdout

    def needed(self, file):
        if file not in self._needed:
            dynamic = subprocess.run(["readelf", "-d", file], check=True, capture_output=True, text=True).stdout
            self._needed[file] = re.findall(r"\(NEEDED\).*\[(.*)\]", dynamic)
        return self._needed[file]

    def closure(self, names):
        """These libraries, and those that they need in turn."""
        todo, seen = list(names), set()
        while todo:
            name = todo.pop()
            if name not in seen:
                seen.add(name)
                todo += self.needed(self._libraries[name]) if name in self._libraries else []
        return seen

    def matching(self, patterns):
        return {name for name in self._libraries for pattern in patterns if fnmatch.fnmatchcase(name, pattern)}


def instructions(dockerfile):
    """[(stage, instruction, rest)], comments and line ends taken out."""
    text = re.sub(r"^\s*#.*\n", "", dockerfile.read_text(encoding="utf-8"), flags=re.MULTILINE).replace("\\\n", "")
    stage, found = -1, []
    for word, rest in re.findall(r"^([A-Z]+)\s+(.*)$", text, re.MULTILINE):
        stage += word == "FROM"
        found.append((stage, word, rest))
    return found


def asked_of_apk(dockerfile, tree):
    """The packages that the last stage adds, after running what the build stage does with the programs."""
    steps, asked = instructions(dockerfile), []
    last = steps[-1][0]
    for stage, word, rest in steps:
        if word == "RUN" and stage < last and "/out" in rest and "cmake" not in rest:
            tree.run(rest)
        elif word == "COPY" and stage == last and "--from=" in rest:
            source, target = [part for part in shlex.split(rest) if not part.startswith("--")]
            tree.run(f"mkdir -p {shlex.quote(str(pathlib.PurePath(target).parent))}; cp {shlex.quote(source)} {shlex.quote(target)}")
        elif word == "RUN" and stage == last and rest.startswith("apk add"):
            asked += tree.run(rest.replace("apk add", "printf '%s\\n'", 1)).split()
    return [name for name in asked if not name.startswith("--")]


def read_table():
    """{package: patterns of its libraries}"""
    rows = [line.split() for line in TABLE.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    return {row[0]: row[1].replace("@", "*").split(",") for row in rows}


def libraries_of(name, table, tree):
    """The packages that a name given to `apk add` brings; None when Alpine has nothing of that name."""
    if name.startswith("so:"):
        library = name.removeprefix("so:")
        has_it = any(fnmatch.fnmatchcase(library, pattern) for patterns in table.values() for pattern in patterns)
        return {library} if has_it and tree.matching([library]) else None
    if name.startswith("abseil-cpp-") and name != "abseil-cpp-dev":
        return tree.matching([f"libabsl_{name.removeprefix('abseil-cpp-').replace('-', '_')}.so.*"]) or None
    return tree.matching(table[name]) if name in table else None


def not_brought(program, asked, table, tree):
    brought = tree.closure(set().union(*(libraries_of(name, table, tree) or set() for name in asked)))
    needed = tree.closure(tree.needed(tree.folder / f"out/usr/local/bin/swarmbell-{program}"))
    return sorted(name for name in needed - brought if not any(fnmatch.fnmatchcase(name, p) for p in ALWAYS_THERE))


def check(program, table, tree):
    dockerfile = ROOT / f"Dockerfile.{program}"
    asked = asked_of_apk(dockerfile, tree)
    faults = [f"{dockerfile.name}: Alpine has no package {name}" for name in asked if libraries_of(name, table, tree) is None]
    faults += [f"{dockerfile.name}: nothing that it adds brings {name}, which swarmbell-{program} needs"
               for name in not_brought(program, asked, table, tree)]
    if not faults:
        # This check sees a list that is short: without any of these nothing else brings the library.
        alone = [name for name in asked if not_brought(program, [other for other in asked if other != name], table, tree)]
        print(f"{dockerfile.name}: {len(asked)} names, {len(alone)} of which nothing else would bring: {' '.join(alone)}")
        if not alone:
            faults.append(f"{dockerfile.name}: no name is missed when it is left out; does the check still see what the program needs?")
    return faults


def main():
    tree, table = Tree(sys.argv[1]), read_table()
    faults = [fault for program in PROGRAMS for fault in check(program, table, tree)]
    print("\n".join(faults) if faults else "both images bring what their program needs")
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()

#!/usr/bin/python3
"""Holds the folders to the way of the data: what includes what, directly or through headers of the project.

    architecture.py [ROOT]    exit code 1 and one line for each break
"""
import functools
import pathlib
import re
import sys

# Each folder may include itself, those before it in its line, `common`, and generated protos; nothing else.
LINES = {
    "collector": ["docker", "snapshot", "logs", "diff", "changelog", "store", "poll", "stream", "options", "app"],
    "notifier": ["config", "feed", "alert", "rules", "pipeline", "cards", "timeline", "chat", "delivery", "lease", "web", "app"],
}
# Steps that know nothing of an earlier step: a card can be made of any alerts, and posted, without the pipeline.
APART = {("cards", "pipeline"), ("chat", "pipeline"), ("delivery", "pipeline")}
# Values in, values out. These may not know the network, files, threads or what time it is.
PURE = ["collector/diff", "notifier/rules", "notifier/alert", "notifier/cards", "notifier/timeline"]
IMPURE = re.compile(
    r"grpc(pp)?/|.*\.grpc\.pb\.h$|curl/|common/(grpc|http|metrics|process)/|common/time/clock\.h$|absl/time/clock\.h$|"
    r"(c?time|chrono|fstream|iostream|filesystem|thread|mutex|stop_token|condition_variable|future|"
    r"unistd\.h|random)$|microhttpd|spdlog/|sys/"
)
LONG = 400
INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', re.MULTILINE)


class Tree:
    def __init__(self, root):
        self.root = pathlib.Path(root)
        self.files = [path.relative_to(self.root).as_posix() for top in ("collector", "notifier", "common")
                      for path in sorted((self.root / top).glob("**/*")) if path.suffix in (".h", ".cc")]
        self.includes = functools.lru_cache(None)(self._includes)

    def _includes(self, file):
        return INCLUDE.findall((self.root / file).read_text())

    def own(self, include):
        return (self.root / include).is_file()

    def reached(self, file):
        """Every include of a file, also those through the project's own headers, with the way to it."""
        ways, waiting = {}, [(file, [file])]
        while waiting:
            at, way = waiting.pop()
            for include in self.includes(at):
                if include not in ways:
                    ways[include] = way + [include]
                    if self.own(include):
                        waiting.append((include, way + [include]))
        return ways


def folder(path):
    """`collector/diff` for what is in that folder, `collector` for what is beside it."""
    return "/".join(path.split("/")[:2]) if path.count("/") > 1 else path.split("/")[0]


def out_of_order(file, include):
    """Why the include breaks the order; None when it does not."""
    here, there = folder(file), folder(include)
    if here == there or there.startswith("common"):
        return None
    if here.startswith("common"):
        return "common/ serves both programs and knows neither"
    program = here.split("/")[0]
    if there.split("/")[0] != program:
        return "the two programs share only common/ and the protos"
    if "/" not in here:
        return None  # main.cc wires everything
    line = LINES[program]
    step, wanted = here.split("/")[1], there.split("/")[-1]
    if step not in line or wanted not in line:
        return f"{step if step not in line else wanted} has no place yet in LINES of architecture.py"
    if (step, wanted) in APART:
        return f"{step} knows nothing of {wanted}"
    return None if line.index(wanted) < line.index(step) else f"{wanted} comes after {step}"


def breaks(tree):
    for file in tree.files:
        for include in tree.includes(file):
            why = tree.own(include) and out_of_order(file, include)
            if why:
                yield f"{file}: includes {include}, but {why}"
        if folder(file) in PURE:
            for include, way in tree.reached(file).items():
                if IMPURE.match(include):
                    yield f"{file}: {folder(file)} is pure, but includes {' -> '.join(way[1:])}"


def main():
    tree = Tree(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2])
    for file in tree.files:
        lines = (tree.root / file).read_text().count("\n")
        if lines > LONG:
            print(f"warning: {file} has {lines} lines; split it by idea (about {LONG} are the most)")
    found = sorted(set(breaks(tree)))
    print("\n".join(found + [f"{len(tree.files)} files, {len(found)} breaks of the architecture"]))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

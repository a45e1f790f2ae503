#!/bin/sh
# Has clang check who holds which lock (-Wthread-safety) in every file that reaches common/sync/mutex.h.
#
#     locks.sh BUILD_DIRECTORY [DIRECTORY...]    the build has made the generated headers; default: all directories
set -eu
cd "$(dirname "$0")/../.."
build=$1
shift
[ $# -gt 0 ] || set -- collector notifier common
if grep -rlE --include='*.h' --include='*.cc' 'std::(recursive_|shared_|timed_)?mutex|std::(lock_guard|scoped_lock)' "$@" |
  grep -v '^common/sync/'; then
  echo "these use a mutex that is not checked; use common/sync/mutex.h" >&2
  exit 1
fi
PYTHONPATH=tests/checks PYTHONDONTWRITEBYTECODE=1 python3 -c '
import sys
from architecture import Tree
tree = Tree(".")
for file in tree.files:
    if file.endswith(".cc") and file.startswith(tuple(sys.argv[1:])) and "common/sync/mutex.h" in tree.reached(file):
        print(file)' "$@" |
  xargs -n 1 -P "$(nproc)" sh -c '
  clang++-14 -std=c++20 -fsyntax-only -Wno-everything -Werror=thread-safety -DSWARMBELL_VERSION=\"\" -I. -I"$0/proto" -I"$0/notifier/cards" -isystem /usr/include/hiredis "$1" || { echo "$1" >&2; exit 255; }' "$build"

#!/bin/sh
# Holds the protos to buf's lint rules, and to what they said before: a change that breaks old readers fails.
#   check.sh [REPOSITORY [BASE]]
# REPOSITORY is the one of this script unless given; BASE is what to compare with, in buf's words for a git
# input (branch=NAME, tag=NAME, ref=COMMIT), and branch=main unless given. Without protos there, nothing is compared.
# Exit code 77 (skipped, for CTest) when buf is not installed: `npm ci` in tests/tools.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
repository=${1:-$here/../..}
base=${2:-branch=main}
buf=$here/../tools/node_modules/.bin/buf
[ -x "$buf" ] || { echo "buf is not installed; run: npm ci --prefix tests/tools" >&2; exit 77; }

cd "$repository"
"$buf" lint proto

if git cat-file -e "${base#*=}:proto" 2>/dev/null; then
  "$buf" breaking proto --against ".git#$base,subdir=proto"
else
  echo "no protos at $base: nothing to compare with"
fi

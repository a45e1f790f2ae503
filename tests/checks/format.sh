#!/usr/bin/env bash
# Fails when a C++ or proto file is not as clang-format 14 writes it. `format.sh --fix` rewrites.
set -euo pipefail
cd "$(dirname "$0")/../.."
clang_format=$(command -v clang-format-14) || { echo "clang-format-14 is missing: apt-get install clang-format-14"; exit 1; }
mode=(--dry-run --Werror)
[[ ${1:-} != --fix ]] || mode=(-i)
find collector notifier common tests \( -name node_modules -o -name testdata \) -prune -o \
  \( -name '*.h' -o -name '*.cc' \) -print0 | sort -z | xargs -0 -r -n 16 -P "$(nproc)" "$clang_format" "${mode[@]}"

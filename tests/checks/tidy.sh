#!/usr/bin/env bash
# clang-tidy 14 on the C++ files that changed since the last commit, or since BASE; a clean tree takes the files of
# the last commit. It reads how each file is compiled from a build directory.
#
#   tidy.sh [--all] [--base BASE] [--build DIR]
set -euo pipefail
cd "$(dirname "$0")/../.."
all= base= build=${SWARMBELL_BUILD_DIR:-build/dev}
while [[ $# -gt 0 ]]; do
  case $1 in
    --all) all=yes ;;
    --base) base=$2; shift ;;
    --build) build=$2; shift ;;
    *) sed -n '2,5s/^# \?//p' "$0"; exit 2 ;;
  esac
  shift
done
command -v clang-tidy-14 >/dev/null || { echo "clang-tidy-14 is missing: apt-get install clang-tidy-14"; exit 1; }
# The commands of files that are compiled each alone; generated headers are those of the build.
[[ -e $build/build.ninja ]] || { echo "no $build/build.ninja: run cmake --preset dev first, and build"; exit 1; }
commands=$PWD/build/tidy
cmake --preset dev -B "$commands" -DCMAKE_UNITY_BUILD=OFF >/dev/null
sed -i "s#$commands/#$(realpath "$build")/#g" "$commands/compile_commands.json"

candidates() {
  if [[ -n $all ]]; then git ls-files; return; fi
  if [[ -z $base ]]; then git diff --quiet HEAD -- && base=HEAD~1 || base=HEAD; fi
  git diff --name-only --diff-filter=d "$base" --
}
# A changed header is read through the source of its name.
mapfile -t files < <(candidates | grep -E '^(collector|notifier|common|tests)/.*\.(cc|h)$' | sed 's/\.h$/.cc/' | sort -u |
  while read -r file; do
    [[ -e $file ]] && grep -qF "/$file\"" "$commands/compile_commands.json" && echo "$file" || true
  done)
echo "clang-tidy reads ${#files[@]} files with $(nproc) processes (about 20 s each)"
[[ ${#files[@]} -gt 0 ]] || exit 0
one() { # Exit code 255 would stop xargs at the first fault.
  local output
  output=$(clang-tidy-14 --quiet --extra-arg=-Wno-unknown-warning-option -p "$0" "$1" 2>/dev/null) && return
  echo "$output"
  exit 1
}
export -f one
printf '%s\0' "${files[@]}" | xargs -0 -n 1 -P "$(nproc)" bash -c 'one "$1"' "$commands"

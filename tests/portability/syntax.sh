#!/usr/bin/env bash
# Compiles the programs' C++ files for other systems with clang, without making anything: with glibc's and with musl's headers,
# for aarch64. A clean tree takes the files of the last commit.
#
#   tests/portability/syntax.sh [--base BASE]     what changed since the branch left BASE, or since the last commit
#   tests/portability/syntax.sh --all             every file, also for x86-64
set -euo pipefail
cd "$(dirname "$0")/../.."
all= base=
while [[ $# -gt 0 ]]; do
  case $1 in
    --all) all=yes ;;
    --base) base=$(git merge-base "${2:?a commit}" HEAD); shift ;;
    *) sed -n '2,6s/^# \?//p' tests/portability/syntax.sh; exit 2 ;;
  esac
  shift
done
root=$PWD made=$PWD/build/portability/syntax
export root made

candidates() {
  if [[ -n $all ]]; then git ls-files; return; fi
  if [[ -z $base ]]; then git diff --quiet HEAD -- && base=HEAD~1 || base=HEAD; fi
  git diff --name-only --diff-filter=d "$base" --
}
# A header is read through the source of its name, or by itself.
sources() {
  local file source
  while read -r file; do
    source=${file%.*}.cc
    if [[ -e $source ]]; then echo "$source"; elif [[ -e $file ]]; then echo "$file"; fi
  done
}
mapfile -t files < <(candidates | grep -E '^(collector|notifier|common)/.*\.(cc|h)$' | sources | sort -u)
[[ ${#files[@]} -gt 0 ]] || { echo "no C++ file of the programs has changed"; exit 0; }
systems=(arm64-gnu arm64-musl)
[[ -z $all ]] || systems+=(amd64-gnu amd64-musl)

rm -rf "$made"
mkdir -p "$made"
(cd proto && find . -name '*.proto' -exec protoc -I . --cpp_out="$made" --grpc_out="$made" \
  --plugin=protoc-gen-grpc=/usr/bin/grpc_cpp_plugin {} +)
# Stand for the texts that CMake makes C++ of; the page has four.
echo '"", "", "", ""' >"$made/page.inc"
echo '""' >"$made/sample_texts.inc"
printf '#include %s\n' '<swarmbell/v1/change_feed.grpc.pb.h>' '<absl/strings/str_cat.h>' '<absl/strings/str_join.h>' '<absl/status/statusor.h>' \
  '<nlohmann/json.hpp>' '<spdlog/spdlog.h>' '<grpcpp/grpcpp.h>' >"$made/common.h"

options_for() { # SYSTEM
  local tree=$root/build/portability/${1%-*} machine=x86_64 headers
  [[ $1 != arm64-* ]] || machine=aarch64
  case $1 in
    *-gnu) echo "--target=$machine-linux-gnu --sysroot=$tree/gnu" ;;
    *-musl)
      headers=$tree/musl/usr/include
      printf '%s ' --target="$machine-alpine-linux-musl" -nostdinc++ -nostdlibinc
      printf -- '-isystem %s ' "$headers/c++/12" "$headers/$machine-linux-gnu/c++/12" "$headers/c++/12/backward" \
        "$headers/$machine-linux-musl" "$headers" "$headers/$machine-linux-gnu"
      ;;
  esac
}
run_clang() { # SYSTEM ARGUMENTS...
  local system=$1
  shift
  clang++-14 -std=c++20 $(options_for "$system") -Wall -Wextra -Werror -isystem "$made" -I "$root" -DSPDLOG_COMPILED_LIB \
    -DSPDLOG_FMT_EXTERNAL -DSWARMBELL_VERSION='""' "$@"
}
check() { # SYSTEM FILE; exit code 255 would end xargs at the first fault
  run_clang "$1" -x c++ -Wno-pragma-once-outside-header -fsyntax-only -include-pch "$made/$1.pch" "$root/$2" || { echo "$2: not for $1"; exit 1; }
}
export -f options_for run_clang check

for arch in $(printf '%s\n' "${systems[@]%-*}" | uniq); do tests/portability/tree.sh "$arch"; done
printf '%s\0' "${systems[@]}" | xargs -0 -n 1 -P "$(nproc)" bash -c 'run_clang "$0" -x c++-header "$made/common.h" -o "$made/$0.pch"'
for system in "${systems[@]}"; do printf "$system\0%s\0" "${files[@]}"; done | xargs -0 -n 2 -P "$(nproc)" bash -c 'check "$0" "$1"'
echo "${#files[@]} files, each for ${systems[*]}: $SECONDS s"

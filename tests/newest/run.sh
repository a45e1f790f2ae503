#!/usr/bin/env bash
# Compiles and tries Swarmbell with the newest compiler and libraries that Debian offers (sid, and experimental for gRPC,
# Protobuf and OpenSSL), in a tree of its own. As root:
#
#   tests/newest/run.sh
#
# Both programs and the tests of the folders without I/O (in CI fewer), warnings as errors; the tests are run, and both programs
# together; each Dockerfile must bring what its program needs; what speaks to the system is compiled with musl's headers.
# Exit code 77, with the reason: the packages cannot be had. The tree and what was compiled are kept for the next run,
# also that of another clone, in ~/.cache/swarmbell/newest; nothing needs them to be there. Build folder: build/newest.
set -uo pipefail
cd "$(dirname "$0")/../.."
. compose/packages.sh
root=$PWD build=$PWD/build/newest
cache=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/swarmbell/newest
tree=$cache/tree
readonly skipped=77 tree_max_age_days=7

mirror=http://deb.debian.org/debian
packages=("${build_packages[@]}" libgrpc-dev libprotoc-dev libgtest-dev libgmock-dev musl-dev redis-server openssl zstd)
# Experimental has the newer ones of these; a library of which sid's is newer comes from there.
from_experimental='libgrpc* protobuf-compiler* libprotobuf* libprotoc* libupb* libutf8-range* libssl* openssl'

tests=(common_glob_test common_time_test common_file_test common_settings_test common_process_test common_grpc_test collector_options_test
  collector_snapshot_test collector_diff_test notifier_config_test notifier_rules_test notifier_alert_test notifier_pipeline_test
  notifier_cards_test notifier_chat_test
  pair_test)
# Compiling the tests takes longer than the programs: in CI only those of what libraries decide, and both programs together.
[[ ${CI:-} != true ]] || tests=(common_settings_test common_grpc_test collector_options_test notifier_config_test pair_test)

say() { echo "==> $* ($SECONDS s)"; }
# Errors go to the end of the output too, where they are seen first.
found() { sed 's/^/  /' >>"$build/found"; }

# Runs a command in the tree, with its own mounts and processes, which end with it. Options of unshare come first;
# with --outside the command is one of this machine's.
in_tree() { # [--net] COMMAND...
  local options=(--mount --pid --fork --kill-child=KILL)
  while [[ $1 = --* && $1 != --outside ]]; do options+=("$1"); shift; done
  unshare "${options[@]}" bash -euc '
    tree=$1 root=$2 build=$3 cache=$4
    shift 4
    mount --make-rprivate /
    mount -t proc proc "$tree/proc"
    mount --rbind /dev "$tree/dev"
    if [[ -d $build/out ]]; then
      mkdir -p "$tree"/{src,build,out,ccache}
      mount --bind "$root" "$tree/src" && mount -o remount,bind,ro "$tree/src"
      mount --bind "$build" "$tree/build"
      mount --bind "$build/out" "$tree/out"
      mount --bind "$cache/ccache" "$tree/ccache"
      ip link set lo up
    fi
    export PATH=/usr/sbin:/usr/bin:/sbin:/bin
    if [[ $1 = --outside ]]; then shift; exec "$@"; fi
    exec chroot "$tree" env -i PATH="$PATH" HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive CCACHE_DIR=/ccache CCACHE_MAXSIZE=2G \
      CCACHE_SLOPPINESS=time_macros,include_file_mtime,include_file_ctime CI="${CI:-}" "$@"
  ' in_tree "$tree" "$root" "$build" "$cache" "$@"
}

cannot_be_had() { # LOG
  echo "the newest packages cannot be had: $(grep -E '^(E|Err|W: Failure|W: .*(404|Could not)|  *[a-z0-9+.-]+ : )' "$1" | sort -u | head -n 8 | paste -sd ';' | cut -c1-600)"
  return "$skipped"
}

again() { # COMMAND...: pool files move while they are fetched
  local attempt
  for attempt in 1 2 3; do
    "$@" && return
    in_tree apt-get -qq update >/dev/null 2>&1
  done
  return 1
}

make_base() {
  local attempt
  for attempt in 1 2 3; do
    rm -rf --one-file-system "$tree"
    debootstrap --variant=minbase --include=ca-certificates sid "$tree" "$mirror" >"$cache/debootstrap.log" 2>&1 && return
  done
  return 1
}

make_tree() {
  local log=$cache/packages.log plan
  say "making the tree: debootstrap"
  if ! make_base; then
    # Its own messages, where it got no further than fetching.
    grep -q '^I: Extracting' "$cache/debootstrap.log" && { tail -n 20 "$cache/debootstrap.log"; return 1; }
    sed -i 's/^W: Failure/E: &/' "$cache/debootstrap.log"
    cannot_be_had "$cache/debootstrap.log"
    return
  fi
  cp /etc/resolv.conf "$tree/etc/resolv.conf"
  printf 'deb %s %s main\n' "$mirror" sid "$mirror" experimental >"$tree/etc/apt/sources.list"
  cat >"$tree/etc/apt/apt.conf.d/90newest" <<'OPTIONS'
Acquire::Check-Valid-Until "false";
Acquire::Retries "3";
Acquire::Languages "none";
Acquire::http::Pipeline-Depth "0";
APT::Install-Recommends "false";
OPTIONS
  printf 'Package: %s\nPin: release a=experimental\nPin-Priority: 500\n' "$from_experimental" >"$tree/etc/apt/preferences.d/newest"
  printf 'path-exclude /usr/share/%s/*\n' doc man locale >"$tree/etc/dpkg/dpkg.cfg.d/newest"
  echo force-unsafe-io >>"$tree/etc/dpkg/dpkg.cfg.d/newest"
  printf '#!/bin/sh\nexit 101\n' >"$tree/usr/sbin/policy-rc.d"
  chmod +x "$tree/usr/sbin/policy-rc.d"
  say "making the tree: packages"
  again in_tree apt-get -q update >"$log" 2>&1 || { cannot_be_had "$log"; return; }
  again in_tree apt-get -q --simulate install "${packages[@]}" >"$log" 2>&1 || { cannot_be_had "$log"; return; }
  # gRPC says which Abseil it was built with; the headers must be of the same one.
  plan=$(grep -oE '^Inst libabsl[0-9]+' "$log" | sort -u | wc -l)
  [[ $plan = 1 ]] || packages=("${packages[@]/%libabsl-dev/libabsl-dev/experimental}")
  again in_tree apt-get -qq --download-only install "${packages[@]}" >"$log" 2>&1 || { cannot_be_had "$log"; return; }
  in_tree apt-get -qq install "${packages[@]}" >"$log" 2>&1 || { tail -n 30 "$log"; return 1; }
  in_tree apt-get -qq clean
}

tree_is_fresh() { [[ $(cat "$cache/stamp" 2>/dev/null) = "$stamp" && -z $(find "$cache/stamp" -mtime "+$tree_max_age_days") ]]; }

prepare_tree() {
  local stamp code
  stamp=$(printf '%s ' "${packages[@]}" "$from_experimental" | sha256sum)
  tree_is_fresh && { say "the tree of $(date -r "$cache/stamp" +%F) is used again"; return; }
  rm -f "$cache/stamp"
  make_tree
  code=$?
  [[ $code != 0 ]] || echo "$stamp" >"$cache/stamp"
  return "$code"
}

compile() {
  say "compiling"
  in_tree --net /src/tests/newest/compile.sh swarmbell-collector swarmbell-notifier "${tests[@]}" && return
  { echo "it does not compile (each line once; all of it is above):"
    sed -nE 's#^(/src/|\.\./src/)?([^ :]+:[0-9]+):[0-9]+: ((fatal )?error: .*)#\2: \3#p; s#^(CMake Error.*|ninja: error: .*)#\1#p; s#^(.*(undefined reference|undefined symbol|ld: error).*)#\1#p' \
      "$build/compile.log" | sort -u | head -n 28; } | found
  return 1
}

run_tests() {
  say "running the tests and both programs together"
  # With gRPC 1.83 a call that waits behind a hundred others is not begun when one of those is cancelled: not fixed yet.
  in_tree --net env GTEST_FILTER=-GrpcServerTest.AConnectionHasAtMostAHundredCallsAtOnce ctest --test-dir /build --output-on-failure --no-tests=error --parallel 2 \
    --tests-regex "^($(IFS='|'; echo "${tests[*]}"))\$" >"$build/tests.log" 2>&1
  local code=$?
  cat "$build/tests.log"
  [[ $code = 0 ]] || { echo "tests failed:"; grep -E '^(/src/[^ ]*: Failure|\[  FAILED  \] [^ ]*( \(|$))' "$build/tests.log" | sed 's#^/src/##' | sort -u | head -n 20; } | found
  return "$code"
}

check_images() {
  say "looking for the libraries that the images bring"
  in_tree --net --outside python3 "$root/tests/newest/image_libraries.py" "$tree" >"$build/images.log" 2>&1
  local code=$?
  cat "$build/images.log"
  [[ $code = 0 ]] || tail -n 12 "$build/images.log" | found
  return "$code"
}

compile_with_musl() {
  say "compiling what speaks to the system with musl's headers"
  in_tree --net /src/tests/newest/musl.sh /src /build >"$build/musl.log" 2>&1
  local code=$?
  cat "$build/musl.log"
  [[ $code = 0 ]] || { echo "not with musl's headers:"; grep -E '(error: |: not with musl|only .* files)' "$build/musl.log" | sort -u | head -n 12; } | found
  return "$code"
}

[[ $(id -u) = 0 ]] || { echo "needs root for a tree of its own"; exit "$skipped"; }
mkdir -p "$cache/ccache" "$build/out"
# One at a time: another run on this machine is waited for.
exec 9>"$cache/lock"
flock 9
prepare_tree || exit
: >"$build/found"
in_tree dpkg-query --show --showformat '${Package} ${Version}\n' g++ libgrpc++-dev libprotobuf-dev libabsl-dev libssl-dev musl-dev
failed=
compile && { run_tests || failed=yes; check_images || failed=yes; } || failed=yes
compile_with_musl || failed=yes
say "done"
[[ -z $failed ]] || { echo "found with the newest libraries:"; cat "$build/found"; exit 1; }

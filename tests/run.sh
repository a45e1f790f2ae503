#!/usr/bin/env bash
# Sets up a Debian 12 machine and runs every test, or only the stages that are named.
#
#   tests/run.sh [--fuzz-seconds N] [STAGE...]
#
# As root or with sudo it runs everything; otherwise it says what it cannot run, and runs the rest. Logs are in
# build/logs/. Stages, in the order in which they run:
stages=(
  "setup         install the Debian packages that are missing"
  "format        clang-format agrees with every file"
  "architecture  folders include only what they may; every error is documented; links lead somewhere; plain English"
  "build         configure and build everything (build/dev)"
  "unit          unit and integration tests"
  "proto         buf lint, breaking changes, reflection"
  "settings      tables and JSON Schemas are the programs' own; ajv holds the schemas to good and bad files"
  "cards         cards against the vendors' own parsers and types"
  "web           the timeline in a browser, with axe-core: filters, links, keys, hostile values, 10,000 rows"
  "bench         instructions and ratios of the parts, and a notifier that follows 1,000 collectors, against their bounds"
  "e2e           a real swarm, both programs, both chats, compose/run.sh"
  "images        both images built and run, every stack of compose/ deployed, the Debian package"
  "newest        compiled and tried with the newest compiler and libraries that Debian offers, and with musl's headers"
  "portable      clang compiles the files that changed for aarch64, with glibc's and with musl's headers; only when it is named"
  "tidy          clang-tidy on the files that changed; clang checks who holds which lock"
  "asan          unit and integration tests with AddressSanitizer and UBSan"
  "tsan          unit and integration tests with ThreadSanitizer"
  "fuzz          each fuzz target, together for --fuzz-seconds (60)"
  "emulated      the tests of the folders without I/O, compiled for aarch64 and run with qemu; only when it is named"
)
set -uo pipefail
cd "$(dirname "$0")/.."
. compose/packages.sh
find_root

root=$PWD
# Another clone on this machine finds what this one has compiled.
export CCACHE_BASEDIR=$root CCACHE_NOHASHDIR=1
logs=$root/build/logs
fuzz_seconds=60
jobs=$(nproc)
python=/usr/bin/python3 # Debian's: the one that python3-grpcio and python3-pytest belong to
test_packages=(libgtest-dev libgmock-dev python3 python3-pytest python3-pytest-xdist python3-grpcio python3-protobuf git zstd openssl redis-server
  clang-14 clang-format-14 clang-tidy-14 libclang-rt-14-dev nodejs npm
  chromium prometheus prometheus-alertmanager curl debootstrap docker-compose valgrind)
readonly skipped=77

usage() { sed -n '2,7s/^# \?//p' "$0"; printf '  %s\n' "${stages[@]}"; }

# Each stage prints to its log; it returns 0, 77 for skipped, or a failure. `counted` adds single tests.
counted() { echo "$1 $2" >>"$logs/$stage.counts"; }

count_gtest() { # of the last ctest run in build directory $1
  local log=$root/build/$1/Testing/Temporary/LastTest.log passed failed
  passed=$(grep -oE '^\[  PASSED  \] [0-9]+' "$log" 2>/dev/null | awk '{s += $4} END {print s + 0}')
  failed=$(grep -oE '^ *[0-9]+ FAILED TESTS?$' "$log" 2>/dev/null | awk '{s += $1} END {print s + 0}')
  # A program that crashed has no such line.
  [[ $2 = 0 || $failed != 0 ]] || failed=1
  counted "$passed" "$failed"
}

count_pytest() { # LINES: of the log that were there before; a test that ran again and passed has passed
  local lines passed failed
  lines=$(tail -n "+$(($1 + 1))" "$logs/$stage.log" | grep -E '^(=+ )?.*(passed|failed|error).* in [0-9.]+s')
  passed=$(grep -oE '[0-9]+ passed' <<<"$lines" | awk '{s += $1} END {print s + 0}')
  failed=$(tail -n 1 <<<"$lines" | grep -oE '[0-9]+ (failed|errors?)' | awk '{s += $1} END {print s + 0}')
  [[ -z $lines ]] || counted "$passed" "$failed"
}

setup() {
  install_packages "${build_packages[@]}" "${test_packages[@]}" "${engine_packages[@]}" || return
  local folder
  for folder in tests/tools tests/cards tests/web examples/node; do
    # npm writes this file last, and only when it has put everything in place.
    [[ $folder/node_modules/.package-lock.json -nt $folder/package-lock.json ]] && continue
    npm ci --prefix "$folder" --no-audit --no-fund || npm ci --prefix "$folder" --no-audit --no-fund || return
    touch "$folder/node_modules/.package-lock.json"
  done
}
format() { tests/checks/format.sh; }
architecture() {
  tests/checks/portability.sh && tests/checks/architecture.py && tests/checks/troubleshooting.py && tests/checks/links.py &&
    tests/checks/language.py && tests/checks/readability.py &&
    "$python" -m pytest -q -p no:cacheprovider tests/checks
  local code=$?
  count_pytest 0
  return "$code"
}
portable() { tests/portability/syntax.sh; }
tidy() { tests/checks/locks.sh build/dev && tests/checks/tidy.sh; }

# In CI a build starts from nothing: the files of a folder are compiled together.
configure() { cmake --preset dev "-DCMAKE_UNITY_BUILD=${CI:-false}"; }
build() { configure && cmake --build --preset dev; }

emulated() {
  tests/portability/emulated.sh
  local code=$?
  count_gtest aarch64 "$code"
  return "$code"
}

run_ctest() { # PRESET [ctest's options...]
  local preset=$1
  shift
  ctest --preset "$preset" --parallel "$jobs" "$@" --label-regex '^(unit|integration)$' --no-tests=error
  local code=$?
  count_gtest "$preset" "$code"
  return "$code"
}
# The integration tests wait more than they work.
unit() { run_ctest dev --parallel $((2 * jobs)); }

# In CI each sanitizer runs on the programs where it finds most for its time: building everything three times
# takes an hour on two cores. Elsewhere both run on everything.
# The readers of outside input run under AddressSanitizer in the stage fuzz, too.
asan_in_ci=(collector_logs_test collector_store_test collector_stream_test)
tsan_in_ci=(common_grpc_test collector_logs_test collector_changelog_test collector_poll_test collector_stream_test notifier_pipeline_test
  notifier_delivery_test)

sanitized() { # PRESET PROGRAM...: builds and runs everything, in CI only the programs
  local preset=$1 only=()
  shift
  [[ -e build/$preset/build.ninja ]] || cmake --preset "$preset" || return
  if [[ ${CI:-} = true ]]; then
    cmake --build --preset "$preset" --target "$@" || return
    only=(--tests-regex "^($(IFS='|'; echo "$*"))\$")
  else
    cmake --build --preset "$preset" || return
  fi
  run_ctest "$preset" "${only[@]}"
}

asan() {
  ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1 UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 \
    sanitized asan "${asan_in_ci[@]}"
}

tsan() {
  # Its options are those of the preset.
  sanitized tsan "${tsan_in_ci[@]}"
}

fuzz() {
  [[ -e build/fuzz/build.ninja ]] || cmake --preset fuzz || return
  local targets target each
  targets=(engine_json_fuzz masking_fuzz task_output_fuzz yaml_config_fuzz stored_records_fuzz)
  # It is made of nearly everything, built once more: too long for each time.
  [[ ${CI:-} = true ]] || targets+=(notifier_feed_fuzz)
  cmake --build --preset fuzz --target "${targets[@]}" || return
  each=$(((fuzz_seconds + ${#targets[@]} - 1) / ${#targets[@]}))
  for target in "${targets[@]}"; do
    local name=$target corpus=$root/build/fuzz/corpus/$target
    mkdir -p "$corpus"
    local seeds=()
    [[ -d tests/fuzz/corpus/${name%_fuzz} ]] && seeds=("$root/tests/fuzz/corpus/${name%_fuzz}")
    echo "fuzzing $name for $each s"
    (cd build/fuzz && "tests/fuzz/$target" -max_total_time="$each" -timeout=5 -max_len=204800 -len_control=5 -rss_limit_mb=2048 -print_final_stats=1 "$corpus" "${seeds[@]}") ||
      { counted 0 1; return 1; }
    counted 1 0
  done
}

proto() { tests/proto/check.sh; }

settings() {
  tests/checks/documents.py build/dev && node tests/schema/check.mjs build/dev
  local code=$?
  # Its last line is `108 good, 0 bad`.
  read -r good _ bad _ < <(tail -n 1 "$logs/$stage.log")
  [[ $bad =~ ^[0-9]+$ ]] && counted "$good" "$bad"
  return "$code"
}

web() {
  node tests/web/check.mjs --program build/dev/tests/web/web_page_server
  local code=$? good bad
  read -r good _ bad _ < <(tail -n 1 "$logs/$stage.log")
  [[ $bad =~ ^[0-9]+$ ]] && counted "$good" "$bad"
  return "$code"
}

cards() { node tests/cards/check.mjs --program build/dev/tests/notifier/cards/render_samples; }

bench() {
  configure >/dev/null &&
    cmake --build --preset dev --target bench_instructions bench_webhook_posts swarmbell-notifier many_feeds || return
  local code=0
  tests/bench/regressions.py || code=$?
  # Its delays need a machine that does nothing else.
  [[ ${CI:-} = true ]] || tests/bench/feeds.py --build build/dev || code=$?
  counted "$(grep -c '^ok ' "$logs/bench.log")" "$(grep -c '^DEARER ' "$logs/bench.log")"
  return "$code"
}

on_engines() { # TESTS [pytest's options...]
  local sudo= tests=$1 code lines
  shift
  lines=$(wc -l <"$logs/$stage.log")
  [[ $as_root = none ]] && { echo "needs root for network namespaces and engines"; return "$skipped"; }
  [[ -z $as_root ]] || sudo="sudo --preserve-env=CI,SWARMBELL_BUILD_DIR,SWARMBELL_E2E_IDLE_SECONDS,SWARMBELL_IMAGES_SECONDS,SWARMBELL_STATIC_IMAGES,CCACHE_BASEDIR,CCACHE_NOHASHDIR,CCACHE_REMOTE_STORAGE,CCACHE_SLOPPINESS"
  local pytest=($sudo "$python" -m pytest -o "cache_dir=$root/build/pytest-$stage" -rfE)
  "${pytest[@]}" --durations=40 "$@" "$tests"
  code=$?
  if [[ $code = 1 ]]; then
    # A real swarm on a busy machine may lose its leader for a while. A test that needs this often is wrong: the names are shown.
    tail -n "+$((lines + 1))" "$logs/$stage.log" | sed -nE '/ short test summary info /,$ {/^(FAILED|ERROR) /p}' >>"$logs/$stage.again"
    echo "these tests failed and run once more, in new swarms and one after the other"
    "${pytest[@]}" "$@" --numprocesses 0 --last-failed --last-failed-no-failures=none "$tests"
    code=$?
  fi
  count_pytest "$lines"
  return "$code"
}

e2e() {
  # The images' builds need not compile again what compose/run.sh compiled, and the other way round.
  export CCACHE_REMOTE_STORAGE=file:$root/build/images/ccache CCACHE_SLOPPINESS=locale
  on_engines tests/e2e/test_run_sh.py || return
  # They wait more than they work: four swarms at a time keep two cores busy.
  on_engines tests/e2e --ignore tests/e2e/test_run_sh.py --numprocesses 4 --dist loadfile
}

# The figures that are printed (sizes, memory, times) are those of docs/performance.md.
images() {
  on_engines tests/images -s
}

# In a tree of its own; needs no engine and nothing that was built before.
newest() {
  local sudo=
  [[ $as_root = none ]] && { echo "needs root for a tree of its own"; return "$skipped"; }
  [[ -z $as_root ]] || sudo="sudo --preserve-env=CI"
  $sudo tests/newest/run.sh
  local code=$?
  # Counted only when the tests were run this time.
  grep -q '^==> running the tests' "$logs/newest.log" && count_gtest newest "$code"
  return "$code"
}

# The stages that use what a stage makes; they are skipped when it failed.
needs() {
  case $1 in
    unit | proto | settings | cards | web | bench | e2e | tidy) echo build ;;
    *) echo ;;
  esac
}

wanted=()
while [[ $# -gt 0 ]]; do
  case $1 in
    --fuzz-seconds) fuzz_seconds=${2:?seconds}; shift ;;
    -h | --help) usage; exit ;;
    *)
      grep -q "^$1 " <(printf '%s\n' "${stages[@]}") || { echo "no stage is called \`$1\`"; usage; exit 2; }
      wanted+=("$1")
      ;;
  esac
  shift
done
if [[ ${#wanted[@]} = 0 ]]; then mapfile -t wanted < <(printf '%s\n' "${stages[@]}" | awk '!/only when it is named$/ {print $1}'); fi

mkdir -p "$logs"
total_passed=0 total_failed=0 number=0
table=()
declare -A result

run_stage() {
  stage=$1
  local log=$logs/$stage.log before=$SECONDS code what passed failed need
  what=$(printf '%s\n' "${stages[@]}" | sed -n "s/^$stage  *//p")
  number=$((number + 1))
  printf '[%d/%d] %s: %s\n' "$number" "${#wanted[@]}" "$stage" "$what"
  need=$(needs "$stage")
  : >"$log"
  : >"$logs/$stage.counts"
  : >"$logs/$stage.again"
  if [[ -n $need && ${result[$need]:-ok} = FAILED ]]; then
    echo "the stage $need failed" >"$log"
    code=$skipped
  else
    # Something to look at while it runs, when somebody looks.
    if [[ -t 1 ]]; then show_last_line "$log" & local watcher=$!; fi
    ("$stage") </dev/null >>"$log" 2>&1
    code=$?
    if [[ -t 1 ]]; then kill "$watcher" 2>/dev/null; wait "$watcher" 2>/dev/null; printf '\r\033[K'; fi
  fi
  sed 's/^/      ran again: /' "$logs/$stage.again" | cut -c1-200
  read -r passed failed < <(awk '{p += $1; f += $2} END {print p + 0, f + 0}' "$logs/$stage.counts")
  case $code in
    0) result[$stage]=ok; [[ $passed != 0 ]] || passed=1 ;;
    "$skipped") result[$stage]=skipped; echo "      skipped: $(tail -n 1 "$log")" ;;
    *)
      result[$stage]=FAILED
      [[ $failed != 0 ]] || failed=1
      echo "      FAILED; the end of ${log#"$root"/}:"
      tail -n 40 "$log" | sed 's/^/      | /'
      ;;
  esac
  total_passed=$((total_passed + passed))
  total_failed=$((total_failed + failed))
  table+=("$(printf '%-13s %-8s %6d passed %4d failed %5d s' "$stage" "${result[$stage]}" "$passed" "$failed" $((SECONDS - before)))")
}

show_last_line() {
  while sleep 1; do printf '\r\033[K      %s' "$(tail -n 1 "$1" | tr -d '\r' | cut -c1-100)"; done
}

SECONDS=0
for one in "${wanted[@]}"; do run_stage "$one"; done
echo
printf '%s\n' "${table[@]}"
printf '%-13s %-8s %28s %5d s\n\n' total '' '' "$SECONDS"
echo "$total_passed passed, $total_failed failed"
[[ $total_failed = 0 ]]

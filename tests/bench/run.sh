#!/usr/bin/env bash
# Measures Swarmbell beside its peers on real engines, and prints the tables of docs/performance.md. As root; half an hour.
#
#   tests/bench/run.sh [--only SECTION...] [--help]     the whole
#   tests/bench/run.sh parts [--benchmark_filter=...]   the parts alone, by Google Benchmark
#
# Builds what it needs into build/bench, with a release's flags.
set -euo pipefail
cd "$(dirname "$0")/../.."
. compose/packages.sh
find_root
build=$PWD/build/bench
export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1 SWARMBELL_BUILD_DIR=$build
packages=(libgtest-dev libgmock-dev libbenchmark-dev redis-server openssl python3-grpcio python3-protobuf python3-docker
  golang-go golang-github-docker-docker-dev)

if [[ ${1:-} = -h || ${1:-} = --help ]]; then
  sed -n '2,7s/^# \?//p' "$0"
  exec /usr/bin/python3 tests/bench/whole.py --help
fi

build_all() { # TARGET...
  install_packages "${build_packages[@]}" "${engine_packages[@]}" "${packages[@]}"
  [[ -e $build/build.ninja ]] || cmake -S . -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release >&2
  cmake --build "$build" --target "$@" >&2
}

# Debian's sources of the Docker client, as they are: nothing is fetched.
build_go_peer() {
  GO111MODULE=off GOPROXY=off GOPATH=/usr/share/gocode GOCACHE=$build/go go build -o "$build/tests/bench/peer_go" tests/bench/peers/go/main.go
}

if [[ ${1:-} = parts ]]; then
  build_all bench_parts
  exec "$build/tests/bench/bench_parts" "${@:2}"
fi
build_all swarmbell-collector swarmbell-notifier bench_read_engine bench_webhook_posts bench_parts \
  bench_fanout_server bench_fanout_client many_feeds
build_go_peer
exec $as_root ${as_root:+--preserve-env=SWARMBELL_BUILD_DIR} /usr/bin/python3 tests/bench/whole.py "$@"

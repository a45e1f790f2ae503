#!/usr/bin/env bash
# Compiles the tests of the folders without I/O for aarch64 and runs them with qemu. Build folder: build/aarch64. Nothing is
# installed but clang, lld and the packages of a build.
#
#   tests/portability/emulated.sh [TEST...]
set -euo pipefail
[[ ${1:-} != -* ]] || { sed -n '2,5s/^# \?//p' "$0"; exit 2; }
cd "$(dirname "$0")/../.."
. compose/packages.sh
find_root
install_packages "${build_packages[@]}" clang-14 lld-14 zstd
tests=("$@")
[[ $# != 0 ]] || tests=(common_glob_test common_lru_test common_time_test common_settings_test collector_snapshot_test
  collector_diff_test notifier_rules_test notifier_alert_test notifier_cards_test notifier_timeline_test)

tests/portability/tree.sh arm64
sysroot=build/portability/arm64/gnu qemu=build/portability/qemu
# gRPC's CMake files look for its code generators there; those that run are this machine's.
ln -sf /usr/bin/grpc_*_plugin "$sysroot/usr/bin/"
if [[ ! -e $qemu/usr/bin/qemu-aarch64-static ]]; then
  mkdir -p "$qemu"
  (cd "$qemu" && apt-get -qq -o APT::Sandbox::User=root download qemu-user-static && dpkg-deb --extract ./*.deb . && rm ./*.deb)
fi

[[ -e build/aarch64/build.ninja ]] || cmake -S . -B build/aarch64 -G Ninja --toolchain tests/portability/aarch64.cmake \
  -DCMAKE_BUILD_TYPE= -DCMAKE_CXX_FLAGS=-O1 -DSWARMBELL_WARNINGS_AS_ERRORS=ON
cmake --build build/aarch64 --target "${tests[@]}"
# How long something takes is the emulator's doing.
GTEST_FILTER='-*LinearTime*' ctest --test-dir build/aarch64 --output-on-failure --no-tests=error --parallel "$(nproc)" \
  --tests-regex "^($(IFS='|'; echo "${tests[*]}"))\$"

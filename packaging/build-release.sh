#!/usr/bin/env bash
# Builds a release for this machine's architecture, on Debian 12, with all libraries linked in: one package and one archive for
# every Linux of this architecture.
#
#   packaging/build-release.sh FOLDER        (half an hour on two cores; installs what it needs)
set -euo pipefail
[[ $# = 1 && $1 != -* ]] || { sed -n '2,5s/^# \?//p' "$0"; exit 2; }
folder=$(realpath -m "$1")
cd "$(dirname "$0")/.."
. compose/packages.sh
find_root
install_packages "${build_packages[@]}" dpkg-dev file git make
git config --get-all safe.directory "$PWD" >/dev/null || git config --global --add safe.directory "$PWD"

packaging/static-libraries.sh build/static-libraries
cmake --preset static -DCMAKE_PREFIX_PATH="$PWD/build/static-libraries"
cmake --build --preset static --target swarmbell-collector swarmbell-notifier

for program in build/static/{collector/swarmbell-collector,notifier/swarmbell-notifier}; do
  ! readelf --dynamic "$program" | grep NEEDED || { echo "$program needs shared libraries" >&2; exit 1; }
done

# Their licenses go with the libraries that are linked in.
linked=(libabsl-dev libc-ares-dev libc6-dev libcurl4-openssl-dev libfmt-dev libgrpc-dev libhiredis-dev libmicrohttpd-dev
  libprotobuf-dev libre2-dev libspdlog-dev libssl-dev libstdc++-12-dev libxxhash-dev libyaml-cpp-dev nlohmann-json3-dev zlib1g-dev)
for library in "${linked[@]}"; do
  printf '\n==== %s\n\n' "$(dpkg-query --show --showformat '${source:Package} ${source:Version}' "$library")"
  cat "/usr/share/doc/$library/copyright"
done >build/static/third-party-licenses
packaging/pack.sh build/static "$folder"

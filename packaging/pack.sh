#!/usr/bin/env bash
# Makes of a build directory what a release offers for one architecture: the Debian package, and an archive with the programs,
# man pages and completions below bin/ and share/. The same build gives the same bytes.
#
#   packaging/pack.sh BUILD FOLDER        (needs dpkg-dev and file)
set -euo pipefail
[[ $# = 2 && $1 != -* ]] || { sed -n '2,5s/^# \?//p' "$0"; exit 2; }
build=$(realpath "$1")
mkdir -p "$2"
folder=$(realpath "$2")
cd "$(dirname "$0")/.." # for git
version=$(sed -n 's/^CMAKE_PROJECT_VERSION:STATIC=//p' "$build/CMakeCache.txt")
arch=$(dpkg --print-architecture)
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
export SOURCE_DATE_EPOCH

rm -rf "$build/package"
cpack --config "$build/CPackConfig.cmake" -B "$build/package"
cp "$build/package/swarmbell_${version}_$arch.deb" "$folder/"

name=swarmbell-$version-linux-$arch
DESTDIR=$build/package/staged cmake --install "$build" --prefix "/$name" --strip >/dev/null
tar --directory "$build/package/staged" --create --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner \
  --mode=go=rX,u+rw "$name/bin" "$name/share" | gzip --no-name --best >"$folder/$name.tar.gz"
ls -l "$folder/swarmbell_${version}_$arch.deb" "$folder/$name.tar.gz"

#!/usr/bin/env bash
# Unpacks Debian 12's headers and libraries of an architecture below build/portability/ARCH. Nothing is installed.
#
#   tests/portability/tree.sh ARCH        arm64 or amd64; 50 MB are fetched once and kept
#
# gnu/ is a sysroot with glibc. musl/ holds the same headers with musl's in the place of glibc's.
set -euo pipefail
[[ $# = 1 && $1 =~ ^(arm64|amd64)$ ]] || { sed -n '2,6s/^# \?//p' "$0"; exit 2; }
arch=$1
cd "$(dirname "$0")/../.."
. compose/packages.sh
tree=$PWD/build/portability/$arch
made_by=$(cat "$0" tests/portability/musl_headers.sh compose/packages.sh | sha256sum)
[[ $(cat "$tree/made_by" 2>/dev/null) != "$made_by" ]] || exit 0
rm -rf "$tree"
mkdir -p "$tree"/{lists/partial,archives/partial,debs,gnu,musl}
touch "$tree/status" # no package is installed there

for suite in 'http://deb.debian.org/debian bookworm' 'http://deb.debian.org/debian-security bookworm-security'; do
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $suite main"
done >"$tree/sources.list"
apt=(apt-get -qq -o "APT::Architecture=$arch" -o "APT::Architectures::=$arch" -o APT::Install-Recommends=false
  -o "Dir::Etc::sourcelist=$tree/sources.list" -o Dir::Etc::sourceparts=/dev/null -o "Dir::State::status=$tree/status"
  -o "Dir::State::lists=$tree/lists" -o "Dir::Cache=$tree" -o Acquire::Retries=3 -o Acquire::Languages=none -o APT::Sandbox::User=root)
"${apt[@]}" update
# With all that they depend on, but for compilers of that machine.
mapfile -t wanted < <(printf '%s\n' "${build_packages[@]}" libgtest-dev libgmock-dev libstdc++-12-dev musl-dev | grep -e '-dev$')
mapfile -t packages < <("${apt[@]}" --simulate install "${wanted[@]}" |
  awk '/^Inst/ {print $2}' | grep -vE '^(gcc|cpp|binutils|catch2|lib(asan|lsan|tsan|hwasan|ubsan|binutils|gprofng|ctf|isl|mpc|mpfr))')
(cd "$tree/debs" && "${apt[@]}" download "${packages[@]}")
for deb in "$tree"/debs/*.deb; do
  dpkg-deb --extract "$deb" "$tree/gnu"
  [[ $deb != *-dev_* || ${deb##*/} =~ ^(libc6|libcrypt|libnsl|libtirpc) ]] || dpkg-deb --extract "$deb" "$tree/musl"
done
for bits in "$tree"/musl/usr/include/*/c++/12/bits; do tests/portability/musl_headers.sh "$bits"; done
# Links that start at the root would lead to this machine's files.
find "$tree/gnu" -type l -lname '/*' -printf '%l\t%p\n' | while IFS=$'\t' read -r target link; do ln -sfr "$tree/gnu$target" "$link"; done
rm -r "$tree"/{debs,lists,archives} # a sysroot of 300 MB stays
echo "$made_by" >"$tree/made_by"

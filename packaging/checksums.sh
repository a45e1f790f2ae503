#!/usr/bin/env bash
# Writes SHA256SUMS of all other files in a folder, by name, and checks it: `sha256sum --check SHA256SUMS` there.
#
#   packaging/checksums.sh FOLDER
set -euo pipefail
[[ $# = 1 && $1 != -* ]] || { sed -n '2,4s/^# \?//p' "$0"; exit 2; }
cd "$1"
mapfile -t files < <(find . -maxdepth 1 -type f ! -name 'SHA256SUMS*' -printf '%f\n' | LC_ALL=C sort)
[[ ${#files[@]} != 0 ]] || { echo "there is no file in $1" >&2; exit 1; }
sha256sum -- "${files[@]}" >SHA256SUMS
sha256sum --check --quiet SHA256SUMS

#!/usr/bin/env bash
# Prints the version that CMake's project() has, once every other place names the same; with a tag (v0.2.0) also that one.
#
#   packaging/version.sh [TAG]
set -euo pipefail
[[ $# -le 1 && ${1:-} != -* ]] || { sed -n '2,4s/^# \?//p' "$0"; exit 2; }
tag=${1:-}
cd "$(dirname "$0")/.."
version=$(sed -n 's/^project(swarmbell VERSION \([0-9.]*\) .*/\1/p' CMakeLists.txt)

problems=()
expect() { # FILE PATTERN TEXT: each text in the file that has the pattern's shape is TEXT
  local found
  found=$(grep -oE -- "$2" "$1" | sort -u || true)
  [[ $found = "$3" ]] || problems+=("$1: expected only \`$3\`, found \`${found//$'\n'/\`, \`}\`")
}
for file in Dockerfile.collector Dockerfile.notifier Dockerfile.static; do
  expect "$file" 'image\.version="[^"]*"' "image.version=\"$version\""
done
for file in $(grep -l SWARMBELL_VERSION compose/*.yml); do
  expect "$file" '\$\{SWARMBELL_VERSION[^}]*\}' "\${SWARMBELL_VERSION:-$version}"
done
expect docs/install.md '(swarmbell-(collector|notifier):|swarmbell[_-]v?)[0-9]+\.[0-9]+\.[0-9]+' "$(sed "s/$/$version/" <<'NAMES'
swarmbell-
swarmbell-collector:
swarmbell-notifier:
swarmbell_
NAMES
)"
grep -qE "^## \[${version//./\\.}\] - [0-9]{4}-[0-9]{2}-[0-9]{2}$" CHANGELOG.md ||
  problems+=("CHANGELOG.md: there is no heading \`## [$version] - YYYY-MM-DD\`")
[[ -z $tag || $tag = "v$version" ]] || problems+=("the tag is $tag, but the version in CMakeLists.txt is $version")
if [[ ${#problems[@]} != 0 ]]; then printf '%s\n' "${problems[@]}" >&2; exit 1; fi
echo "$version"

#!/usr/bin/env bash
# Prints the section of CHANGELOG.md about a version, without its heading. Fails if there is none, or nothing in it.
#
#   packaging/release-notes.sh VERSION
set -euo pipefail
[[ $# = 1 && $1 != -* ]] || { sed -n '2,4s/^# \?//p' "$0"; exit 2; }
changelog=$(dirname "$0")/../CHANGELOG.md
notes=$(awk -v heading="## [$1]" '
  /^## / { inside = index($0, heading) == 1; next }
  inside' "$changelog")
[[ $notes =~ [^[:space:]] ]] || { echo "$changelog has no text below \`## [$1]\`" >&2; exit 1; }
# Links that lead to files of the repository lead to nothing from a release's page: they become absolute there.
if [[ -n ${GITHUB_REPOSITORY:-} ]]; then
  notes=$(sed -E "s#\]\((docs/|compose/|README|SECURITY|CONTRIBUTING)#](${GITHUB_SERVER_URL:-https://github.com}/$GITHUB_REPOSITORY/blob/v$1/\1#g" <<<"$notes")
fi
sed '/./,$!d' <<<"$notes"

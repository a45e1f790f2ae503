#!/bin/sh
# Checks the check: it must pass the protos as they are and reject each of several faults.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cp -r "$here/../../proto" "$work/proto"
cd "$work"
git init -q -b main .
git -c user.name=test -c user.email=test@localhost commit -q --allow-empty -m empty

check() { sh "$here/check.sh" "$work" >"$work/out" 2>&1; }
fail() { echo "FAILED: $1" >&2; cat "$work/out" >&2; exit 1; }

rc=0; check || rc=$?
[ "$rc" != 77 ] || { cat "$work/out" >&2; exit 77; }
[ "$rc" = 0 ] || fail "good protos were rejected before the first commit"
grep -q "nothing to compare" "$work/out" || fail "an absent base was not told"

git add proto
git -c user.name=test -c user.email=test@localhost commit -q -m protos
check || fail "good protos were rejected"

# rejects NAME EXPRESSION FILE WORDS: the sed expression must make the check fail with these words.
rejects() {
  cp "proto/swarmbell/v1/$3" "$work/saved"
  sed -i "$2" "proto/swarmbell/v1/$3"
  cmp -s "$work/saved" "proto/swarmbell/v1/$3" && fail "$1: the expression changed nothing"
  check && fail "$1 was accepted"
  grep -q "$4" "$work/out" || fail "$1 was rejected for another reason"
  cp "$work/saved" "proto/swarmbell/v1/$3"
}

rejects "a field without a comment" '/The sequence of the last event covered/d' change_feed.proto COMMENT_FIELD\\\|comment
rejects "a name that is not snake case" 's/string log_id = 1/string logId = 1/' change_feed.proto lower_snake_case
rejects "a field with another number" 's/uint64 sequence = 2;/uint64 sequence = 3;/' change_feed.proto 'field "2"'
rejects "a field of another type" 's/uint64 sequence = 2;/string sequence = 2;/' change_feed.proto 'changed type'
rejects "a lost enum value" '/GAP_REASON_COMPACTED = 1;/d' change_feed.proto 'GAP_REASON_COMPACTED\|Previously present'
rejects "a lost method" '/rpc ListChanges(/d' change_feed.proto 'ListChanges'
check || fail "the restored protos were rejected"
echo "ok: good protos pass, six faults are rejected"

#!/bin/bash
# Asks each server by reflection what it offers and calls every method, as a client that knows no protos would.
#   reflection_check.sh ADDRESS...
# Prints one line for each call; exit code 1 if any did not answer as it should, 77 if buf is not installed. No call
# changes anything: SendTest names a receiver that does not exist.
# SWARMBELL_AUTH_TOKEN is sent when set.
set -u

here=$(cd "$(dirname "$0")" && pwd)
buf=$here/../tools/node_modules/.bin/buf
[ -x "$buf" ] || { echo "buf is not installed; run: npm ci --prefix tests/tools" >&2; exit 77; }
[ $# -gt 0 ] || { echo "usage: $0 ADDRESS..." >&2; exit 2; }

failed=0
output=$(mktemp)
trap 'rm -f "$output"' EXIT

curl() {
  local header=()
  [ -z "${SWARMBELL_AUTH_TOKEN:-}" ] || header=(-H "authorization: Bearer $SWARMBELL_AUTH_TOKEN")
  timeout "$1" "$buf" curl --protocol grpc --http2-prior-knowledge "${header[@]}" "${@:2}"
}

report() { # RESULT METHOD WORDS
  echo "$1 $2 $3"
  [ "$1" = ok ] || { failed=1; cat "$output"; }
}

# call ADDRESS METHOD REQUEST CODE: buf's exit code is eight times the gRPC code.
call() {
  curl 20 -d "$3" "http://$1/$2" >"$output" 2>&1
  local code=$?
  if [ $((code / 8)) = "$4" ] && [ $((code % 8)) = 0 ]; then report ok "$2" "code=$4"; else report FAILED "$2" "exit=$code"; fi
}

# follow ADDRESS METHOD REQUEST WORD: a stream without end must say WORD and still be open when the time is up.
follow() {
  curl 3 -d "$3" "http://$1/$2" >"$output" 2>&1
  local code=$?
  if [ $code = 124 ] && grep -q "$4" "$output"; then report ok "$2" "streams"; else report FAILED "$2" "exit=$code"; fi
}

call_method() { # ADDRESS METHOD
  case $2 in
    swarmbell.v1.ChangeFeedService/Subscribe) follow "$1" "$2" '{"from_oldest": true}' '"opened"' ;;
    swarmbell.v1.ChangeFeedService/Acknowledge) call "$1" "$2" '{}' 3 ;;
    swarmbell.v1.ChangeFeedService/GetTaskLog) call "$1" "$2" '{}' 9 ;; # off unless logs.lines is set
    swarmbell.v1.NotifierService/Preview) call "$1" "$2" '{}' 3 ;;
    swarmbell.v1.NotifierService/SendTest) call "$1" "$2" '{"receiver": "no such receiver"}' 5 ;;
    swarmbell.v1.NotifierService/Silence) call "$1" "$2" '{}' 3 ;;
    swarmbell.v1.NotifierService/Unsilence) call "$1" "$2" '{"id": "none", "by": "me"}' 5 ;;
    grpc.health.v1.Health/Watch) follow "$1" "$2" '{}' 'SERVING' ;;
    grpc.reflection.*/ServerReflectionInfo) call "$1" "$2" '{"list_services": "*"}' 0 ;;
    *) call "$1" "$2" '{}' 0 ;;
  esac
}

for address in "$@"; do
  methods=$(curl 20 --list-methods "http://$address" 2>"$output")
  if [ -z "$methods" ]; then report FAILED "$address" "lists no methods"; continue; fi
  echo "$address: $(echo "$methods" | wc -l) methods"
  case $methods in *grpc.health.v1.Health/Check*) ;; *) report FAILED "$address" "has no health service" ;; esac
  case $methods in *swarmbell.v1.*) ;; *) report FAILED "$address" "has no Swarmbell service" ;; esac
  for method in $methods; do call_method "$address" "$method"; done
done
exit $failed

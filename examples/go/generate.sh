#!/bin/sh
# Makes swarmbell/v1/*.go of the protos.   generate.sh [FOLDER-OF-THE-PROTOS]
# Needs protoc, protoc-gen-go and protoc-gen-go-grpc: on Debian these are packages, elsewhere
#   go install google.golang.org/protobuf/cmd/protoc-gen-go@latest google.golang.org/grpc/cmd/protoc-gen-go-grpc@latest
set -eu
cd "$(dirname "$0")"
protos=${1:-../../proto}
set --
for file in "$protos"/swarmbell/v1/*.proto; do
  name=swarmbell/v1/$(basename "$file")
  set -- "$@" "--go_opt=M$name=follow/swarmbell/v1" "--go-grpc_opt=M$name=follow/swarmbell/v1" "$file"
done
protoc -I"$protos" --go_out=. --go_opt=paths=source_relative --go-grpc_out=. --go-grpc_opt=paths=source_relative "$@"

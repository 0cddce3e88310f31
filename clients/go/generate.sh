#!/usr/bin/env bash
# Regenerates everything in this client that is made from elsewhere: crux/v1 from the contract, and the service config.
# Needs Go alone; the tools go to $TOOLS.
set -euo pipefail
cd "$(dirname "$0")"

# The oldest generators whose output suits the oldest runtimes in go.mod. Raise them together with those.
protobuf_version=v1.33.0 grpc_version=v1.5.1

TOOLS=${TOOLS:-$PWD/.tools}
mkdir -p "$TOOLS"
TOOLS=$(cd "$TOOLS" && pwd)
export GOBIN=$TOOLS GOFLAGS=-buildvcs=false

(cd internal/generate && go install ./protoc)
go install "google.golang.org/protobuf/cmd/protoc-gen-go@$protobuf_version"
go install "google.golang.org/grpc/cmd/protoc-gen-go-grpc@$grpc_version"

rm -rf crux/v1
"$TOOLS/protoc" ../../proto . "$TOOLS/protoc-gen-go" "$TOOLS/protoc-gen-go-grpc"
cp ../service-config.json crux/service_config.json

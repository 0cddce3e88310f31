#!/usr/bin/env bash
# The Go driver of clients/conformance/README.md: JSON lines in, JSON lines out.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
binary=$here/.tools/conformance
(cd "$here" && go build -o "$binary" ./internal/conformance) >&2
exec "$binary"

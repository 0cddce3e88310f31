#!/usr/bin/env bash
# Regenerates the clients' code from the contract, with the generators that each client pins: `make clients`.
#
# --check: says whether that changes anything, which it must not: generated code is committed.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/tools.sh go java node python
tools=${CARGO_TARGET_DIR:-target}/tools
mkdir -p "$tools"
tools=$(cd "$tools" && pwd)

# What is there, apart from what git ignores.
state() { git ls-files -z --cached --others --exclude-standard -- clients | xargs -0 sha256sum 2>/dev/null; }

before=$(state)
for client in go java python typescript; do
    TOOLS=$tools/clients/$client "clients/$client/generate.sh"
done
if [ "${1:-}" = --check ] && ! diff <(printf '%s\n' "$before") <(state); then
    echo "clients: generated code is stale; run make clients and commit what it changes" >&2
    exit 1
fi

#!/usr/bin/env bash
# The conformance driver of clients/conformance/README.md. Builds itself where it is missing or older than its sources.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

driver=$here/build/test/conformance.js
(
    cd "$here"
    if [ ! -d node_modules ]; then
        npm ci --loglevel error
    fi
    if [ ! -f "$driver" ] || [ ! -f dist/index.js ] ||
        [ -n "$(find src test package.json tsconfig*.json -newer "$driver" -print -quit)" ]; then
        npm run --silent build
        npm run --silent build:test
    fi
) >&2

exec node "$driver"

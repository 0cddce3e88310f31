#!/usr/bin/env bash
# A browser against the binary $CRUX: tests/web/run.sh. Needs node, buf and chromium; see scripts/tools.sh.
# SCREENSHOT=file.png keeps a picture of the page.
set -euo pipefail
: "${CRUX:?set it to the crux binary}"
CRUX=$(realpath "$CRUX")
export CRUX
cd "$(dirname "$0")"

# What is installed already is right as long as the lock file is the same.
if ! cmp -s package-lock.json node_modules/.installed; then
    timeout 600 npm ci --silent --no-audit --no-fund </dev/null
    cp package-lock.json node_modules/.installed
fi
rm -rf build
timeout 120 buf generate
node_modules/.bin/esbuild page.js --bundle --format=esm --outfile=build/page.js --log-level=warning
timeout 300 node test.js

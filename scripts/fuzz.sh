#!/usr/bin/env bash
# Fuzzes every target of fuzz/ for FUZZ_SECONDS each (60): `make fuzz`. A finding is kept under fuzz/artifacts.
#
# Without sanitizers, which need a nightly compiler and find little where no unsafe code is.
# FUZZ_TARGETS="framing ollama_chat" picks some. With CRUX_RECORDINGS, recorded answers are the first inputs.
set -euo pipefail

if [ -n "${CRUX_RECORDINGS:-}" ]; then
    CRUX_RECORDINGS=$(cd "$CRUX_RECORDINGS" && pwd)
    export CRUX_RECORDINGS
fi
cd "$(dirname "$0")/.."
seconds=${FUZZ_SECONDS:-60}

scripts/tools.sh cargo fuzz python
PATH=$(cd "${CARGO_TARGET_DIR:-target}/tools/bin" && pwd):$PATH

if [ -n "${CRUX_RECORDINGS:-}" ]; then
    python3 fuzz/seed.py
else
    echo 'fuzz: CRUX_RECORDINGS is not set: starting from nothing'
fi

passed=0 failed=0
# shellcheck disable=SC2046,SC2086 # lists of words
for target in ${FUZZ_TARGETS:-$(cargo fuzz list)}; do
    printf '\n== %s, %s s\n' "$target" "$seconds"
    log=$(mktemp)
    if cargo fuzz run -s none "$target" -- -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 -print_final_stats=1 \
        >"$log" 2>&1; then
        passed=$((passed + 1))
        grep -E '^(Done|stat::(number_of_executed_units|peak_rss_mb))' "$log"
    else
        failed=$((failed + 1))
        tail -n 40 "$log"
    fi
    rm -f "$log"
done
printf '\nfuzz: %s passed, %s failed\n' "$passed" "$failed"
[ "$failed" = 0 ]

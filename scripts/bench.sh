#!/usr/bin/env bash
# Measures crux against the sandbox on this machine, and the same load without crux in the same run: `make bench`.
# The table is left in target/bench.md. BENCH_SECONDS is the time of each measurement (5).
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/tools.sh cargo
target=${CARGO_TARGET_DIR:-target}
cargo build --profile dist --locked
"$target/dist/crux" bench --suite --duration "${BENCH_SECONDS:-5}" | tee "$target/bench.md"
printf '\nbench: %s\n' "$target/bench.md"

#!/usr/bin/env bash
# Coverage of the Rust tests: a summary here, HTML under target/coverage. `make coverage`.
set -euo pipefail

if [ -n "${CRUX_RECORDINGS:-}" ]; then
    CRUX_RECORDINGS=$(cd "$CRUX_RECORDINGS" && pwd)
    export CRUX_RECORDINGS
fi
cd "$(dirname "$0")/.."

scripts/tools.sh cargo llvm_cov postgres
# shellcheck source=scripts/postgres.sh
. scripts/postgres.sh
trap stop_postgres EXIT
target=${CARGO_TARGET_DIR:-target}
PATH=$(cd "$target/tools/bin" && pwd):$PATH
set -a
# shellcheck source=/dev/null # LLVM_COV and LLVM_PROFDATA
. "$target/tools/llvm.env"
set +a

[ -n "${CRUX_RECORDINGS:-}" ] || echo '!! CRUX_RECORDINGS is not set: what only recordings reach counts as uncovered'
start_postgres
cargo llvm-cov --locked --no-report
# Generated code and the tests' own lines say nothing.
readonly NOT_OURS='(/out/|/tests/|tests\.rs$)'
cargo llvm-cov report --ignore-filename-regex "$NOT_OURS" --html --output-dir "$target/coverage"
cargo llvm-cov report --ignore-filename-regex "$NOT_OURS"
printf '\ncoverage: %s/coverage/html/index.html\n' "$target"

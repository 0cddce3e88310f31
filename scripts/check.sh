#!/usr/bin/env bash
# Everything that can be said about the code without running it: `make check`.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/tools.sh lints buf deny
PATH=$(cd "${CARGO_TARGET_DIR:-target}/tools/bin" && pwd):$PATH

step() {
    printf '\n== %s\n' "$1"
    shift
    local start=$SECONDS
    "$@"
    printf '== %s s\n' "$((SECONDS - start))"
}

# The advisories live outside any registry of packages: a machine that cannot reach them says so, and goes on.
advisories() {
    if timeout 120 cargo deny --log-level off fetch db </dev/null >/dev/null 2>&1; then
        cargo deny --log-level error check advisories
    else
        echo "SKIPPED: the advisory database cannot be reached from here"
    fi
}

step 'formatting' cargo fmt --check
step 'contract' buf lint proto
step 'dependencies' cargo deny --log-level error --locked check bans licenses sources
step 'advisories' advisories
step 'clients' scripts/clients.sh --check
step 'lints' cargo clippy --quiet --locked --all-targets -- -D warnings
step 'documentation' env RUSTDOCFLAGS='-D warnings' cargo doc --quiet --locked --no-deps --document-private-items
step 'layers' cargo test --quiet --locked --test layering
printf '\ncheck: all clean\n'

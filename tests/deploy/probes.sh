#!/usr/bin/env bash
# The probes that people deploy with: grpc-health-probe and grpcurl against plain text, TLS and mTLS.
#
# Takes the binary from $CRUX, and grpcurl and grpc-health-probe from PATH. Ends with "probes: N passed, N failed".
set -euo pipefail
cd "$(dirname "$0")"
: "${CRUX:?set it to the crux binary}"

scratch=$(mktemp -d)
# shellcheck source=tests/deploy/lib.sh
. ./lib.sh
# shellcheck source=tests/clients/server.sh
. ../clients/server.sh
trap 'stop_servers; rm -rf "$scratch"' EXIT

# certificate <name> <extension>: signed by the test's own authority.
certificate() {
    openssl req -newkey rsa:2048 -nodes -keyout "$scratch/$1.key" -out "$scratch/$1.csr" -subj "/CN=$1" 2>/dev/null
    openssl x509 -req -in "$scratch/$1.csr" -CA "$scratch/ca.pem" -CAkey "$scratch/ca.key" -CAcreateserial -days 2 \
        -extfile <(printf '%s\n' "$2") -out "$scratch/$1.pem" 2>/dev/null
}
openssl req -x509 -newkey rsa:2048 -nodes -keyout "$scratch/ca.key" -out "$scratch/ca.pem" -days 2 \
    -subj '/CN=test authority' 2>/dev/null
certificate server 'subjectAltName=DNS:localhost,IP:127.0.0.1'
certificate caller 'extendedKeyUsage=clientAuth'
printf '[tls]\ncert = "server.pem"\nkey = "server.key"\n' >"$scratch/tls.toml"
{ cat "$scratch/tls.toml"; echo 'client_ca = "ca.pem"'; } >"$scratch/mtls.toml"

readonly NAMES=('' crux.v1.ChatService provider/anthropic)
readonly CHAT=crux.v1.ChatService/StreamChat

# served <how> <arguments of grpc-health-probe> -- <arguments of grpcurl>: both tools, every kind of name, a chat.
served() {
    local how=$1 name
    shift
    local probe=() curl=()
    while [ "$1" != -- ]; do probe+=("$1") && shift; done
    shift
    curl=("$@")
    for name in "${NAMES[@]}"; do
        run grpc-health-probe -addr "$address" -service "$name" -connect-timeout 3s "${probe[@]}"
        check "$how: grpc-health-probe finds \"$name\" SERVING" succeeds 'status: SERVING'
        run grpcurl "${curl[@]}" -d "{\"service\":\"$name\"}" "$address" grpc.health.v1.Health/Check
        check "$how: so does grpcurl" succeeds '"status": "SERVING"'
    done
    run grpc-health-probe -addr "$address" -service nobody "${probe[@]}"
    check "$how: a name that is not served is a failure" fails NotFound
    run grpcurl "${curl[@]}" "$address" list
    check "$how: grpcurl lists by reflection" succeeds crux.v1.ChatService
    run grpcurl "${curl[@]}" -d "$(chat anthropic/claude-sonnet-4-5 hi)" "$address" "$CHAT"
    check "$how: and chats" succeeds '"finished"'
}

start_server plain --sandbox
served plain -- -plaintext
run grpc-health-probe -addr "$address" -tls -tls-no-verify -connect-timeout 2s
check 'plain: TLS is not' test "$code" != 0
kill -TERM "$pid"
until_says "$scratch/plain.log" '"message":"draining"'
wait "$pid" || true
run grpc-health-probe -addr "$address" -connect-timeout 2s
check 'plain: a server that is gone is a failure' test "$code" != 0

start_server tls --sandbox --config tls.toml
served TLS -tls -tls-ca-cert "$scratch/ca.pem" -- -cacert "$scratch/ca.pem"
run grpc-health-probe -addr "$address" -connect-timeout 2s
check 'TLS: plain text is not' test "$code" != 0
run grpc-health-probe -addr "$address" -tls -connect-timeout 2s
check 'TLS: an authority that is not known is a failure' test "$code" != 0

start_server mtls --sandbox --config mtls.toml
served mTLS \
    -tls -tls-ca-cert "$scratch/ca.pem" -tls-client-cert "$scratch/caller.pem" -tls-client-key "$scratch/caller.key" -- \
    -cacert "$scratch/ca.pem" -cert "$scratch/caller.pem" -key "$scratch/caller.key"
run grpc-health-probe -addr "$address" -tls -tls-ca-cert "$scratch/ca.pem" -connect-timeout 3s
check 'mTLS: health alone asks for no certificate, as probes have none' succeeds 'status: SERVING'
run grpcurl -cacert "$scratch/ca.pem" -import-path ../../proto -proto crux/v1/chat.proto \
    -d "$(chat anthropic/claude-sonnet-4-5 hi)" "$address" "$CHAT"
check 'mTLS: a chat does' fails Unauthenticated

finish probes

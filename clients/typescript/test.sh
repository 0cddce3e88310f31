#!/usr/bin/env bash
# Checks, builds, packs and tests the client, against servers that it starts from $CRUX.
#
# Quiet where all is well. Ends with "typescript: N passed, N failed".
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
: "${CRUX:?set it to the crux binary}"
CRUX=$(realpath "$CRUX")

scratch=$(mktemp -d)
# shellcheck source=../../tests/clients/server.sh
. ../../tests/clients/server.sh
trap 'stop_servers 2>/dev/null; rm -rf "$scratch"' EXIT

passed=0 failed=0

# check <what holds> <command...>: counts one test, and shows what the command printed where it fails.
check() {
    local name=$1
    shift
    if "$@" >"$scratch/output" 2>&1 </dev/null; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf 'FAILED  %s\n' "$name"
        tail -n 80 "$scratch/output" | sed 's/^/        | /'
    fi
}

if [ ! -d node_modules ] || [ package-lock.json -nt node_modules ]; then
    npm ci --loglevel error >/dev/null
    touch node_modules
fi
npm run --silent build
npm run --silent build:test
check 'it is formatted and lint-clean' npm run --silent lint

npm pack --silent --ignore-scripts --pack-destination "$scratch" >/dev/null
package=$(echo "$scratch"/*.tgz)
check 'the package is as registries want it' npx --no-install publint --strict "$package"
check 'its types resolve wherever ESM does' npx --no-install attw --profile esm-only "$package"
# shellcheck disable=SC2016 # for awk
check 'the lock file holds no registry' awk '/"resolved"/ { exit 1 }' package-lock.json

# certificate <name>: of the authority ca, for localhost.
certificate() {
    openssl req -newkey rsa:2048 -nodes -keyout "$scratch/$1.key" -out "$scratch/$1.csr" -subj "/CN=$1" 2>/dev/null
    openssl x509 -req -in "$scratch/$1.csr" -CA "$scratch/ca.pem" -CAkey "$scratch/ca.key" -CAcreateserial -days 2 \
        -out "$scratch/$1.pem" -extfile <(echo 'subjectAltName=DNS:localhost,IP:127.0.0.1') 2>/dev/null
}
openssl req -x509 -newkey rsa:2048 -nodes -keyout "$scratch/ca.key" -out "$scratch/ca.pem" -days 2 -subj '/CN=ca' \
    2>/dev/null
certificate server
certificate client
printf '[auth]\nbearer_token = "correct horse"\n' >"$scratch/token.toml"
printf '[tls]\ncert = "server.pem"\nkey = "server.key"\nclient_ca = "ca.pem"\n' >"$scratch/mtls.toml"

start_server counted --sandbox
export CRUX_COUNTED_ADDRESS=$address CRUX_COUNTED_SANDBOX=$sandbox
start_server doomed --sandbox
export CRUX_DOOMED_ADDRESS=$address CRUX_DOOMED_PID=$pid
disown "$pid" # a test kills it, which is no news
start_server token --sandbox --config token.toml
export CRUX_TOKEN_ADDRESS=$address
start_server mtls --sandbox --config mtls.toml
export CRUX_MTLS_ADDRESS=$address CRUX_CERTIFICATES=$scratch
start_server open --sandbox
export CRUX_ADDRESS=$address CRUX_SANDBOX=$sandbox
unset CRUX_TOKEN

# Every file ends by itself within its time: one that does not is a failure, not a hang.
node --test --test-timeout=60000 --test-reporter=tap build/test/*.test.js >"$scratch/tap" 2>&1 || true
grep -A 40 '^ *not ok' "$scratch/tap" || true
count() { sed -n "s/^# $1 //p" "$scratch/tap"; }
passed=$((passed + $(count pass)))
failed=$((failed + $(count fail) + $(count cancelled) + $(count skipped) + $(count todo)))

# example <name> <pattern...>: its output holds a line for each pattern.
example() {
    local name=$1 pattern
    shift
    node "build/examples/$name.js" >"$scratch/example" 2>"$scratch/example.err" || {
        cat "$scratch/example" "$scratch/example.err"
        return 1
    }
    for pattern in "$@"; do
        grep -Eq -- "$pattern" "$scratch/example" || {
            echo "nothing of $name is like $pattern:"
            cat "$scratch/example"
            return 1
        }
    done
}
check 'example stream' example stream '^You said: hello from a stream$' '^anthropic/claude-sonnet-4-5.*: [1-9][0-9]* tokens$'
check 'example tools' example tools '^step 1: 2 tools answered$' '^The tools answered: .*sunny.*noon in' '^2 steps, [1-9]'
check 'example structured' example structured '^.+: [0-9]+ people; .+$'
check 'example image' example image '^You said: what is in this image\?$'
check 'example cancel' example cancel '^left after 3 deltas$' '^aborted: TimeoutError$' '^deadline: .* 200 ms passed$'
check 'example errors' example errors '^status: INVALID_ARGUMENT INVALID_REQUEST model' '^status: NOT_FOUND MODEL_NOT_FOUND' \
    '^status: RESOURCE_EXHAUSTED PROVIDER_RATE_LIMITED, retry after 1000 ms' '^failed: UNAVAILABLE' '^  so far: .'

# The package alone, in a project of its own.
mkdir "$scratch/project"
(
    cd "$scratch/project"
    echo '{"private": true, "type": "module"}' >package.json
    npm install --loglevel error --no-fund --no-audit "$package" >/dev/null
)
awk '/^```/ { if (inside) exit; inside = 1; next } inside' README.md |
    sed "s/localhost:50051/$address/" >"$scratch/project/first.js"
# alone <file> <output>: what a program in that project prints.
alone() {
    local said
    said=$(cd "$scratch/project" && node "$1") && [ "$said" = "$2" ] || {
        echo "expected $2; found $said"
        return 1
    }
}
check 'the first lines of the README stream a chat' alone first.js 'You said: hello'
echo 'import { ChatService } from "@cruxrpc/client/v1"; console.log(ChatService.typeName);
process.exitCode = process.getActiveResourcesInfo().some((name) => name.includes("TCP")) ? 1 : 0;' \
    >"$scratch/project/contract.js"
check 'the contract is had without the client' alone contract.js crux.v1.ChatService

printf 'typescript: %d passed, %d failed\n' "$passed" "$failed"
[ "$failed" = 0 ]

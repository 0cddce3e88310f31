#!/usr/bin/env bash
# Everything that holds for this client: formatting and lints, the generated code's freshness, unit tests, tests over a
# socket, the examples, and the README's first program against the module as it would be published.
#
# Takes the server's binary from $CRUX. Ends with "go: N passed, N failed".
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
: "${CRUX:?set it to the crux binary}"
CRUX=$(cd "$(dirname "$CRUX")" && pwd)/$(basename "$CRUX")
staticcheck_version=v0.8.2

scratch=$(mktemp -d)
# shellcheck source=../../tests/clients/server.sh
. "$here/../../tests/clients/server.sh"
trap 'stop_servers; chmod -R u+w "$scratch"; rm -rf "$scratch"' EXIT

TOOLS=${TOOLS:-$here/.tools}
mkdir -p "$TOOLS"
TOOLS=$(cd "$TOOLS" && pwd)
export TOOLS
passed=0 failed=0

# check <what holds> <command...>: counts one test, and shows what the command printed where it fails.
check() {
    local name=$1
    shift
    if out=$("$@" 2>&1); then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf 'FAILED  %s\n' "$name"
        sed 's/^/        | /' <<<"$out"
    fi
}

formatted() {
    local files
    files=$(find . -name '*.go' -not -path './crux/v1/*' -not -path './.tools/*' -print0 | xargs -0 gofmt -l -s)
    [ -z "$files" ] || { printf '%s\n' "$files"; return 1; }
}

lints() {
    local version=$TOOLS/staticcheck-$staticcheck_version
    if [ ! -x "$version/staticcheck" ]; then
        GOBIN=$version go install "honnef.co/go/tools/cmd/staticcheck@$staticcheck_version" || return 1
    fi
    go vet ./... && "$version/staticcheck" -checks all ./crux ./examples/... ./internal/... &&
        (cd internal/generate && go vet ./... && "$version/staticcheck" -checks all ./...)
}

# The generated code and the service config are what generate.sh makes of the contract now.
fresh() {
    local copy=$scratch/fresh
    mkdir -p "$copy/clients"
    cp -r ../../proto "$copy/proto"
    cp ../service-config.json "$copy/clients/"
    mkdir "$copy/clients/go"
    cp -r generate.sh go.mod go.sum crux internal "$copy/clients/go/"
    "$copy/clients/go/generate.sh" && diff -r crux "$copy/clients/go/crux"
}

# tests <package...>: every Go test counts, subtests too.
tests() {
    local log=$scratch/tests.log status=0 bad
    go test -race -count=1 -v "$@" >"$log" 2>&1 || status=$?
    passed=$((passed + $(grep -cE '^ *--- PASS' "$log" || true)))
    bad=$(grep -cE '^ *--- (FAIL|SKIP)' "$log" || true)
    # A package that does not build, or dies, has no test to blame.
    [ "$status" = 0 ] || [ "$bad" != 0 ] || bad=1
    failed=$((failed + bad))
    [ "$bad" = 0 ] || grep -vE '^ *(=== |--- PASS)' "$log" || true
}

# certificate <name> <subject> <extension>: signed by the test's own authority.
certificate() {
    openssl req -newkey rsa:2048 -nodes -keyout "$scratch/$1.key" -out "$scratch/$1.csr" -subj "/CN=$2" 2>/dev/null
    openssl x509 -req -in "$scratch/$1.csr" -CA "$scratch/ca.pem" -CAkey "$scratch/ca.key" -CAcreateserial -days 2 \
        -extfile <(printf '%s\n' "$3") -out "$scratch/$1.pem" 2>/dev/null
}

# example <name> <text...>: it ends well, and prints these texts.
example() {
    local name=$1 out text
    shift
    out=$(CRUX_ADDRESS=$plain CRUX_TOKEN='' timeout 60 "$scratch/examples/$name" 2>&1) || { printf '%s\n' "$out"; return 1; }
    for text in "$@"; do
        grep -qF -- "$text" <<<"$out" || { printf 'no "%s" in:\n%s\n' "$text" "$out"; return 1; }
    done
}

# The README's first program, in a project that knows nothing but the published module.
readme() {
    local project=$scratch/readme version=v0.1.0 cache
    mkdir "$project" "$scratch/module"
    tar -c --exclude=./.tools . | tar -x -C "$scratch/module"
    (cd internal/generate && go run ./modzip "$scratch/module" "$scratch/proxy" "$version") || return 1
    awk '/^```/ { if (inside) exit; inside = 1; next } inside' README.md | sed "s/localhost:50051/$plain/" >"$project/main.go"
    grep -qF "$plain" "$project/main.go" || { echo 'the first block of README.md does not connect to localhost:50051'; return 1; }
    cache=$(go env GOMODCACHE)/cache/download
    cd "$project"
    # A module cache of its own: a version that is published means the same for ever, one that is tested does not.
    export GOMODCACHE=$scratch/modules GOFLAGS=-modcacherw GONOSUMDB=github.com/cruxrpc GOWORK=off
    GOPROXY=file://$scratch/proxy,file://$cache,$(go env GOPROXY)
    export GOPROXY
    go mod init example.org/readme && go get "github.com/cruxrpc/crux/clients/go@$version" && go mod tidy || return 1
    go run . >"$project/out" || return 1
    grep -qF 'You said: ' "$project/out" || { echo 'it printed:'; cat "$project/out"; return 1; }
}

cd "$here"
check 'formatting' formatted
check 'lints' lints
check 'generated code is fresh' fresh

openssl req -x509 -newkey rsa:2048 -nodes -keyout "$scratch/ca.key" -out "$scratch/ca.pem" -days 2 \
    -subj '/CN=test authority' 2>/dev/null
certificate server localhost 'subjectAltName=DNS:localhost,IP:127.0.0.1'
certificate client caller 'extendedKeyUsage=clientAuth'
printf '[tls]\ncert = "server.pem"\nkey = "server.key"\nclient_ca = "ca.pem"\n' >"$scratch/mtls.toml"
printf '[auth]\nbearer_token = "correct horse"\n' >"$scratch/token.toml"
start_server mtls --sandbox --config mtls.toml
export CRUX_TEST_MTLS_ADDRESS=$address CRUX_TEST_CERTIFICATES=$scratch
start_server token --sandbox --config token.toml
export CRUX_TEST_TOKEN_ADDRESS=$address CRUX_TEST_TOKEN='correct horse'
start_server plain --sandbox
plain=$address
export CRUX_TEST_ADDRESS=$address CRUX_TEST_SANDBOX=$sandbox
tests ./crux/... ./internal/e2e

mkdir "$scratch/examples"
check 'the examples build' go build -o "$scratch/examples/" ./examples/...
check 'example stream' example stream 'You said: Why is the sky blue?' '2 parts' 'tokens in'
check 'example tools' example tools 'called get_weather' 'get_time answered' '2 steps'
check 'example structured' example structured '{Name:Paris' 'answered by gemini/gemini-2.5-flash'
check 'example image' example image 'image/png' 'You said: What is in this picture?'
check 'example cancel' example cancel 'left after 3 words' 'cancelled: true' 'deadline passed: true'
check 'example errors' example errors INVALID_REQUEST MODEL_NOT_FOUND PROVIDER_RATE_LIMITED 'PROVIDER_UNAVAILABLE (Unavailable, failed)'
check 'the first program of README.md' readme

echo "go: $passed passed, $failed failed"
[ "$failed" = 0 ]

#!/usr/bin/env bash
# The server as grpcurl sees it: the one-line calls, reflection, health, errors with details, access, TLS, deadlines.
#
# Takes the binary from $CRUX and grpcurl from PATH; `make test` sets both. Ends with "grpcurl: N passed, N failed".
set -euo pipefail
cd "$(dirname "$0")"
: "${CRUX:?set it to the crux binary}"

scratch=$(mktemp -d)
# shellcheck source=tests/clients/server.sh
. ./server.sh
trap 'stop_servers; rm -rf "$scratch"' EXIT

passed=0 failed=0

# call [arguments of grpcurl]: leaves what it printed in `out` and its exit code in `code`. Never waits for ever.
call() {
    code=0
    out=$(timeout 30 grpcurl "$@" 2>&1 </dev/null) || code=$?
}

# check <what holds> <test...>: counts one test, and shows the last call's output where it fails.
check() {
    local name=$1
    shift
    if "$@"; then
        passed=$((passed + 1))
        printf 'ok      %s\n' "$name"
    else
        failed=$((failed + 1))
        printf 'FAILED  %s\n' "$name"
        head -n 60 <<<"$out" | sed 's/^/        | /'
    fi
}

succeeds() { [ "$code" = 0 ] && says "$@"; }

# fails_with <gRPC code> <text...>: grpcurl exits with 64 + the code's number and names it.
fails_with() {
    local name=$1
    shift
    [ "$code" != 0 ] && says "Code: $name" "$@"
}

says() {
    local text
    for text in "$@"; do
        grep -qF -- "$text" <<<"$out" || return 1
    done
}

count() { grep -cF -- "$1" <<<"$out" || true; }

in_order() {
    local text last=0 line
    for text in "$@"; do
        line=$(grep -nF -- "$text" <<<"$out" | head -n 1 | cut -d : -f 1)
        [ -n "$line" ] && [ "$line" -gt "$last" ] || return 1
        last=$line
    done
}

is_at_least() { [ "$1" -ge "$2" ]; }
is_at_most() { [ "$1" -le "$2" ]; }

# chat <model> <text>: a request.
chat() { printf '{"model":"%s","messages":[{"role":"ROLE_USER","content":[{"text":"%s"}]}]}' "$1" "$2"; }

readonly STREAM=crux.v1.ChatService/StreamChat
readonly MODEL=anthropic/claude-sonnet-4-5

echo '-- plain text, from the sandbox'
start_server plain --sandbox
plain=$address plain_pid=$pid

call -plaintext -d '{"model":"anthropic/claude-sonnet-4-5","messages":[{"role":"ROLE_USER","content":[{"text":"hi"}]}]}' \
    "$plain" crux.v1.ChatService/StreamChat
check 'the one-line call streams started, deltas and finished, in that order' \
    in_order '"started"' '"attemptStarted"' '"partStarted"' '"textDelta"' '"partFinished"' '"finished"'
check 'it ends well, with usage and timing' \
    succeeds '"finishReason": "FINISH_REASON_STOP"' '"inputTokens"' '"outputTokens"' '"timeToFirstToken"'

for model in openai/gpt-5 anthropic/claude-sonnet-4-5 gemini/gemini-2.5-flash ollama/llama3.2 \
    openrouter/anthropic/claude-sonnet-4.5 deepseek/deepseek-chat xai/grok-4; do
    call -plaintext -d "$(chat "$model" 'one two three four')" "$plain" "$STREAM"
    check "$model streams its answer in several deltas" is_at_least "$(count '"textDelta"')" 2
    check "$model ends with usage" succeeds '"finished"' '"inputTokens"' "\"model\": \"$model\""
    call -plaintext -d "$(chat "$model" 'one two three four')" "$plain" crux.v1.ChatService/Chat
    check "$model answers whole" succeeds '"text"' 'one two three four' "\"model\": \"$model\""
done

call -plaintext -d "{\"request\":$(chat "$MODEL" hi)}" "$plain" crux.v1.ChatService/CountTokens
check 'tokens are counted' succeeds '"inputTokens"' '"method"'

call -plaintext -v -d "$(chat "$MODEL" hi)" -H 'x-request-id: from-the-caller' "$plain" crux.v1.ChatService/Chat
check 'the request id comes back' succeeds 'x-request-id: from-the-caller'

echo '-- reflection and health'
call -plaintext "$plain" list
check 'list names the services' succeeds crux.v1.ChatService crux.v1.ServerService grpc.health.v1.Health
call -plaintext "$plain" describe crux.v1.ChatService
check 'describe prints the service, comments included' succeeds 'rpc StreamChat' 'Answers as it is made.'
call -plaintext "$plain" describe crux.v1.ChatEvent
check 'describe prints a message' succeeds 'text_delta'
call -plaintext "$plain" crux.v1.ServerService/GetServerInfo
check 'the server tells its version and limits' succeeds '"version"' '"maxRequestBytes"'
for service in '' crux.v1.ChatService crux.v1.ServerService provider/anthropic provider/ollama; do
    call -plaintext -d "{\"service\":\"$service\"}" "$plain" grpc.health.v1.Health/Check
    check "health of \"$service\" is SERVING" succeeds '"status": "SERVING"'
done
call -plaintext -d '{"service":"nobody"}' "$plain" grpc.health.v1.Health/Check
check 'health of an unknown service is NotFound' fails_with NotFound

echo '-- errors, with details'
call -plaintext -d "$(chat nobody/model hi)" "$plain" "$STREAM"
check 'an unknown provider is NotFound and names the known ones' \
    fails_with NotFound google.rpc.ErrorInfo '"reason": "MODEL_NOT_FOUND"' '"domain": "crux.v1"' \
    google.rpc.ResourceInfo google.rpc.RequestInfo anthropic openrouter
check 'a refused call has no event' is_at_most "$(count '"started"')" 0
call -plaintext -d "$(chat anthropic/missing-model hi)" "$plain" "$STREAM"
check 'a model the provider does not have is NotFound' fails_with NotFound '"reason": "MODEL_NOT_FOUND"'
call -plaintext -d '{"topK":-1,"messages":[{"role":"ROLE_USER","content":[{}]},{"content":[{"text":"x"}]}]}' \
    "$plain" "$STREAM"
check 'a bad request names every bad field at once' \
    fails_with InvalidArgument google.rpc.BadRequest '"field": "model"' '"field": "messages[0].content[0]"' \
    '"field": "messages[1].role"' '"field": "top_k"'
call -plaintext -d '{"model":"openai/gpt-5","idempotencyKey":"a","messages":[{"role":"ROLE_USER","content":[{"text":"x"}]}]}' \
    "$plain" "$STREAM"
check 'what is not served yet is refused, not ignored' fails_with Unimplemented '"reason": "FEATURE_DISABLED"'
call -plaintext -d "$(chat "$MODEL+fault:status=429,retry-after=30" hi)" -max-time 5 "$plain" "$STREAM"
check 'a rate limit beyond the deadline ends at once, with RetryInfo' \
    fails_with ResourceExhausted '"reason": "PROVIDER_RATE_LIMITED"' google.rpc.RetryInfo '"retryDelay": "30s"'
call -plaintext -d "$(chat "$MODEL+fault:cut=700" hi)" "$plain" "$STREAM"
check 'a stream that was cut is never OK' \
    fails_with Unavailable '"started"' '"failed"' '"reason": "PROVIDER_STREAM_BROKEN"'
call -plaintext -d "$(chat "$MODEL+fault:status=503,times=1,id=grpcurl" hi)" "$plain" "$STREAM"
check 'a passing failure is retried, and the second attempt says why' \
    succeeds '"previousError"' 'ERROR_REASON_PROVIDER_UNAVAILABLE' '"finished"'

echo '-- deadlines'
started=$(date +%s%3N)
call -plaintext -max-time 0.3 -d "$(chat "anthropic/claude+fault:gap=200ms,chunks=50" hi)" "$plain" "$STREAM"
took=$(($(date +%s%3N) - started))
check 'a 300 ms deadline ends a slow stream as DeadlineExceeded' fails_with DeadlineExceeded
check "within a second of it ($took ms)" is_at_most "$took" 1300

echo '-- access'
printf '[auth]\nbearer_token = "correct horse"\n' >"$scratch/token.toml"
start_server token --sandbox --config token.toml
call -plaintext -d "$(chat "$MODEL" hi)" -reflect-header 'authorization: Bearer correct horse' "$address" "$STREAM"
check 'no token is Unauthenticated' fails_with Unauthenticated
call -plaintext -d "$(chat "$MODEL" hi)" -reflect-header 'authorization: Bearer correct horse' \
    -rpc-header 'authorization: Bearer wrong' "$address" "$STREAM"
check 'a wrong token is Unauthenticated' fails_with Unauthenticated
call -plaintext -d "$(chat "$MODEL" hi)" -H 'authorization: Bearer correct horse' "$address" "$STREAM"
check 'the right token is served' succeeds '"finished"'
call -plaintext -import-path ../../proto -proto crux/v1/chat.proto -d "$(chat "$MODEL" hi)" "$address" "$STREAM"
check 'a refusal says what was expected' fails_with Unauthenticated 'Bearer'

echo '-- TLS and mTLS'
# certificate <name> <subject> <extension>: signed by the test's own authority.
certificate() {
    openssl req -newkey rsa:2048 -nodes -keyout "$scratch/$1.key" -out "$scratch/$1.csr" -subj "/CN=$2" 2>/dev/null
    openssl x509 -req -in "$scratch/$1.csr" -CA "$scratch/ca.pem" -CAkey "$scratch/ca.key" -CAcreateserial -days 2 \
        -extfile <(printf '%s\n' "$3") -out "$scratch/$1.pem" 2>/dev/null
}
openssl req -x509 -newkey rsa:2048 -nodes -keyout "$scratch/ca.key" -out "$scratch/ca.pem" -days 2 \
    -subj '/CN=test authority' 2>/dev/null
certificate server localhost 'subjectAltName=DNS:localhost,IP:127.0.0.1'
certificate client caller 'extendedKeyUsage=clientAuth'
printf '[tls]\ncert = "server.pem"\nkey = "server.key"\n' >"$scratch/tls.toml"
{ cat "$scratch/tls.toml"; echo 'client_ca = "ca.pem"'; } >"$scratch/mtls.toml"

start_server tls --sandbox --config tls.toml
call -cacert "$scratch/ca.pem" -d "$(chat "$MODEL" hi)" "$address" "$STREAM"
check 'TLS is served' succeeds '"finished"'
call -plaintext -connect-timeout 3 -d "$(chat "$MODEL" hi)" "$address" "$STREAM"
check 'plain text is not, beside TLS' test "$code" != 0

start_server mtls --sandbox --config mtls.toml
call -cacert "$scratch/ca.pem" -cert "$scratch/client.pem" -key "$scratch/client.key" -d "$(chat "$MODEL" hi)" \
    "$address" "$STREAM"
check 'a client certificate is served' succeeds '"finished"'
call -cacert "$scratch/ca.pem" -connect-timeout 3 -d "$(chat "$MODEL" hi)" "$address" "$STREAM"
check 'no client certificate is not' test "$code" != 0

out=$("$CRUX" serve --listen 0.0.0.0:0 2>&1) && code=0 || code=$?
check 'an open address without access control is refused at start, with the mend' \
    test "$code" != 0 -a -n "$(grep -F auth.bearer_token <<<"$out")"

echo '-- going away'
grpcurl -plaintext -d "$(chat "anthropic/claude+fault:gap=100ms,chunks=12" hi)" "$plain" "$STREAM" \
    >"$scratch/drain.out" 2>&1 </dev/null &
drained=$!
for _ in $(seq 100); do
    grep -q started "$scratch/drain.out" && break
    sleep 0.1
done
kill -TERM "$plain_pid"
code=0
wait "$drained" || code=$?
out=$(cat "$scratch/drain.out")
check 'a running stream is finished after SIGTERM' succeeds '"finished"'
status=0
wait "$plain_pid" || status=$?
check 'the server ends well' test "$status" = 0
call -plaintext -connect-timeout 2 -d "$(chat "$MODEL" hi)" "$plain" "$STREAM"
check 'a server that is gone is a connection error, at once' test "$code" != 0

start_server killed --sandbox
grpcurl -plaintext -d "$(chat "anthropic/claude+fault:gap=100ms,chunks=100" hi)" "$address" "$STREAM" \
    >"$scratch/killed.out" 2>&1 </dev/null &
cut=$!
for _ in $(seq 100); do
    grep -q textDelta "$scratch/killed.out" && break
    sleep 0.1
done
kill -KILL "$pid"
# Or the shell would announce it.
wait "$pid" 2>/dev/null || true
code=0
wait "$cut" || code=$?
out=$(cat "$scratch/killed.out")
check 'a server that is killed in mid-stream is Unavailable, without a terminal event' fails_with Unavailable '"textDelta"'
check 'and without a word of success' is_at_most "$(count '"finished"')" 0

printf '\ngrpcurl: %s passed, %s failed\n' "$passed" "$failed"
[ "$failed" = 0 ]

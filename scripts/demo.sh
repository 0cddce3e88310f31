#!/usr/bin/env bash
# crux in a minute: builds it, serves it with the sandbox inside, and streams a chat through each of the seven
# providers over gRPC. Then it serves until Ctrl-C, or ends where ONCE=1 is set. PORT=... moves it. `make demo`.
set -euo pipefail
cd "$(dirname "$0")/.."

port=${PORT:-50051}
server=http://127.0.0.1:$port
bold=$'\e[1m' dim=$'\e[2m' plain=$'\e[0m'
[ -t 1 ] || bold='' dim='' plain=''

title() { printf '\n%s%s%s\n' "$bold" "$*" "$plain"; }
is_open() { (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; }

scripts/tools.sh cargo
if is_open; then
    printf 'demo: something listens on port %s already; choose another: make demo PORT=50052\n' "$port" >&2
    exit 1
fi

title 'Building'
cargo build --release --locked
crux=${CARGO_TARGET_DIR:-target}/release/crux
log=$(mktemp)

title "Serving on 127.0.0.1:$port"
"$crux" serve --sandbox --listen "127.0.0.1:$port" >"$log" 2>&1 &
pid=$!
stop() {
    kill -TERM "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
    rm -f "$log"
}
trap stop EXIT
trap 'exit 130' INT TERM
for _ in $(seq 100); do
    is_open && break
    kill -0 "$pid" 2>/dev/null || break
    sleep 0.1
done
if ! is_open; then
    cat "$log" >&2
    exit 1
fi
printf '%severy provider is played by the sandbox: no key is needed, nothing leaves this machine%s\n' "$dim" "$plain"

# The sandbox answers at the pace it is told to, so that the deltas can be seen coming.
for model in openai/gpt-5 anthropic/claude-sonnet-4-5 gemini/gemini-2.5-flash ollama/llama3.2 \
    openrouter/anthropic/claude-sonnet-4.5 deepseek/deepseek-chat xai/grok-4; do
    title "$model"
    "$crux" chat --server "$server" --model "$model+fault:gap=40ms" \
        "one contract, seven providers, and every word streamed as it comes"
done

title 'All of them once more, measured'
"$crux" smoke --server "$server"

title 'The same from anywhere else that speaks gRPC'
cat <<CALL
grpcurl -plaintext -d '{"model":"anthropic/claude-sonnet-4-5","messages":[{"role":"ROLE_USER","content":[{"text":"hi"}]}]}' \\
  localhost:$port crux.v1.ChatService/StreamChat
CALL

if [ -n "${ONCE:-}" ]; then
    title 'Done'
else
    title "Serving on 127.0.0.1:$port until Ctrl-C"
    wait "$pid"
fi

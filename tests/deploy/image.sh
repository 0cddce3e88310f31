#!/usr/bin/env bash
# The image without an engine: its root file system from the same steps as the Dockerfile's, and crux in it, read-only,
# as its unprivileged user, without capabilities.
#
# Takes the binary from $CRUX, and grpcurl and hadolint from PATH. Ends with "image: N passed, N failed".
set -euo pipefail
cd "$(dirname "$0")"
: "${CRUX:?set it to the crux binary}"

# Mounting, and files of another user, need root, or what a user namespace makes of one.
if [ "$(id -u)" != 0 ]; then
    exec unshare --user --map-root-user --map-auto --mount "$0"
fi

scratch=$(mktemp -d)
# shellcheck source=tests/deploy/lib.sh
. ./lib.sh
pids=()
# shellcheck source=scripts/postgres.sh
. "$repository/scripts/postgres.sh"
end() {
    local pid
    for pid in "${pids[@]}"; do
        kill -KILL "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
    done
    stop_postgres
    rm -rf "$scratch"
}
trap end EXIT

dockerfile=$deploy/Dockerfile
readonly TOKEN='correct horse'
readonly STREAM=crux.v1.ChatService/StreamChat
readonly MODEL=anthropic/claude-sonnet-4-5

echo '-- the Dockerfile'
run hadolint "$dockerfile"
check 'hadolint has nothing to say' succeeds
# What the last stage says is what an engine would do; the tests below do the same.
last=$(sed -n '/^FROM scratch/,$p' "$dockerfile")
instruction() { sed -n "s/^$1 //p" <<<"$last"; }
out=$last
check 'the image is built on nothing' test -n "$last"
check 'for a user without rights' test "$(instruction USER)" = 65532:65532
check 'which is started without a shell' test "$(instruction ENTRYPOINT)" = '["/usr/bin/crux"]'
check 'and drained by SIGTERM' test "$(instruction STOPSIGNAL)" = SIGTERM
for label in title source licenses version revision created; do
    check "it has the label $label" says "org.opencontainers.image.$label="
done
# What .dockerignore lets through must be all that the build stage copies, and be enough for cargo to plan a build.
mapfile -t sent < <(sed -n 's/^!//p' "$repository/.dockerignore")
mapfile -t copied < <(sed -n '/^FROM scratch/q; s/^COPY \(.*\) [^ ]*$/\1/p' "$dockerfile" | tr ' ' '\n')
out="sent: ${sent[*]} / copied: ${copied[*]}"
check 'the build is sent what it copies, and nothing more' \
    test "$(printf '%s\n' "${sent[@]}" | sort)" = "$(printf '%s\n' "${copied[@]}" | sort)"
mkdir "$scratch/context"
(cd "$repository" && cp -a --parents "${sent[@]}" "$scratch/context")
run env -C "$scratch/context" cargo metadata --locked --no-deps --format-version 1
check 'which is enough to build from' succeeds '"name":"crux"' '"kind":["custom-build"]'

echo '-- the root file system'
root=$scratch/root
cp "$CRUX" "$scratch/crux"
strip "$scratch/crux" 2>/dev/null || true
run "$deploy/rootfs.sh" "$scratch/crux" "$root"
check 'it is assembled' succeeds
out=$(cd "$root" && find . -type f | sort)
printf '%s\n' "$out" | sed 's/^\./        /'
check 'it holds no shell and no tool' \
    test -z "$(cd "$root" && find . -type f -perm /111 ! -path ./usr/bin/crux ! -name '*.so*')"
check 'nor a file with more rights than its user' test -z "$(find "$root" -type f -perm /6000)"
check 'nor one that its user may change' \
    test -z "$(find "$root" ! -path "$root/var/lib/crux" ! -path "$root/tmp" \( -user 65532 -o -perm /002 \))"
# archive: one number for everything in it: names, bytes, owners, modes and times.
archive() { tar --sort=name --numeric-owner -C "$1" -cf - . | sha256sum; }
SOURCE_DATE_EPOCH=1700000000 "$deploy/rootfs.sh" "$scratch/crux" "$scratch/one"
(umask 077 && SOURCE_DATE_EPOCH=1700000000 "$deploy/rootfs.sh" "$scratch/crux" "$scratch/two")
out="$(archive "$scratch/one") $(archive "$scratch/two")"
check 'the same binary gives the same bytes, whoever assembles it' \
    test "$(archive "$scratch/one")" = "$(archive "$scratch/two")"
run "$deploy/rootfs.sh" "$scratch/crux" "$root"
check 'what is there is not mixed with what was' fails 'is not empty'

# contained <name> [arguments of contain.py]: starts the image as an engine would; its log is $scratch/<name>.log.
mapfile -t environment < <(sed -n '/^ENV /,/[^\\]$/p' <<<"$last" | sed 's/^ENV //; s/[ \\]*$//; s/^ *//')
# Ports of the tests' own.
environment=("${environment[@]/0.0.0.0:50051/0.0.0.0:0}" CRUX_ADMIN__LISTEN=0.0.0.0:0)
contained() {
    local name=$1
    shift
    : >"$scratch/$name.log"
    unshare --mount --propagation private python3 "$PWD/contain.py" "$root" "${environment[@]}" "$@" \
        >"$scratch/$name.log" 2>&1 &
    pid=$!
    pids+=("$pid")
}
# serving <name>: waits for it, and sets `address` and `admin`.
serving() {
    until_says "$scratch/$1.log" '"message":"serving"' || { cat "$scratch/$1.log"; return 1; }
    address=127.0.0.1:$(sed -n 's/.*"message":"serving".*"address":"[^"]*:\([0-9]*\)".*/\1/p' "$scratch/$1.log" | head -n 1)
    admin=127.0.0.1:$(sed -n 's/.*"message":"serving".*"admin":"[^"]*:\([0-9]*\)".*/\1/p' "$scratch/$1.log" | head -n 1)
}
state() { awk -v name="$1:" '$1 == name { print $2 }' "/proc/$pid/status"; }

echo '-- crux in it'
contained open --writable /var/lib/crux -- /usr/bin/crux serve
wait "$pid" && code=0 || code=$?
out=$(cat "$scratch/open.log")
check 'it refuses to serve everybody, and says what is missing' fails 'CRUX_AUTH__BEARER_TOKEN'
contained sealed CRUX_AUTH__BEARER_TOKEN="$TOKEN" -- /usr/bin/crux serve
wait "$pid" && code=0 || code=$?
out=$(cat "$scratch/sealed.log")
check 'without a volume it says what it cannot write' fails '/var/lib/crux/crux.db'

contained served --writable /var/lib/crux --writable /tmp CRUX_AUTH__BEARER_TOKEN="$TOKEN" -- \
    /usr/bin/crux serve --sandbox
serving served
out=$(cat "/proc/$pid/status")
check 'it runs as 65532' test "$(state Uid)" = 65532 -a "$(state Gid)" = 65532
check 'with no capability, now or ever' test "$(state CapPrm)$(state CapEff)$(state CapBnd)$(state CapAmb)" = \
    "$(printf '%064d' 0)"
check 'and cannot gain one' test "$(state NoNewPrivs)" = 1
run nsenter --target "$pid" --mount --root -- /bin/sh -c true
check 'there is no shell to be had in it' fails 'No such file'
out=$(grep " $root " "/proc/$pid/mountinfo" || true)
check 'its root is read-only' says ' ro,nosuid,nodev'
writes=$(find "/proc/$pid/fd" -type l -printf '%l\n' | grep '^/' | grep -v "^$scratch" | sort -u || true)
out=$writes
check 'it holds files open in its volume alone' \
    test -z "$(grep -v -e '/var/lib/crux/' -e '/tmp/' -e '^/dev/' -e '^/proc/' <<<"$writes")"
# The kernel's own word, from inside: the only program there is must not be able to write beside its volume.
served=$pid
contained outside --writable /tmp CRUX_AUTH__BEARER_TOKEN="$TOKEN" SQLITE_DB_PATH=/usr/crux.db -- /usr/bin/crux serve
wait "$pid" && code=0 || code=$?
out=$(cat "$scratch/outside.log")
check 'what it would write outside fails' fails /usr/crux.db
pid=$served

authorized=(-H "authorization: Bearer $TOKEN")
run grpcurl -plaintext "${authorized[@]}" -d '{}' "$address" grpc.health.v1.Health/Check
check 'it answers for its health' succeeds SERVING
run grpc-health-probe -addr "$address" -rpc-timeout 5s
check 'to grpc-health-probe without a token too' succeeds SERVING
# What the chart's probes ask for where callers use TLS, and Prometheus.
for path in /live /ready /metrics; do
    run python3 -c 'import sys, urllib.request; print(urllib.request.urlopen(sys.argv[1]).status)' "http://$admin$path"
    check "its admin port answers $path" succeeds 200
done
run grpcurl -plaintext "${authorized[@]}" -d "$(chat "$MODEL" 'from the image')" "$address" "$STREAM"
check 'it streams a chat' succeeds '"started"' '"finished"' image
run grpcurl -plaintext -d "$(chat "$MODEL" hi)" -reflect-header "authorization: Bearer $TOKEN" "$address" "$STREAM"
check 'to nobody without the token' fails Unauthenticated

grpcurl -plaintext "${authorized[@]}" -d "$(chat "anthropic/claude+fault:gap=100ms,chunks=15" hi)" "$address" "$STREAM" \
    >"$scratch/drained.out" 2>&1 </dev/null &
stream=$!
until_says "$scratch/drained.out" started
kill -TERM "$pid"
wait "$stream" && code=0 || code=$?
out=$(cat "$scratch/drained.out")
check 'after SIGTERM a running stream goes on to its end' succeeds '"finished"'
wait "$pid" && code=0 || code=$?
out=$(cat "$scratch/served.log")
check 'and it ends with exit code 0' succeeds '"message":"draining"'

start_postgres
kek=$(openssl rand -base64 32)
contained dry CRUX_AUTH__BEARER_TOKEN="$TOKEN" DATABASE_URL="$CRUX_TEST_POSTGRES" OPENAI_API_KEY=none-to-see \
    CRUX_VAULT__KEKS__MAIN__KEY="$kek" CRUX_REGISTRY__BACKGROUND=false -- /usr/bin/crux serve
serving dry
run grpcurl -plaintext "${authorized[@]}" -d '{"key":{"provider":"openai"},"secret":"stored-in-postgresql"}' \
    "$address" crux.v1.KeyVaultService/CreateKey
check 'with a PostgreSQL database it needs no place to write to, and keeps keys all the same' succeeds createTime

echo '-- names and certificates'
# A provider elsewhere, over TLS: its name comes from the hosts file that an engine mounts, its authority from the
# file of the image.
openssl req -x509 -newkey rsa:2048 -nodes -keyout "$scratch/ca.key" -out "$scratch/ca.pem" -days 2 \
    -subj '/CN=test authority' 2>/dev/null
openssl req -newkey rsa:2048 -nodes -keyout "$scratch/provider.key" -out "$scratch/provider.csr" \
    -subj /CN=provider.test 2>/dev/null
openssl x509 -req -in "$scratch/provider.csr" -CA "$scratch/ca.pem" -CAkey "$scratch/ca.key" -CAcreateserial -days 2 \
    -extfile <(echo subjectAltName=DNS:provider.test) -out "$scratch/provider.pem" 2>/dev/null
python3 ./provider.py "$scratch/provider.pem" "$scratch/provider.key" >"$scratch/provider.log" 2>&1 &
pids+=("$!")
until_says "$scratch/provider.log" port
port=$(sed -n 's/^port //p' "$scratch/provider.log")
echo '127.0.0.1 provider.test' >"$scratch/hosts"
: >"$root/etc/hosts"
far=(--writable /var/lib/crux --bind "$scratch/hosts:/etc/hosts" CRUX_AUTH__BEARER_TOKEN="$TOKEN"
    OLLAMA_HOST="https://provider.test:$port" CRUX_RETRY__MAX_ATTEMPTS=1 CRUX_REGISTRY__BACKGROUND=false)
contained far "${far[@]}" -- /usr/bin/crux serve
serving far
run grpcurl -plaintext "${authorized[@]}" -d "$(chat ollama/llama3.2 hi)" "$address" crux.v1.ChatService/Chat
check 'a provider whose authority the image does not know is not trusted' fails PROVIDER_UNAVAILABLE
contained trusting "${far[@]}" --bind "$scratch/ca.pem:/etc/ssl/certs/ca-certificates.crt" -- /usr/bin/crux serve
serving trusting
run grpcurl -plaintext "${authorized[@]}" -d "$(chat ollama/llama3.2 hi)" "$address" crux.v1.ChatService/Chat
check 'one whose authority is in its file is called by its name over TLS' succeeds 'from afar'

finish image

# shellcheck shell=bash disable=SC2034 # the variables it sets are read by whoever sources it
# Starts and stops servers for the client tests. To be sourced.
#
# Needs $CRUX, the binary, and $scratch, a directory that is thrown away.

: "${CRUX:?set it to the crux binary}" "${scratch:?set it to a directory that is thrown away}"
servers=() address='' admin='' sandbox='' pid=''

# start_server <name> [arguments of crux serve]: sets `address`, `admin`, `sandbox` and `pid`; the log is $scratch/<name>.log.
start_server() {
    local log=$scratch/$1.log
    shift
    : >"$log"
    # Neither the caller's environment nor a file beside it may decide what is tested.
    (cd "$scratch" && exec env -i PATH="$PATH" HOME="$scratch" "$CRUX" serve --listen 127.0.0.1:0 --admin-listen 127.0.0.1:0 "$@") >"$log" 2>&1 &
    pid=$!
    servers+=("$pid")
    local line=
    for _ in $(seq 100); do
        line=$(grep -m 1 '"message":"serving"' "$log" || true)
        [ -n "$line" ] && break
        kill -0 "$pid" 2>/dev/null || break
        sleep 0.1
    done
    if [ -z "$line" ]; then
        echo "the server did not start:" >&2
        cat "$log" >&2
        return 1
    fi
    address=$(sed -n 's/.*"address":"\([^"]*\)".*/\1/p' <<<"$line")
    admin=$(sed -n 's/.*"admin":"\([^"]*\)".*/\1/p' <<<"$line")
    sandbox=$(sed -n 's/.*"sandbox":"\([^"]*\)".*/\1/p' <<<"$line")
}

stop_servers() {
    local server
    for server in "${servers[@]}"; do
        kill -KILL "$server" 2>/dev/null || true
        wait "$server" 2>/dev/null || true
    done
    servers=()
}

# shellcheck shell=bash
# A PostgreSQL of the tests' own. To be sourced: start_postgres sets and exports CRUX_TEST_POSTGRES, stop_postgres
# ends it and removes its data.
#
# Where CRUX_TEST_POSTGRES is set already, that server is used and left alone. The cluster is thrown away, so it
# writes without fsync; it listens on loopback alone, where anybody on this machine may connect.
postgres_data='' postgres_bin=''

# postgres_run <command> [arguments]: PostgreSQL refuses to run as root, so there it runs as the user that Debian made.
postgres_run() {
    if [ "$(id -u)" = 0 ]; then
        (cd / && runuser -u postgres -- "$@")
    else
        (cd / && "$@")
    fi
}

start_postgres() {
    [ -z "${CRUX_TEST_POSTGRES:-}" ] || return 0
    # Debian keeps the server's programs of each version apart, and off the path.
    local initdb
    initdb=$(find /usr/lib/postgresql/*/bin -name initdb 2>/dev/null | sort -V | tail -n 1)
    initdb=${initdb:-$(command -v initdb || true)}
    [ -n "$initdb" ] || { echo 'postgres: there is no initdb' >&2; return 1; }
    postgres_bin=$(dirname "$initdb")
    postgres_data=$(mktemp -d)
    [ "$(id -u)" != 0 ] || chown postgres "$postgres_data"
    local log=$postgres_data/log
    if ! postgres_run "$postgres_bin/initdb" --pgdata="$postgres_data/cluster" --username=postgres --auth=trust \
        --encoding=UTF8 --locale=C --no-sync >"$log" 2>&1; then
        cat "$log" >&2
        return 1
    fi
    # No port is known to be free before it is taken: another is tried when it was not.
    local port
    for _ in 1 2 3 4 5; do
        port=$((20000 + RANDOM % 12000))
        if postgres_run "$postgres_bin/pg_ctl" start --silent --wait --timeout=60 --pgdata="$postgres_data/cluster" \
            --log="$postgres_data/server.log" --options="-p $port -c listen_addresses=127.0.0.1 \
            -c unix_socket_directories='' -c fsync=off -c full_page_writes=off -c max_connections=400" \
            </dev/null >>"$log" 2>&1; then
            export CRUX_TEST_POSTGRES=postgres://postgres@127.0.0.1:$port/postgres
            return 0
        fi
    done
    cat "$log" "$postgres_data/server.log" >&2
    return 1
}

stop_postgres() {
    [ -n "$postgres_data" ] || return 0
    postgres_run "$postgres_bin/pg_ctl" stop --silent --mode=immediate --pgdata="$postgres_data/cluster" \
        >/dev/null 2>&1 || true
    rm -rf "$postgres_data"
    postgres_data=''
    unset CRUX_TEST_POSTGRES
}

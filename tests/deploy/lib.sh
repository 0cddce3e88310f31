# shellcheck shell=bash disable=SC2034 # the variables it sets are read by whoever sources it
# What the deployment tests share: counting, and servers that they start. To be sourced.
#
# Needs $CRUX, the binary, and $scratch, a directory that is thrown away.

deploy=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../deploy" && pwd)
repository=$(dirname "$deploy")
passed=0 failed=0 out='' code=0

# check <what holds> <test...>: counts one test, and shows the last output where it fails.
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

# run <command...>: leaves what it printed in `out` and its exit code in `code`. Never waits for ever.
run() {
    code=0
    out=$(timeout 60 "$@" 2>&1 </dev/null) || code=$?
}

succeeds() { [ "$code" = 0 ] && says "$@"; }
fails() { [ "$code" != 0 ] && says "$@"; }

says() {
    local text
    for text in "$@"; do
        grep -qF -- "$text" <<<"$out" || return 1
    done
}

not() { ! "$@"; }

# chat <model> <text>: a request.
chat() { printf '{"model":"%s","messages":[{"role":"ROLE_USER","content":[{"text":"%s"}]}]}' "$1" "$2"; }

# until_says <file> <text>: waits, ten seconds at most, until the file says it.
until_says() {
    for _ in $(seq 100); do
        grep -qF -- "$2" "$1" 2>/dev/null && return 0
        sleep 0.1
    done
    return 1
}

# finish <name>: the closing line.
finish() {
    printf '\n%s: %s passed, %s failed\n' "$1" "$passed" "$failed"
    [ "$failed" = 0 ]
}

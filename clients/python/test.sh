#!/usr/bin/env bash
# Checks, builds and tests the package as it would be published, against crux with its sandbox.
#
# Takes the binary from $CRUX; installs its tools into $TOOLS (.tools beside this file). Ends with
# "python: N passed, N failed".
set -euo pipefail
: "${CRUX:?set it to the crux binary}"
CRUX=$(realpath "$CRUX")
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
tools=${TOOLS:-$here/.tools}
cd "$here"
unset PYTHONPATH

scratch=$(mktemp -d)
# shellcheck source=tests/clients/server.sh
. ../../tests/clients/server.sh
trap 'stop_servers; rm -rf "$scratch"' EXIT

passed=0 failed=0

# check <what holds> <command...>: counts one test, and shows what the command printed where it fails.
check() {
    local name=$1 code=0
    shift
    "$@" >"$scratch/out" 2>&1 || code=$?
    if [ "$code" = 0 ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf 'FAILED  %s\n' "$name"
        tail -n 60 "$scratch/out" | sed 's/^/        | /'
    fi
}

venv=$tools/test
if ! cmp -s requirements-test.txt "$venv/requirements-test.txt"; then
    rm -rf "$venv"
    mkdir -p "$tools"
    "${PYTHON:-python3}" -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check -r requirements-test.txt
    cp requirements-test.txt "$venv/"
fi
PATH="$venv/bin:$PATH"
export PYTHONDONTWRITEBYTECODE=1

install() { "$1/bin/pip" install --quiet --disable-pip-version-check "${@:2}"; }

check 'it builds' python -m build --no-isolation --outdir "$scratch/dist" .
check 'its metadata is valid' twine check --strict "$scratch/dist/"*
check 'the wheel holds what it should' check-wheel-contents --toplevel crux "$scratch/dist/"*.whl
check 'the wheel installs' install "$venv" --force-reinstall --no-deps "$scratch/dist/"*.whl
check 'its dependencies install' install "$venv" "$scratch/dist/"*.whl
check 'it is formatted' ruff format --check --no-cache .
check 'it is clean of lints' ruff check --no-cache .
check 'its types are strict' mypy --cache-dir "$scratch/mypy" src
# From elsewhere: the examples see the installed package, and so its py.typed.
check 'the types of the examples are strict' \
    env -C "$scratch" mypy --strict --cache-dir "$scratch/mypy-examples" --config-file= "$here/examples"

# shellcheck source=clients/python/tests/servers.sh
. tests/servers.sh

code=0
env -C "$scratch" python -m pytest -c "$here/pyproject.toml" --rootdir "$here" -p no:cacheprovider "$here/tests" \
    >"$scratch/pytest.log" 2>&1 || code=$?
counted() { sed -n "\$s/.*\\b\\([0-9]\\+\\) $1.*/\\1/p" "$scratch/pytest.log"; }
ran=$(counted passed) broke=$(counted failed) errors=$(counted 'errors\?')
passed=$((passed + ${ran:-0})) failed=$((failed + ${broke:-0} + ${errors:-0}))
if [ "$code" != 0 ] || [ -z "$ran" ]; then
    tail -n 150 "$scratch/pytest.log"
    [ -n "$broke$errors" ] || failed=$((failed + 1))
fi

# example <name> <text...>: it ends well, and its output holds each text.
example() {
    local name=$1 text
    shift
    CRUX_ADDRESS=$CRUX_TEST_ADDRESS env -C "$scratch" python -X dev -W error "$here/examples/$name.py" || return 1
    for text in "$@"; do
        grep -qF -- "$text" "$scratch/out" || {
            echo "not there: $text"
            return 1
        }
    done
}

check 'example stream' example stream 'You said: What is the capital of France?' '8 tokens' 'You said: And of Italy?'
check 'example tools' example tools 'The tools answered: {"city":"' 'noon in' '2 steps' 'calls get_weather(' 'calls get_time('
check 'example structured' example structured 'Rome: 1 people'
check 'example image' example image 'image/png, 69 bytes' 'You said: What colour is this?'
check 'example cancel' example cancel left cancelled 'deadline passed'
check 'example errors' example errors 'INVALID_ARGUMENT INVALID_REQUEST' 'failed PROVIDER_UNAVAILABLE retryable' \
    'attempt 1: wait 1 s' 'You said: again' 'deadline passed'
for path in examples/*.py; do
    check "$path is run here" grep -q "^check 'example $(basename "$path" .py)'" test.sh
done

# The README's first lines, by somebody who has installed nothing else.
readme() {
    local project=$scratch/readme
    python3 -m venv "$project/venv"
    install "$project/venv" "$scratch/dist/"*.whl
    awk '/^```/ { if (inside) exit; inside = 1; next } inside' README.md |
        sed "s/localhost:50051/$CRUX_TEST_ADDRESS/" >"$project/main.py"
    (cd "$project" && venv/bin/python main.py) | tee "$scratch/said"
    grep -q '^You said: ' "$scratch/said"
}
check "the README's first lines work" readme

conformance() {
    printf '{"name":"one","address":"%s","call":"text","request":{"model":"openai/gpt-5","messages":[{"role":"ROLE_USER","content":[{"text":"hi"}]}]}}\n' \
        "$CRUX_TEST_ADDRESS" | ./conformance.sh | tee "$scratch/said"
    grep -q '"text": "You said: hi"' "$scratch/said"
}
check 'the conformance driver answers' conformance

echo "python: $passed passed, $failed failed"
[ "$failed" = 0 ]

#!/bin/sh
# Runs the providers' own SDKs against a sandbox that is already up at $SANDBOX_URL.
set -eu
cd "$(dirname "$0")"
: "${SANDBOX_URL:?set it to the address of a running sandbox, such as http://127.0.0.1:18089}"
export SANDBOX_URL

# Installed anew whenever the pinned versions change.
if ! cmp -s requirements.txt .venv/installed.txt; then
    rm -rf .venv
    python3 -m venv .venv
    .venv/bin/pip install --quiet --disable-pip-version-check --requirement requirements.txt
    cp requirements.txt .venv/installed.txt
fi
exec .venv/bin/pytest --quiet -p no:cacheprovider -W ignore::DeprecationWarning "$@"

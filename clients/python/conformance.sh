#!/usr/bin/env bash
# The conformance driver: JSON lines in, JSON lines out. ../conformance/README.md says what they hold.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
tools=${TOOLS:-$here/.tools}

venv=$tools/conformance
built=$(cat "$here/pyproject.toml" <(find "$here/src" -type f ! -name '*.pyc' -print0 | LC_ALL=C sort -z | xargs -0 cat) | sha256sum)
if [ "$(cat "$venv/built" 2>/dev/null)" != "$built" ]; then
    {
        rm -rf "$venv"
        mkdir -p "$tools"
        "${PYTHON:-python3}" -m venv "$venv"
        "$venv/bin/pip" install --quiet --disable-pip-version-check "$here"
        echo "$built" >"$venv/built"
    } >&2
fi
exec "$venv/bin/python" "$here/tests/conformance/driver.py"

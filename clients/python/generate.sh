#!/usr/bin/env bash
# Regenerates what is generated: the contract's code, the embedded service config, and the synchronous modules.
#
# Installs its pinned generators into $TOOLS (.tools beside this file). Running it twice changes nothing.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
proto=$here/../../proto
package=$here/src/crux
tools=${TOOLS:-$here/.tools}

# protobuf's code of 4.25 carries no check of the runtime's version, and runs with protobuf 4 to 7; grpcio-tools 1.62 is
# the last that writes it, and the last whose stubs do not ask for a grpcio as new as itself. It has builds for Python
# 3.7 to 3.12.
pins='grpcio-tools==1.62.3 mypy-protobuf==3.6.0 grpcio==1.62.3 protobuf==4.25.9 types-protobuf==4.25.0.20240417 setuptools==69.5.1 ruff==0.17.6'

venv=$tools/generate
if [ "$(cat "$venv/pins" 2>/dev/null)" != "$pins" ]; then
    rm -rf "$venv"
    mkdir -p "$tools"
    "${PYTHON:-python3}" -m venv "$venv"
    # shellcheck disable=SC2086 # one word for each package
    "$venv/bin/pip" install --quiet --disable-pip-version-check --only-binary :all: $pins
    echo "$pins" >"$venv/pins"
fi

rm -rf "$package/v1"
mkdir -p "$package/v1"
# sort: the order of files must not depend on the locale.
mapfile -t files < <(cd "$proto" && printf '%s\n' crux/v1/*.proto | LC_ALL=C sort)
PATH="$venv/bin:$PATH" "$venv/bin/python" -m grpc_tools.protoc -I "$proto" \
    --python_out="$here/src" --mypy_out=quiet:"$here/src" \
    --grpc_python_out="$here/src" --mypy_grpc_out=quiet:"$here/src" "${files[@]}"
# Files without a service have nothing to call.
for stub in "$package"/v1/*_pb2_grpc.py; do
    grep -q 'class .*Stub' "$stub" || rm "$stub" "${stub}i"
done

# The package's own modules are left out of it here: they may not import yet.
bare=$(mktemp -d)
trap 'rm -rf "$bare"' EXIT
mkdir -p "$bare/crux"
ln -s "$package/v1" "$bare/crux/v1"
PYTHONDONTWRITEBYTECODE=1 PYTHONPATH="$bare" "$venv/bin/python" "$here/scripts/v1_init.py" "$package/v1"

cp "$here/../service-config.json" "$package/service_config.json"

"$venv/bin/python" "$here/scripts/unasync.py" "$package"
mapfile -t sync < <(grep -l 'Generated from crux/_async' "$package"/_sync/*.py | LC_ALL=C sort)
"$venv/bin/ruff" check --quiet --config "$here/pyproject.toml" --select I,F401 --fix "${sync[@]}"
"$venv/bin/ruff" format --quiet --config "$here/pyproject.toml" "${sync[@]}"

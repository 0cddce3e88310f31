#!/usr/bin/env bash
# Plays every scenario with every client: see README.md. Needs CRUX, the crux binary, and the clients' toolchains.
set -euo pipefail
cd "$(dirname "$0")"

if [ ! -e .venv/ready ] || [ requirements.txt -nt .venv/ready ]; then
    python3 -m venv .venv
    .venv/bin/pip install --quiet --disable-pip-version-check -r requirements.txt
    touch .venv/ready
fi
exec .venv/bin/python run.py "$@"

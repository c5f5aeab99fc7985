#!/usr/bin/env bash
# Has REDbot judge the HTTP of a running service: tests/http/redbot.sh [http://127.0.0.1:8080]
# Fails on what REDbot calls bad or warns of, and on what cannot be fetched.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
base=${1:-http://127.0.0.1:8080}
venv=target/redbot

[[ -x $venv/bin/pip ]] || python3 -m venv "$venv"
"$venv/bin/pip" install --quiet --disable-pip-version-check --requirement tests/http/requirements.txt
exec "$venv/bin/python" tests/http/redbot.py "$venv/bin/redbot" "${base%/}"

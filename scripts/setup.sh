#!/bin/sh
# Finds a Python that can make a virtual environment and lets scripts/install.py do the work.
#   scripts/setup.sh        what a run needs
#   scripts/setup.sh dev    what tests and checks need as well
set -eu
cd "$(dirname "$0")/.."

can='import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))'
for python in "${PYTHON:-}" python3 python3.14 python3.13 python3.12 python3.11 python /usr/bin/python3; do
    if [ -n "$python" ] && command -v "$python" >/dev/null 2>&1 && "$python" -c "$can" 2>/dev/null; then
        exec "$python" scripts/install.py "$@"
    fi
done
echo "Keystone needs Python 3.11 or newer with its venv module (Debian, Ubuntu: apt install python3-venv)." >&2
exit 1

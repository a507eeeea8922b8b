#!/usr/bin/env bash
# The embedded engine as users of another SDK see it: boto3 against its port. Arguments go to pytest.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
venv=${NOCTURNE_BOTO3_VENV:-${XDG_CACHE_HOME:-$HOME/.cache}/nocturne-boto3}
if ! cmp -s "$here/requirements.txt" "$venv/requirements.txt"; then
  rm -rf "$venv"
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check --requirement "$here/requirements.txt"
  cp "$here/requirements.txt" "$venv/requirements.txt"
fi
PYTHONDONTWRITEBYTECODE=1 exec "$venv/bin/python" -m pytest -p no:cacheprovider "$here" "$@"

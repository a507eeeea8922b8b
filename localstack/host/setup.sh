#!/usr/bin/env bash
# Installs LocalStack 4.14.0 for host mode (no Docker) below LOCALSTACK_HOST_HOME. Safe to run again: a part whose
# inputs did not change is left as it is. Needs: Python 3.13 with venv, Java 17+, mvn, node with npm.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
home="${LOCALSTACK_HOST_HOME:-$HOME/.cache/localstack-host}"
mkdir -p "$home"
home="$(cd "$home" && pwd)"

say() { printf 'localstack-host: %s\n' "$*"; }
fail() { say "$*" >&2; exit 1; }

digest() { cat "$@" | cksum | tr ' ' '-'; }

# stale NAME FILES... : true when part NAME was not yet made from these files
stale() {
  local name="$1"; shift
  stamp="$home/.$name.stamp"
  want="$(digest "$@")"
  [ "$(cat "$stamp" 2>/dev/null || true)" != "$want" ]
}
done_with() { printf '%s' "$want" > "$stamp"; }

for tool in java mvn node npm; do
  command -v "$tool" >/dev/null || fail "$tool is missing"
done
java_version="$(java -XshowSettings:properties -version 2>&1 | sed -n 's/^ *java.specification.version = //p')"
[ "${java_version%%.*}" -ge 17 ] || fail "DynamoDB Local needs Java 17, this is $java_version"

# LocalStack 4.14 is written for Python 3.13: older ones cannot parse it, or lack what it imports.
find_python() {
  local candidate
  for candidate in ${LOCALSTACK_HOST_PYTHON:-python3.13 python3 "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.13.*/bin/python3}; do
    if "$candidate" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info[:2] != (3, 13))' 2>/dev/null; then
      printf '%s' "$candidate"
      return
    fi
  done
}

# --- LocalStack -------------------------------------------------------------------------------------------------------
if [ ! -x "$home/venv/bin/python" ]; then
  python="$(find_python)"
  [ -n "$python" ] || fail 'no Python 3.13 with venv (set LOCALSTACK_HOST_PYTHON)'
  say "virtual environment with $("$python" --version)"
  "$python" -m venv "$home/venv"
  rm -f "$home/.venv.stamp" "$home/.entry-points.stamp"
fi
if stale venv "$here/requirements.txt"; then
  say 'installing LocalStack (pip)'
  "$home/venv/bin/python" -m pip install --quiet --disable-pip-version-check -r "$here/requirements.txt"
  done_with
fi
# Only for its entry points, by which LocalStack finds it: start.sh runs the code that is in this folder.
if stale entry-points "$here/plugin/pyproject.toml" "$here/requirements.txt"; then
  say 'installing the plugin'
  build="$(mktemp -d)"
  cp -R "$here/plugin/." "$build/"
  "$home/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    --no-deps --no-build-isolation --force-reinstall "$build"
  rm -rf "$build"
  done_with
fi

# --- the index of all AWS operations, which LocalStack would otherwise make at each start (seconds, 400 MB) --------------
if stale catalog "$here/requirements.txt" || ! compgen -G "$home/static/service-catalog-*" >/dev/null; then
  say 'building the service catalog'
  mkdir -p "$home/static"
  rm -f "$home"/static/service-catalog-*
  LOCALSTACK_HOST_STATIC="$home/static" OVERRIDE_IN_DOCKER=0 "$home/venv/bin/python" -c '
import os
from localstack.aws import spec
spec.build_service_index_cache(os.path.join(os.environ["LOCALSTACK_HOST_STATIC"], spec._get_catalog_filename()))
'
  done_with
fi

# --- DynamoDB Local and JSONata, from Maven Central ---------------------------------------------------------------------
jars() { # NAME MARKER
  if stale "$1" "$here/maven/$1/pom.xml" || ! compgen -G "$home/$1/$2" >/dev/null; then
    say "fetching $1 (maven)"
    rm -rf "${home:?}/$1"
    build="$(mktemp -d)"
    cp "$here/maven/$1/pom.xml" "$build/"
    (cd "$build" && mvn --quiet --batch-mode --no-transfer-progress \
      org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies \
      -DincludeScope=runtime -DoutputDirectory="$home/$1")
    rm -rf "$build"
    done_with
  fi
}
jars dynamodb 'DynamoDBLocal-*.jar'
jars jsonata 'jsonata-*.jar'

# --- from npm -----------------------------------------------------------------------------------------------------------
packages() { # NAME FOLDER
  if stale "$1" "$here/$1/package.json" "$here/$1/package-lock.json" || [ ! -d "$2/node_modules" ]; then
    say "installing $1 (npm)"
    mkdir -p "$2"
    cp "$here/$1/package.json" "$here/$1/package-lock.json" "$2/"
    (cd "$2" && npm ci --silent --ignore-scripts --no-audit --no-fund)
    done_with
  fi
}
# The AWS SDK that the managed Node runtimes provide, for functions that leave it out of their bundle.
packages sdk "$home/sdk"
# DynamoDB streams. LocalStack looks for it here.
packages kinesis "$home/static/kinesis-local/0.5.2"

say "ready in $home"

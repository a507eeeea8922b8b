#!/usr/bin/env bash
# Starts LocalStack in host mode on 127.0.0.1, in the foreground: start.sh [port], 4566 by default.
# It is up when http://127.0.0.1:<port>/_localstack/health answers. SIGTERM or SIGINT stops it and all its processes.
# Nothing outlives it: state is in memory and in a folder of its own below TMPDIR, which is removed at the end.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
port="${1:-4566}"
export LOCALSTACK_HOST_HOME="${LOCALSTACK_HOST_HOME:-$HOME/.cache/localstack-host}"
python="$LOCALSTACK_HOST_HOME/venv/bin/python"
[ -x "$python" ] || { echo "localstack-host: not installed in $LOCALSTACK_HOST_HOME, run $here/setup.sh" >&2; exit 1; }

work="$(mktemp -d "${TMPDIR:-/tmp}/localstack-host.XXXXXX")"
export LOCALSTACK_HOST_WORK="$work"
# By this name for it: LocalStack has another, deprecated, use for TMPDIR.
unset TMPDIR
export TEMP="$work/tmp"
mkdir -p "$TEMP"
export FILESYSTEM_ROOT="$work/fs"
mkdir -p "$FILESYSTEM_ROOT/usr/lib"
ln -s "$LOCALSTACK_HOST_HOME/static" "$FILESYSTEM_ROOT/usr/lib/localstack"
export CONFIG_DIR="$work/config"
export XDG_CACHE_HOME="$work/cache"

export LAMBDA_RUNTIME_EXECUTOR=process
export LOCALSTACK_HOST_SDK="$LOCALSTACK_HOST_HOME/sdk/node_modules"
# ES modules know no NODE_PATH: they look for packages in the folders above them, and the code is unzipped below here.
ln -s "$LOCALSTACK_HOST_SDK" "$TEMP/node_modules"

# The functions run on the Node that this project runs on. LocalStack would take `node` of PATH, whatever version that is.
project_node="$here/../../node_modules/node/bin/node"
if [ -z "${LOCALSTACK_HOST_NODE:-}" ] && [ -x "$project_node" ]; then
  export LOCALSTACK_HOST_NODE="$project_node"
fi

# With cloudwatch, for the alarms of the stack. It costs a metric for each invocation of a function: 17 ms instead of 10.
export SERVICES="${SERVICES:-s3,dynamodb,dynamodbstreams,kinesis,stepfunctions,lambda,events,scheduler,cloudformation,iam,sts,ssm,logs,sns,sqs,secretsmanager,kms,ecr,cloudwatch}"
export GATEWAY_LISTEN="127.0.0.1:$port"
# The names in returned URLs (queues, presigned URLs). 127.0.0.1 needs no name resolution, and makes the SDKs use
# path-style S3 addresses by themselves.
export LOCALSTACK_HOST="127.0.0.1:$port"
export HOSTNAME_FROM_LAMBDA=127.0.0.1
export SQS_ENDPOINT_STRATEGY=path
export AWS_DEFAULT_REGION="${AWS_DEFAULT_REGION:-us-east-1}"

export PERSISTENCE=0
export DYNAMODB_IN_MEMORY=1
export DYNAMODB_SHARE_DB="${DYNAMODB_SHARE_DB:-0}"
export EAGER_SERVICE_LOADING="${EAGER_SERVICE_LOADING:-0}"
# A resource type that LocalStack cannot make is an error, not a warning in a log: a stack that deploys is a stack that
# is there. (Custom::* are such types: see README.md.)
export CFN_IGNORE_UNSUPPORTED_RESOURCE_TYPES="${CFN_IGNORE_UNSUPPORTED_RESOURCE_TYPES:-0}"
# No traffic to anywhere else: no events, no update check, no certificate, no DNS server, no transparent proxies.
export DISABLE_EVENTS=1
export SKIP_SSL_CERT_DOWNLOAD=1
export DNS_ADDRESS=0
export DDB_LOCAL_TELEMETRY=0
export OVERRIDE_IN_DOCKER=0
export PYTHONUNBUFFERED=1
export LS_LOG="${LS_LOG:-warn}" # info: one line per request; debug: with the output of the functions
# Credentials of the caller are of no use here and must not leak into it.
unset AWS_PROFILE AWS_ENDPOINT_URL AWS_ENDPOINT_URL_S3 AWS_SESSION_TOKEN

child=
cleanup() {
  trap - EXIT TERM INT HUP
  if [ -n "$child" ]; then
    kill -KILL -- "-$child" 2>/dev/null || true
    wait "$child" 2>/dev/null || true
  fi
  rm -rf "$work"
}
stop() {
  trap '' TERM INT HUP
  if [ -n "$child" ] && kill -TERM "$child" 2>/dev/null; then
    # An orderly stop takes a second or two; after ten it is killed.
    for _ in $(seq 100); do
      kill -0 "$child" 2>/dev/null || break
      sleep 0.1
    done
  fi
  cleanup
  exit 0
}
trap cleanup EXIT
trap stop TERM INT HUP

# The plugin of this folder, not the copy that setup.sh installed, which another checkout may have replaced.
export PYTHONPATH="$here/plugin"
export PYTHONDONTWRITEBYTECODE=1

set -m # a process group of its own for the child
"$python" -m localstack_host &
child=$!
set +m
status=0
wait "$child" || status=$?
cleanup
exit "$status"

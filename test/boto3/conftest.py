"""The engine on a port of its own, and clients of it, as a user of boto3 has them."""

import io
import json
import re
import shutil
import subprocess
import tempfile
import time
import uuid
import zipfile
from pathlib import Path

import boto3
import pytest
from botocore.config import Config

ROOT = Path(__file__).resolve().parents[2]
STARTED_WITHIN_S = 120
DONE_WITHIN_S = 60


@pytest.fixture(scope="session")
def endpoint():
    """Address of `nocturne serve` on a new folder."""
    folder = tempfile.mkdtemp(prefix="nocturne-boto3-")
    node = ROOT / "node_modules/.bin/node"
    command = [str(node), str(ROOT / "cli/nocturne.ts"), "serve", "--port", "0", "--out", f"{folder}/world"]
    # Its errors go where the test's go.
    server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        for line in server.stdout:
            found = re.search(r"engine on (http://127\.0\.0\.1:\d+)", line)
            if found:
                break
        else:
            raise RuntimeError(f"nocturne serve ended with status {server.wait()} before it listened")
        yield found.group(1)
        assert server.poll() is None, "the engine did not survive the tests"
    finally:
        server.terminate()
        try:
            server.wait(30)
        except subprocess.TimeoutExpired:
            server.kill()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def client(endpoint):
    """Makes a client of a service. It tries nothing twice, so that no fault is hidden."""

    def make(service, **options):
        config = Config(retries={"total_max_attempts": 1}, read_timeout=120, **options)
        return boto3.client(
            service,
            endpoint_url=endpoint,
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=config,
        )

    return make


@pytest.fixture(scope="session")
def role(client):
    """ARN of a role that functions and machines are given."""
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": ["lambda.amazonaws.com", "states.amazonaws.com"]},
                "Action": "sts:AssumeRole",
            }
        ],
    }
    iam = client("iam")
    name = unique("observer")
    created = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))
    iam.get_waiter("role_exists").wait(RoleName=name)
    return created["Role"]["Arn"]


@pytest.fixture(scope="session")
def function(client, role):
    """Makes a function from the text of its module, and waits until it is active. Gives its ARN."""
    functions = client("lambda")

    def make(code, **settings):
        name = unique("function")
        functions.create_function(
            FunctionName=name,
            Runtime="nodejs22.x",
            Handler="index.handler",
            Role=role,
            Code={"ZipFile": zip_of({"index.mjs": code})},
            **{"Timeout": 30, **settings},
        )
        functions.get_waiter("function_active_v2").wait(FunctionName=name)
        return functions.get_function_configuration(FunctionName=name)["FunctionArn"]

    return make


@pytest.fixture(scope="session")
def machine(client, role):
    """Makes a state machine; gives its ARN."""
    states = client("stepfunctions")

    def make(definition, **settings):
        created = states.create_state_machine(
            name=unique("machine"), definition=json.dumps(definition), roleArn=role, **settings
        )
        return created["stateMachineArn"]

    return make


@pytest.fixture(scope="session")
def ended(client):
    """Waits for the end of an execution; gives its description."""
    states = client("stepfunctions")

    def wait(execution_arn):
        def look():
            described = states.describe_execution(executionArn=execution_arn)
            return described if described["status"] != "RUNNING" else None

        return eventually(look)

    return wait


@pytest.fixture
def bucket(client):
    """Name of a new bucket."""
    objects = client("s3")
    name = unique("bucket")
    objects.create_bucket(Bucket=name)
    objects.get_waiter("bucket_exists").wait(Bucket=name)
    return name


def unique(kind):
    return f"{kind}-{uuid.uuid4().hex[:12]}"


def zip_of(files):
    """A zip file with these texts."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return packed.getvalue()


def eventually(look):
    """The first result of `look` that is something; fails when there is none for long."""
    give_up_at = time.monotonic() + DONE_WITHIN_S
    while time.monotonic() < give_up_at:
        found = look()
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError(f"nothing came of {look} within {DONE_WITHIN_S} s")

import base64
import hashlib
import json

import pytest
from botocore.exceptions import ClientError
from conftest import unique, zip_of

OBSERVE = """
import { readFileSync } from 'node:fs';
export const handler = async (event, context) => {
  console.log('observing', event.target);
  if (event.fail) throw Object.assign(new Error('clouds'), { name: 'WeatherUnsafe' });
  return { target: event.target, site: process.env.SITE, function: context.functionName };
};
"""


def test_a_function_is_made_called_changed_and_deleted(client, role):
    functions = client("lambda")
    name = unique("observe")
    code = zip_of({"index.mjs": OBSERVE})
    settings = dict(FunctionName=name, Runtime="nodejs22.x", Handler="index.handler", Role=role, Timeout=30)
    created = functions.create_function(**settings, Code={"ZipFile": code})
    assert created["State"] == "Pending"
    assert created["CodeSize"] == len(code)
    assert created["CodeSha256"] == base64.b64encode(hashlib.sha256(code).digest()).decode()
    functions.get_waiter("function_active_v2").wait(FunctionName=name)
    with pytest.raises(functions.exceptions.ResourceConflictException):
        functions.create_function(**settings, Code={"ZipFile": code})

    functions.update_function_configuration(FunctionName=name, Environment={"Variables": {"SITE": "La Palma"}})
    functions.get_waiter("function_updated_v2").wait(FunctionName=name)
    answer = functions.invoke(FunctionName=name, Payload=json.dumps({"target": "M31"}), LogType="Tail")
    assert answer["StatusCode"] == 200
    assert answer["ExecutedVersion"] == "$LATEST"
    assert json.load(answer["Payload"]) == {"target": "M31", "site": "La Palma", "function": name}
    assert "INFO\tobserving M31" in base64.b64decode(answer["LogResult"]).decode()

    failed = functions.invoke(FunctionName=name, Payload=json.dumps({"fail": True}))
    assert failed["FunctionError"] == "Unhandled"
    failure = json.load(failed["Payload"])
    assert (failure["errorType"], failure["errorMessage"]) == ("WeatherUnsafe", "clouds")

    functions.update_function_code(
        FunctionName=name, ZipFile=zip_of({"index.js": "exports.handler = async () => 'new';"})
    )
    functions.get_waiter("function_updated_v2").wait(FunctionName=name)
    assert json.load(functions.invoke(FunctionName=name)["Payload"]) == "new"

    functions.delete_function(FunctionName=name)
    with pytest.raises(functions.exceptions.ResourceNotFoundException):
        functions.invoke(FunctionName=name)


def test_a_function_that_ends_badly_ends_alone(client, function):
    functions = client("lambda")
    code = """
    export const handler = async ({ how }) => {
      if (how === 'exit') process.exit(1);
      if (how === 'memory') for (const kept = [];;) kept.push(Buffer.alloc(1e6, 1));
      if (how === 'time') for (;;);
      return 'well';
    };"""
    arn = function(code, Timeout=2)

    def call(how):
        return json.load(functions.invoke(FunctionName=arn, Payload=json.dumps({"how": how}))["Payload"])

    for how, error in [
        ("exit", "Runtime.ExitError"),
        ("memory", "Runtime.OutOfMemory"),
        ("time", "Sandbox.Timedout"),
    ]:
        assert call(how)["errorType"] == error
        assert call("") == "well"


def test_functions_page_by_page(client, function):
    arn = function("export const handler = async () => 1;")
    pages = client("lambda").get_paginator("list_functions").paginate(PaginationConfig={"PageSize": 3})
    names = [each["FunctionName"] for page in pages for each in page["Functions"]]
    assert "open-night" in names
    assert arn.rsplit(":", 1)[1] in names
    assert names == sorted(names)


def test_a_function_uses_the_services_of_its_engine(client, function, bucket):
    code = """
    import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
    const s3 = new S3Client();
    export const handler = async (event) => { await s3.send(new PutObjectCommand(event)); };"""
    event = {"Bucket": bucket, "Key": "frame", "Body": "light"}
    client("lambda").invoke(FunctionName=function(code), Payload=json.dumps(event))
    assert client("s3").get_object(Bucket=bucket, Key="frame")["Body"].read() == b"light"


def test_asynchronous_invocation(client, function, bucket):
    code = """
    import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
    export const handler = async (event) => { await new S3Client().send(new PutObjectCommand(event)); };"""
    event = {"Bucket": bucket, "Key": "later", "Body": "light"}
    answer = client("lambda").invoke(
        FunctionName=function(code), InvocationType="Event", Payload=json.dumps(event)
    )
    assert answer["StatusCode"] == 202
    client("s3").get_waiter("object_exists").wait(Bucket=bucket, Key="later", WaiterConfig={"Delay": 1})


def test_what_is_refused(client, role):
    functions = client("lambda")
    settings = dict(FunctionName=unique("refused"), Handler="index.handler", Role=role)
    with pytest.raises(functions.exceptions.InvalidParameterValueException, match="Could not unzip"):
        functions.create_function(**settings, Runtime="nodejs22.x", Code={"ZipFile": b"no zip file"})
    with pytest.raises(functions.exceptions.InvalidParameterValueException, match="python3.12"):
        functions.create_function(**settings, Runtime="python3.12", Code={"ZipFile": zip_of({"index.py": ""})})
    with pytest.raises(ClientError) as refusal:
        functions.create_function(
            **{**settings, "Role": "r1"}, Runtime="nodejs22.x", Code={"ZipFile": zip_of({"index.js": ""})}
        )
    assert refusal.value.response["Error"]["Code"] == "ValidationException"

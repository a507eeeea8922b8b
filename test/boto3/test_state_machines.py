import json

import pytest
from conftest import eventually, unique

INVOKE = "arn:aws:states:::lambda:invoke"


def test_a_machine_calls_a_function(client, function, machine, ended):
    states = client("stepfunctions")
    arn = function("export const handler = async ({ n }) => ({ n: n + 1 });")
    definition = {
        "StartAt": "Count",
        "States": {
            "Count": {
                "Type": "Task",
                "Resource": INVOKE,
                "Parameters": {"FunctionName": arn, "Payload.$": "$"},
                "OutputPath": "$.Payload",
                "End": True,
            }
        },
    }
    machine_arn = machine(definition)
    started = states.start_execution(stateMachineArn=machine_arn, name=unique("run"), input='{"n": 1}')
    described = ended(started["executionArn"])
    assert (described["status"], json.loads(described["output"])) == ("SUCCEEDED", {"n": 2})
    pages = states.get_paginator("get_execution_history").paginate(
        executionArn=started["executionArn"], PaginationConfig={"PageSize": 2}
    )
    assert [event["type"] for page in pages for event in page["events"]] == [
        "ExecutionStarted",
        "TaskStateEntered",
        "TaskScheduled",
        "TaskStarted",
        "TaskSucceeded",
        "TaskStateExited",
        "ExecutionSucceeded",
    ]
    with pytest.raises(states.exceptions.ExecutionAlreadyExists):
        name = started["executionArn"].rsplit(":", 1)[1]
        states.start_execution(stateMachineArn=machine_arn, name=name, input='{"n": 2}')


def test_errors_of_functions_are_caught_by_name(client, function, machine, ended):
    arn = function("export const handler = async () => { throw Object.assign(new Error('no'), { name: 'Clouds' }); };")
    definition = {
        "StartAt": "Observe",
        "States": {
            "Observe": {
                "Type": "Task",
                "Resource": arn,
                "Catch": [{"ErrorEquals": ["Clouds"], "Next": "Wait for better weather"}],
                "End": True,
            },
            "Wait for better weather": {"Type": "Pass", "End": True},
        },
    }
    started = client("stepfunctions").start_execution(stateMachineArn=machine(definition))
    output = json.loads(ended(started["executionArn"])["output"])
    assert output["Error"] == "Clouds"
    assert json.loads(output["Cause"])["errorMessage"] == "no"


def test_a_task_waits_for_its_token(client, function, machine, ended, bucket):
    states = client("stepfunctions")
    store = function(
        """
        import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
        export const handler = async ({ bucket, token }) => {
          await new S3Client().send(new PutObjectCommand({ Bucket: bucket, Key: 'token', Body: token }));
        };"""
    )
    definition = {
        "StartAt": "Ask",
        "States": {
            "Ask": {
                "Type": "Task",
                "Resource": f"{INVOKE}.waitForTaskToken",
                "Parameters": {"FunctionName": store, "Payload": {"bucket": bucket, "token.$": "$$.Task.Token"}},
                "End": True,
            }
        },
    }
    machine_arn = machine(definition)

    def ask():
        started = states.start_execution(stateMachineArn=machine_arn)
        objects = client("s3")

        def look():
            try:
                return objects.get_object(Bucket=bucket, Key="token")["Body"].read().decode()
            except objects.exceptions.NoSuchKey:
                return None

        token = eventually(look)
        objects.delete_object(Bucket=bucket, Key="token")
        return started["executionArn"], token

    execution_arn, token = ask()
    states.send_task_heartbeat(taskToken=token)
    states.send_task_success(taskToken=token, output='{"answer": 42}')
    assert json.loads(ended(execution_arn)["output"]) == {"answer": 42}
    with pytest.raises(states.exceptions.TaskTimedOut):
        states.send_task_success(taskToken=token, output="{}")

    execution_arn, token = ask()
    states.send_task_failure(taskToken=token, error="Refused", cause="no dark time left")
    described = ended(execution_arn)
    assert (described["status"], described["error"]) == ("FAILED", "Refused")
    with pytest.raises(states.exceptions.InvalidToken):
        states.send_task_success(taskToken="no token", output="{}")


def test_a_distributed_map_over_a_csv(client, machine, ended, bucket):
    states = client("stepfunctions")
    rows = "name,magnitude\n" + "".join(f"star {number},{number}\n" for number in range(25))
    client("s3").put_object(Bucket=bucket, Key="stars.csv", Body=rows)
    definition = {
        "StartAt": "Each star",
        "States": {
            "Each star": {
                "Type": "Map",
                "Label": "Stars",
                "ItemReader": {
                    "Resource": "arn:aws:states:::s3:getObject",
                    "ReaderConfig": {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"},
                    "Parameters": {"Bucket": bucket, "Key": "stars.csv"},
                },
                "MaxConcurrency": 5,
                "ItemProcessor": {
                    "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
                    "StartAt": "Look",
                    "States": {"Look": {"Type": "Pass", "End": True}},
                },
                "End": True,
            }
        },
    }
    started = states.start_execution(stateMachineArn=machine(definition))
    described = ended(started["executionArn"])
    assert described["status"] == "SUCCEEDED", described
    output = json.loads(described["output"])
    assert output == [{"name": f"star {number}", "magnitude": str(number)} for number in range(25)]
    (run,) = states.list_map_runs(executionArn=started["executionArn"])["mapRuns"]
    counts = states.describe_map_run(mapRunArn=run["mapRunArn"])["itemCounts"]
    assert (counts["total"], counts["succeeded"], counts["failed"]) == (25, 25, 0)


def test_executions_page_by_page_and_stop(client, machine):
    states = client("stepfunctions")
    machine_arn = machine({"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 600, "End": True}}})
    started = {states.start_execution(stateMachineArn=machine_arn)["executionArn"] for _ in range(3)}
    pages = states.get_paginator("list_executions").paginate(
        stateMachineArn=machine_arn, PaginationConfig={"PageSize": 2}
    )
    assert {each["executionArn"] for page in pages for each in page["executions"]} == started
    for execution_arn in started:
        states.stop_execution(executionArn=execution_arn, error="Enough", cause="the test is over")
        described = states.describe_execution(executionArn=execution_arn)
        assert (described["status"], described["error"]) == ("ABORTED", "Enough")


def test_what_is_refused(client, role):
    states = client("stepfunctions")
    with pytest.raises(states.exceptions.InvalidDefinition):
        states.create_state_machine(name=unique("broken"), definition='{"StartAt": "Nowhere"}', roleArn=role)
    with pytest.raises(states.exceptions.ExecutionDoesNotExist):
        states.describe_execution(executionArn="arn:aws:states:us-east-1:000000000000:execution:absent:absent")
    with pytest.raises(states.exceptions.StateMachineDoesNotExist):
        states.start_execution(stateMachineArn="arn:aws:states:us-east-1:000000000000:stateMachine:absent")
    with pytest.raises(states.exceptions.InvalidArn):
        states.describe_execution(executionArn="no ARN")

import json
from datetime import datetime, timedelta, timezone

import pytest
from conftest import eventually, unique

PASS = {"StartAt": "Pass", "States": {"Pass": {"Type": "Pass", "End": True}}}


def first_input(client, machine_arn):
    """Input of the first execution of a machine, once there is one."""
    states = client("stepfunctions")

    def look():
        executions = states.list_executions(stateMachineArn=machine_arn)["executions"]
        return executions and states.describe_execution(executionArn=executions[0]["executionArn"])["input"]

    return json.loads(eventually(look))


def test_a_rule_starts_a_machine(client, machine, role):
    events = client("events")
    machine_arn = machine(PASS)
    rule = unique("rule")
    source = unique("weather")
    events.put_rule(Name=rule, EventPattern=json.dumps({"source": [source], "detail": {"safe": [True]}}))
    events.put_targets(
        Rule=rule,
        Targets=[{"Id": "night", "Arn": machine_arn, "RoleArn": role, "InputPath": "$.detail"}],
    )

    def put(detail):
        return {"Source": source, "DetailType": "Weather", "Detail": json.dumps(detail)}

    put_events = events.put_events(Entries=[put({"safe": False}), put({"safe": True, "wind": 3})])
    assert put_events["FailedEntryCount"] == 0
    assert first_input(client, machine_arn) == {"safe": True, "wind": 3}
    assert rule in [
        each["Name"] for page in events.get_paginator("list_rules").paginate() for each in page["Rules"]
    ]
    events.remove_targets(Rule=rule, Ids=["night"])
    events.delete_rule(Name=rule)
    with pytest.raises(events.exceptions.ResourceNotFoundException):
        events.describe_rule(Name=rule)


def test_a_schedule_starts_a_machine_once(client, machine, role):
    scheduler = client("scheduler")
    machine_arn = machine(PASS)
    name = unique("schedule")
    soon = datetime.now(timezone.utc) + timedelta(seconds=2)
    scheduler.create_schedule(
        Name=name,
        ScheduleExpression=f"at({soon:%Y-%m-%dT%H:%M:%S})",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": machine_arn, "RoleArn": role, "Input": '{"night": "now"}'},
    )
    assert scheduler.get_schedule(Name=name)["State"] == "ENABLED"
    assert first_input(client, machine_arn) == {"night": "now"}
    with pytest.raises(scheduler.exceptions.ConflictException):
        scheduler.create_schedule(
            Name=name,
            ScheduleExpression="rate(1 day)",
            FlexibleTimeWindow={"Mode": "OFF"},
            Target={"Arn": machine_arn, "RoleArn": role},
        )
    pages = scheduler.get_paginator("list_schedules").paginate()
    assert name in [each["Name"] for page in pages for each in page["Schedules"]]
    scheduler.delete_schedule(Name=name)
    with pytest.raises(scheduler.exceptions.ResourceNotFoundException):
        scheduler.get_schedule(Name=name)

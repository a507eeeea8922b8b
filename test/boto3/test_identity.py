import json

import pytest
from conftest import unique


def test_the_caller_is_the_account(client):
    identity = client("sts").get_caller_identity()
    assert identity["Account"] == "000000000000"
    assert identity["Arn"] == "arn:aws:iam::000000000000:root"


def test_a_role_with_its_policies(client):
    iam = client("iam")
    name = unique("role")
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
    created = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust), Path="/nights/")["Role"]
    assert created["Arn"] == f"arn:aws:iam::000000000000:role/nights/{name}"
    assert iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"] == trust
    with pytest.raises(iam.exceptions.EntityAlreadyExistsException):
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))
    with pytest.raises(iam.exceptions.MalformedPolicyDocumentException):
        iam.create_role(RoleName=unique("role"), AssumeRolePolicyDocument="{")

    allow = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
    iam.put_role_policy(RoleName=name, PolicyName="frames", PolicyDocument=json.dumps(allow))
    assert iam.get_role_policy(RoleName=name, PolicyName="frames")["PolicyDocument"] == allow
    with pytest.raises(iam.exceptions.DeleteConflictException):
        iam.delete_role(RoleName=name)
    iam.delete_role_policy(RoleName=name, PolicyName="frames")
    iam.delete_role(RoleName=name)
    with pytest.raises(iam.exceptions.NoSuchEntityException):
        iam.get_role(RoleName=name)


def test_roles_page_by_page(client, role):
    pages = client("iam").get_paginator("list_roles").paginate(PaginationConfig={"PageSize": 1})
    assert role in [each["Arn"] for page in pages for each in page["Roles"]]

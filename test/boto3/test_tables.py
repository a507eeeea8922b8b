import pytest
from conftest import unique


@pytest.fixture
def table(client):
    """Name of a new table of stars."""
    tables = client("dynamodb")
    name = unique("stars")
    tables.create_table(
        TableName=name,
        AttributeDefinitions=[{"AttributeName": "name", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "name", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    tables.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1})
    return name


def test_a_transaction_is_whole_or_nothing(client, table):
    tables = client("dynamodb")

    def put(name, **condition):
        return {"Put": {"TableName": table, "Item": {"name": {"S": name}}, **condition}}

    tables.transact_write_items(TransactItems=[put("Vega"), put("Deneb")])
    both = tables.transact_get_items(
        TransactItems=[{"Get": {"TableName": table, "Key": {"name": {"S": name}}}} for name in ("Vega", "Deneb")]
    )
    assert [each["Item"]["name"]["S"] for each in both["Responses"]] == ["Vega", "Deneb"]

    new = "attribute_not_exists(#name)"
    names = {"#name": "name"}
    with pytest.raises(tables.exceptions.TransactionCanceledException) as refusal:
        tables.transact_write_items(
            TransactItems=[
                put("Altair"),
                put("Vega", ConditionExpression=new, ExpressionAttributeNames=names),
            ]
        )
    reasons = refusal.value.response["CancellationReasons"]
    assert [each["Code"] for each in reasons] == ["None", "ConditionalCheckFailed"]
    assert "Item" not in tables.get_item(TableName=table, Key={"name": {"S": "Altair"}})


def test_items_page_by_page(client, table):
    tables = client("dynamodb")
    for number in range(7):
        tables.put_item(TableName=table, Item={"name": {"S": f"star {number}"}})
    pages = list(tables.get_paginator("scan").paginate(TableName=table, PaginationConfig={"PageSize": 3}))
    assert len(pages) > 2
    assert len({each["name"]["S"] for page in pages for each in page["Items"]}) == 7


def test_what_is_refused(client, table):
    tables = client("dynamodb")
    with pytest.raises(tables.exceptions.ResourceNotFoundException):
        tables.get_item(TableName="absent", Key={"name": {"S": "Vega"}})
    with pytest.raises(tables.exceptions.ConditionalCheckFailedException):
        tables.delete_item(
            TableName=table,
            Key={"name": {"S": "absent"}},
            ConditionExpression="attribute_exists(#name)",
            ExpressionAttributeNames={"#name": "name"},
        )
    tables.delete_table(TableName=table)
    tables.get_waiter("table_not_exists").wait(TableName=table, WaiterConfig={"Delay": 1})

"""The test bed deploys by hand what the stacks deploy; here the two are held together."""

from collections.abc import Mapping
from typing import Any

import pytest

from infra.constructs.reaper import ATTEMPTS, BATCH_SIZE
from infra.constructs.rest_api import BASE_PATH
from infra.local import gateway_compression
from infra.stages import Stage
from tests.bed import stream
from tests.bed.bed import Bed
from tests.bed.environment import API_KEYS_TABLE, CATALOG_TABLE
from tests.bed.proxy_event import BINARY_MEDIA_TYPES, STAGE
from tests.infra.templates import Assembly

TABLES = {CATALOG_TABLE: "Catalog", API_KEYS_TABLE: "ApiKeys"}
ORDERLESS = ("AttributeDefinitions", "LocalSecondaryIndexes", "NonKeyAttributes")


def in_order(value: Any) -> Any:
    """A table's description with its sets in one order."""
    if isinstance(value, Mapping):
        return {
            name: sorted(map(in_order, part), key=str) if name in ORDERLESS else in_order(part)
            for name, part in value.items()
        }
    return [in_order(part) for part in value] if isinstance(value, list) else value


def indexes(table: Mapping[str, Any]) -> list[dict[str, Any]]:
    names = ("IndexName", "KeySchema", "Projection")
    return [
        {name: index[name] for name in names} for index in table.get("LocalSecondaryIndexes", [])
    ]


@pytest.mark.parametrize("name", TABLES)
def test_a_table_has_the_keys_and_indexes_of_the_deployed_one(
    bed: Bed, prod: Assembly, name: str
) -> None:
    table = bed.session.client("dynamodb").describe_table(TableName=name)["Table"]
    deployed = prod.data.only("DynamoDB::Table", TABLES[name]).properties
    for part in ("KeySchema", "AttributeDefinitions"):
        assert in_order({part: table[part]}) == in_order({part: deployed[part]})
    made, meant = ({"LocalSecondaryIndexes": indexes(one)} for one in (table, deployed))
    assert in_order(made) == in_order(meant)


def test_the_catalog_s_stream_tells_what_the_deployed_one_does(bed: Bed, prod: Assembly) -> None:
    table = bed.session.client("dynamodb").describe_table(TableName=CATALOG_TABLE)["Table"]
    deployed = prod.data.only("DynamoDB::Table", "Catalog").properties
    view = deployed["StreamSpecification"]["StreamViewType"]
    assert table["StreamSpecification"]["StreamViewType"] == view


def test_the_gateway_takes_the_same_media_types_for_bytes(prod: Assembly) -> None:
    api = prod.api.only("ApiGateway::RestApi")
    assert api.properties["BinaryMediaTypes"] == list(BINARY_MEDIA_TYPES)


def test_the_local_gateway_compresses_from_the_same_size_on(prod: Assembly) -> None:
    api = prod.api.only("ApiGateway::RestApi")
    assert api.properties["MinimumCompressionSize"] == gateway_compression.LEAST_BYTES


def test_the_gateway_has_the_same_base_path() -> None:
    assert STAGE == BASE_PATH


def test_the_gateway_remembers_keys_as_long(bed: Bed) -> None:
    assert bed.gateway.cache_seconds == Stage(name="any").authorizer_cache_seconds


def test_the_stream_is_fed_in_the_same_batches_and_as_often() -> None:
    assert (stream.BATCH_SIZE, stream.ATTEMPTS) == (BATCH_SIZE, ATTEMPTS)

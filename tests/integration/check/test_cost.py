"""What a check costs: calls to S3 for an owner's files, and DynamoDB's read units."""

import json
import time
from collections import Counter
from collections.abc import Iterator

import pytest
from botocore.awsrequest import AWSResponse

from larder.admin.check.bucket import Bucket
from larder.admin.check.catalog import Catalog
from larder.admin.check.findings import Damage
from larder.admin.check.losses import lost_files
from larder.admin.check.pace import TRIES, Pace
from larder.admin.deployment import AwsError
from tests.bed.aws import tests_wire
from tests.bed.bed import Bed
from tests.bed.damage import Vandal
from tests.bed.stock import files_of, stock_content
from tests.bed.wire import Call, Send, answer, aws_error
from tests.integration.check.conftest import Checker

FILES = 2_200
LIVES = (7, 30)
UNITS = 40.0


@pytest.fixture
def many(bed: Bed) -> list[str]:
    """Alice's files, of several lives, each with its object; returns their keys."""
    each = FILES // len(LIVES)
    for days in LIVES:
        bed.stock(files_of("alice", each, since=time.time() - 7_200, seconds=days * 86_400))
    keys = [item["object_key"]["S"] for item in bed.items("alice") if "object_key" in item]
    stock_content(keys)
    tests_wire.calls.clear()
    return keys


def calls() -> Counter[str]:
    return Counter(call.operation for call in tests_wire.calls)


@pytest.mark.slow
def test_an_owner_s_lost_objects_cost_a_call_for_a_thousand_files_and_not_for_each(
    bed: Bed, vandal: Vandal, many: list[str]
) -> None:
    lost = {many[0], many[len(many) // 2], many[-1]}
    for key in lost:
        vandal.s3.delete_object(Bucket=vandal.bucket, Key=key)
    tests_wire.calls.clear()
    found = lost_files(Catalog(bed.deployment), Bucket(bed.deployment), "alice", set())
    assert {entry.object_key for entry in found} == lost
    assert calls()["ListObjectsV2"] <= FILES / 1000 + len(LIVES)


@pytest.mark.slow
def test_a_check_of_files_of_which_one_went_meanwhile_costs_two_listings(
    bed: Bed, checker: Checker, vandal: Vandal, many: list[str]
) -> None:
    def delete() -> None:
        vandal.lose_item(many[0].rpartition("/")[2])
        bed.run_stream()

    found = checker.check(between=delete)
    assert found == []
    assert calls()["ListObjectsV2"] <= 2 * (FILES / 1000 + len(LIVES))


class Time:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 0.0
        self.naps: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.naps.append(seconds)
        self.now += seconds


@pytest.fixture
def moments() -> Time:
    return Time()


@pytest.fixture
def metered() -> Iterator[Counter[str]]:
    """Each read takes so many units; counts them by operation."""
    taken: Counter[str] = Counter()

    def meter(call: Call, send: Send) -> AWSResponse:
        if call.operation not in ("Scan", "Query", "BatchGetItem"):
            return send()
        assert call.json()["ReturnConsumedCapacity"] == "TOTAL"
        taken[call.operation] += 1
        body = json.loads(send().content)
        capacity = {"TableName": "catalog", "CapacityUnits": UNITS}
        is_list = call.operation == "BatchGetItem"
        body["ConsumedCapacity"] = [capacity] if is_list else capacity
        return answer(call, 200, json.dumps(body).encode(), "application/x-amz-json-1.0")

    tests_wire.interceptor = meter
    yield taken
    tests_wire.interceptor = None


def paced(bed: Bed, units: float, moments: Time) -> Catalog:
    return Catalog(bed.deployment, Pace(units, moments.sleep, lambda: moments.now, lambda: 1.0))


@pytest.mark.usefixtures("stored")
def test_every_read_waits_for_the_units_of_the_one_before(
    bed: Bed, moments: Time, metered: Counter[str]
) -> None:
    catalog = paced(bed, 10, moments)
    list(catalog.scan(consistent=False))
    list(catalog.of_owner("alice"))
    catalog.find([("alice", "usage")])
    catalog.find_eventually([("alice", "usage")])
    assert metered.total() == 4
    assert moments.naps == [4.0, 4.0, 4.0]


def test_time_that_went_by_itself_is_not_waited_for(
    bed: Bed, moments: Time, metered: Counter[str]
) -> None:
    catalog = paced(bed, 10, moments)
    for _ in range(2):
        list(catalog.of_owner("alice"))
        moments.now += 3.0
    assert metered.total() == 2
    assert moments.naps == [1.0]


def test_no_read_waits_without_a_pace(bed: Bed, moments: Time, metered: Counter[str]) -> None:
    catalog = paced(bed, 0, moments)
    for _ in range(3):
        list(catalog.of_owner("alice"))
    assert metered.total() == 3
    assert moments.naps == []


def unprocessing(call: Call, send: Send) -> AWSResponse:
    """DynamoDB has not a single unit left, and says so in the friendlier of its two ways."""
    if call.operation != "BatchGetItem":
        return send()
    body = {"Responses": {}, "UnprocessedKeys": call.json()["RequestItems"]}
    return answer(call, 200, json.dumps(body).encode(), "application/x-amz-json-1.0")


def test_keys_that_stay_unprocessed_are_asked_for_ever_more_slowly_and_not_for_ever(
    bed: Bed, moments: Time
) -> None:
    tests_wire.interceptor = unprocessing
    with pytest.raises(AwsError, match="lower --read-units"):
        paced(bed, 0, moments).find([("alice", "usage")])
    assert len(moments.naps) == TRIES - 1
    assert moments.naps == sorted(moments.naps)
    assert moments.naps[-1] > 10 * moments.naps[0]


@pytest.mark.usefixtures("stored")
def test_keys_left_over_are_asked_for_until_all_are_there(bed: Bed, moments: Time) -> None:
    keys = [(item["owner"]["S"], item["id"]["S"]) for item in bed.items()]

    def one_at_a_time(call: Call, send: Send) -> AWSResponse:
        if call.operation != "BatchGetItem":
            return send()
        [(table, wanted)] = call.json()["RequestItems"].items()
        first, rest = wanted["Keys"][0], wanted["Keys"][1:]
        item = bed_items[first["owner"]["S"], first["id"]["S"]]
        left = {table: {**wanted, "Keys": rest}} if rest else {}
        body = {"Responses": {table: [item]}, "UnprocessedKeys": left}
        return answer(call, 200, json.dumps(body).encode(), "application/x-amz-json-1.0")

    bed_items = {(item["owner"]["S"], item["id"]["S"]): item for item in bed.items()}
    tests_wire.interceptor = one_at_a_time
    assert set(paced(bed, 0, moments).find(keys)) == set(keys)
    assert len(moments.naps) == len(keys) - 1


@pytest.mark.parametrize("code", ["ProvisionedThroughputExceededException", "ThrottlingException"])
def test_a_refusal_for_want_of_units_says_what_to_do(
    bed: Bed, moments: Time, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)  # botocore's own tries
    tests_wire.interceptor = lambda call, _: aws_error(call, code)
    with pytest.raises(AwsError, match="lower --read-units"):
        list(paced(bed, 0, moments).of_owner("alice"))


def test_every_read_of_a_check_asks_what_it_took(
    checker: Checker, vandal: Vandal, stored: str, metered: Counter[str]
) -> None:
    vandal.lose_object_of(stored)
    assert checker.kinds() == [Damage.FILE_WITHOUT_OBJECT]
    assert metered.keys() == {"Scan", "Query", "BatchGetItem"}

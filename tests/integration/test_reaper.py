"""The reaper, given the stream's records as AWS sends them: by TTL, a call or an operator's hand.

The emulators write none for TTL.
"""

import logging
import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any

import pytest

from infra.routes import REAP
from tests.bed.bed import Bed, made_bed
from tests.bed.environment import CATALOG_TABLE, CONTENT_BUCKET
from tests.bed.faults import FAULTS, Extent, Strike, hasty_retries
from tests.bed.gateway import handler_of
from tests.bed.invariants import leftovers, violations
from tests.bed.records import number_of, removal
from tests.bed.uploader import Uploader
from tests.bed.witness import Witness
from tests.faults.scene import BEGINNING

Record = dict[str, Any]
FAILS = next(one for one in FAULTS if one.name == "fails" and one.extent is Extent.CALL)
BY_WHOM = pytest.mark.parametrize("by_ttl", [True, False], ids=["by TTL", "by a call"])


@pytest.fixture
def bed() -> Iterator[Bed]:
    """Larder, long ago: the reaper's markers, whose end is by the real clock, stay."""
    with made_bed(BEGINNING) as bed:
        yield bed


def reap(*records: Mapping[str, Any]) -> list[str]:
    """Deliver a batch and return the sequence numbers of what is to be delivered again."""
    answer = handler_of(REAP.handler)({"Records": list(records)}, None)
    assert set(answer) == {"batchItemFailures"}
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def remove(
    bed: Bed,
    identifier: str,
    mangled: Mapping[str, Any] = MappingProxyType({}),
    *,
    by_ttl: bool = False,
) -> Record:
    """Take an item out of the catalog and return its record; None takes an attribute away."""
    [item] = [item for item in bed.items() if item["id"]["S"] == identifier]
    key = {"owner": item["owner"], "id": item["id"]}
    bed.session.client("dynamodb").delete_item(TableName=CATALOG_TABLE, Key=key)
    image = {**item, **mangled}
    record = removal(
        {name: value for name, value in image.items() if value is not None}, by_ttl=by_ttl
    )
    bed.stream.take()
    return record


@contextmanager
def logged_to(handler: logging.Handler) -> Iterator[None]:
    """Have a handler told what the rules and stores log."""
    logging.getLogger("lambdas").addHandler(handler)
    try:
        yield
    finally:
        logging.getLogger("lambdas").removeHandler(handler)


def create(bed: Bed, content: bytes = b"12345") -> str:
    return str(Witness(bed, "alice").create(content).json()["id"])


@pytest.fixture
def pending(bed: Bed) -> str:
    """A session with a staged and a presigned part; returns its id."""
    uploader = Uploader(bed)
    upload = uploader.begin(10)
    uploader.stage(upload, b"123")
    uploader.send_all(upload, b"1234567890")
    return str(upload["id"])


@BY_WHOM
def test_a_removed_file_is_given_back_and_its_object_deleted(bed: Bed, by_ttl: bool) -> None:
    create(bed, b"kept")
    assert reap(remove(bed, create(bed), by_ttl=by_ttl)) == []
    assert violations(bed) == []
    assert len(bed.object_keys()) == 1


@BY_WHOM
def test_a_removed_session_leaves_no_part_and_no_reservation(
    bed: Bed, pending: str, by_ttl: bool
) -> None:
    assert reap(remove(bed, pending, by_ttl=by_ttl)) == []
    assert violations(bed) == []
    assert leftovers(bed) == []


@BY_WHOM
def test_a_completed_session_leaves_its_file_alone(bed: Bed, by_ttl: bool) -> None:
    uploader = Uploader(bed)
    upload = uploader.begin(5)
    file = uploader.complete(upload, [uploader.stage(upload, b"12345")])
    assert reap(remove(bed, upload["id"], by_ttl=by_ttl)) == []
    assert uploader.content(file) == b"12345"
    assert violations(bed) == []


@pytest.mark.parametrize("partition", ["alice", "alice#{}"], ids=["version before", "this version"])
def test_what_was_given_back_before_is_not_given_back_again(bed: Bed, partition: str) -> None:
    kept, gone = create(bed), create(bed)
    marker = {"owner": {"S": partition.format(gone)}, "id": {"S": f"released#{gone}"}}
    bed.session.client("dynamodb").put_item(TableName=CATALOG_TABLE, Item=marker)
    before = bed.http_of("alice").get("/usage").json()
    assert reap(remove(bed, gone)) == []
    assert bed.http_of("alice").get("/usage").json() == before
    assert [key.rpartition("/")[2] for key in bed.object_keys()] == [kept]


def test_a_cancelled_session_is_not_given_back_twice(bed: Bed, pending: str) -> None:
    Uploader(bed).try_to_cancel({"id": pending})
    assert reap(remove(bed, pending, by_ttl=True)) == []
    assert violations(bed) == []


def test_a_batch_that_comes_many_times_in_any_order_is_reaped_once(bed: Bed, pending: str) -> None:
    create(bed, b"kept")
    records = [remove(bed, identifier) for identifier in (pending, create(bed), create(bed, b""))]
    for seed in range(6):
        shuffled = records * 2
        random.Random(seed).shuffle(shuffled)
        assert reap(*shuffled) == []
        assert violations(bed) == []
    assert leftovers(bed) == []
    assert len(bed.object_keys()) == 1


def test_what_fails_is_delivered_again_and_nothing_else(bed: Bed) -> None:
    records = [remove(bed, create(bed)) for _ in range(3)]
    with hasty_retries(), Strike(FAILS, 1, "TransactWriteItems").on(bed.wire):
        assert reap(*records) == [number_of(records[1])]
    assert violations(bed, records) == []
    assert reap(*records[1:]) == []
    assert violations(bed) == []
    assert bed.object_keys() == []


def test_objects_that_cannot_be_deleted_are_delivered_again(bed: Bed) -> None:
    records = [remove(bed, create(bed)) for _ in range(3)]
    with hasty_retries(), Strike(FAILS, 0, "DeleteObjects").on(bed.wire):
        assert reap(*records) == [number_of(record) for record in records]
    assert reap(*records) == []
    assert violations(bed) == []
    assert bed.object_keys() == []


@pytest.mark.parametrize("lost", ["file", "purpose_id", "expires_at", "crc64nvme"])
def test_a_file_is_reaped_without_what_reaping_does_not_need(bed: Bed, lost: str) -> None:
    assert reap(remove(bed, create(bed), {lost: None})) == []
    assert violations(bed) == []
    assert bed.object_keys() == []


def test_a_file_without_its_object_s_key_is_given_back(bed: Bed) -> None:
    assert reap(remove(bed, create(bed), {"object_key": None})) == []
    assert violations(bed) == []


@pytest.mark.parametrize(
    "session",
    [
        None,
        {"S": ""},
        {"S": "{"},
        {"S": "[]"},
        {"S": '{"seconds": 1}'},
        {"S": "[" * 20_000},
        {"N": "1"},
    ],
    ids=range(7),
)
def test_a_session_whose_description_is_mangled_is_reaped(
    bed: Bed, pending: str, session: Any
) -> None:
    assert reap(remove(bed, pending, {"session": session})) == []
    assert violations(bed) == []
    assert leftovers(bed) == []


@pytest.mark.parametrize("lost", ["multipart_id", "object_key"])
def test_a_session_without_s3_s_names_is_given_back_and_its_staged_parts_deleted(
    bed: Bed, pending: str, lost: str
) -> None:
    assert reap(remove(bed, pending, {lost: None})) == []
    assert violations(bed) == []
    assert bed.object_keys() == []


@pytest.mark.parametrize("size", [{"N": "1.5"}, {"N": "many"}, {"S": "12"}, {"NULL": True}, "12"])
def test_a_record_that_cannot_be_read_does_not_hold_up_the_others(bed: Bed, size: Any) -> None:
    good, other = remove(bed, create(bed)), remove(bed, create(bed))
    bad = remove(bed, create(bed, b""), {"bytes": size})
    assert reap(good, bad, other) == []
    assert bed.object_keys() == []


def test_a_record_without_its_image_is_not_delivered_again_and_logged(
    bed: Bed, caplog: pytest.LogCaptureFixture
) -> None:
    record, other = remove(bed, create(bed)), remove(bed, create(bed))
    del record["dynamodb"]["OldImage"]
    with logged_to(caplog.handler):
        assert reap(record, other) == []
    [line] = [line for line in caplog.records if line.message == "damaged record"]
    assert line.__dict__["id"] == record["dynamodb"]["Keys"]["id"]["S"]
    assert len(bed.object_keys()) == 1


ODD = [
    {"id": {"S": "file-x"}},
    {"id": {"S": "upload_/../x"}},
    {"owner": {"S": "a/b"}},
    {"owner": {"S": "alice/"}},
]


@pytest.mark.parametrize("odd", ODD)
def test_an_item_whose_owner_or_id_is_none_of_larder_s_is_not_reaped(
    bed: Bed, pending: str, odd: Record
) -> None:
    create(bed)
    [item] = [item for item in bed.items() if item["id"]["S"] == pending]
    before = bed.object_keys()
    assert reap(removal({**item, **odd})) == []
    assert bed.object_keys() == before


@pytest.mark.parametrize("status", [{"S": "done"}, {"N": "1"}, None])
def test_a_session_of_no_known_status_keeps_its_object_and_its_bytes(bed: Bed, status: Any) -> None:
    uploader = Uploader(bed)
    upload = uploader.begin(5)
    file = uploader.complete(upload, [uploader.stage(upload, b"12345")])
    assert reap(remove(bed, upload["id"], {"status": status})) == []
    assert uploader.content(file) == b"12345"
    assert violations(bed) == []


def test_another_owner_s_session_is_not_aborted(bed: Bed, pending: str) -> None:
    [item] = [item for item in bed.items() if item["id"]["S"] == pending]
    before = bed.object_keys()
    assert reap(removal({**item, "owner": {"S": "bob"}})) == []
    assert bed.object_keys() == before
    assert bed.session.client("s3").list_multipart_uploads(Bucket=CONTENT_BUCKET)["Uploads"]


@pytest.mark.parametrize("kind", ["INSERT", "MODIFY"])
def test_what_is_not_removed_is_left_alone(bed: Bed, kind: str) -> None:
    file_id = create(bed)
    [item] = [item for item in bed.items() if item["id"]["S"] == file_id]
    assert reap({**removal(item), "eventName": kind}) == []
    assert len(bed.object_keys()) == 1


@pytest.mark.parametrize("identifier", ["usage", "released#file-x", "idempotency#0", "note"])
def test_removals_of_anything_else_are_passed_over(bed: Bed, identifier: str) -> None:
    create(bed)
    assert reap(removal({"owner": {"S": "alice"}, "id": {"S": identifier}})) == []
    assert violations(bed) == []


def test_an_operator_s_hand_ends_in_the_same_state(bed: Bed, pending: str) -> None:
    for identifier in (pending, create(bed)):
        key = {"owner": {"S": "alice"}, "id": {"S": identifier}}
        bed.session.client("dynamodb").delete_item(TableName=CATALOG_TABLE, Key=key)
    bed.run_stream()
    assert violations(bed) == []
    assert leftovers(bed) == []
    assert bed.object_keys() == []

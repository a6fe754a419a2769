"""An eventually consistent read may be old: it hides something at most, and makes nothing up."""

from collections.abc import Callable, Iterator
from typing import Any

import openai
import pytest

from larder.admin.check.findings import Damage
from tests.bed.aws import tests_wire
from tests.bed.bed import Bed
from tests.bed.damage import Vandal
from tests.bed.old_reads import OldReads
from tests.integration.check.conftest import Checker

Item = dict[str, Any]
Old = Callable[[], OldReads]

LONG_AGO = 1_700_000_000
SOMEBODY = "file-01m86ady7stpsq9kjsqaqdh3bt"


@pytest.fixture
def remember(bed: Bed) -> Iterator[Old]:
    """From now on what may be old is as old as now."""

    def remember() -> OldReads:
        tests_wire.interceptor = old = OldReads(bed.items())
        return old

    yield remember
    tests_wire.interceptor = None


def mangle_file(vandal: Vandal, file_id: str, _session: str) -> None:
    vandal.mangle(file_id, file={"S": "{"})


def mangle_answer(vandal: Vandal, file_id: str, _session: str) -> None:
    shown = vandal.item(file_id)["file"]["S"]
    vandal.mangle(file_id, file={"S": shown.replace('"bytes":5', '"bytes":6')})


def mangle_purpose(vandal: Vandal, file_id: str, _session: str) -> None:
    vandal.mangle(file_id, purpose_id=None)


def mangle_size(vandal: Vandal, file_id: str, _session: str) -> None:
    shown = vandal.item(file_id)["file"]["S"].replace('"bytes":5', '"bytes":6')
    vandal.mangle(file_id, bytes={"N": "6"}, file={"S": shown})


def mangle_session(vandal: Vandal, _file_id: str, session: str) -> None:
    vandal.mangle(session, session={"S": "{"})


def mangle_usage(vandal: Vandal, _file_id: str, _session: str) -> None:
    vandal.mangle("usage", used_bytes={"S": "many"}, quota_bytes={"S": "more"})


def take_key_away(vandal: Vandal, file_id: str, _session: str) -> None:
    vandal.mangle(file_id, object_key={"S": f"expires-in-30d/alice/{SOMEBODY}"})


def take_keys_owner_away(vandal: Vandal, file_id: str, _session: str) -> None:
    vandal.mangle(file_id, object_key={"S": f"expires-in-30d/bob/{file_id}"})


def let_expire(vandal: Vandal, file_id: str, _session: str) -> None:
    vandal.let_expire(file_id, LONG_AGO)


def change_usage(vandal: Vandal, _file_id: str, _session: str) -> None:
    vandal.change_usage()


def put_strange_item(vandal: Vandal, _file_id: str, _session: str) -> None:
    vandal.put_item({"owner": {"S": "alice"}, "id": {"S": "strange"}})


def lose_file(vandal: Vandal, file_id: str, _session: str) -> None:
    vandal.dynamodb.delete_item(
        TableName=vandal.catalog, Key={"owner": {"S": "alice"}, "id": {"S": file_id}}
    )


def lose_session(vandal: Vandal, _file_id: str, session: str) -> None:
    lose_file(vandal, session, "")


@pytest.mark.parametrize("repair", [False, True])
@pytest.mark.parametrize(
    "damage",
    [
        mangle_file,
        mangle_answer,
        mangle_purpose,
        mangle_size,
        mangle_session,
        mangle_usage,
        take_key_away,
        take_keys_owner_away,
        let_expire,
        change_usage,
        put_strange_item,
        lose_file,
        lose_session,
    ],
)
def test_damage_that_is_no_more_is_neither_told_nor_mended(
    bed: Bed,
    checker: Checker,
    vandal: Vandal,
    stored: str,
    session: str,
    remember: Old,
    damage: Callable[[Vandal, str, str], None],
    repair: bool,
) -> None:
    sound, objects = bed.items(), bed.object_keys()
    damage(vandal, stored, session)
    old = remember()
    for item in bed.items():
        key = {name: item[name] for name in ("owner", "id")}
        vandal.dynamodb.delete_item(TableName=vandal.catalog, Key=key)
    for item in sound:
        vandal.put_item(item)
    assert checker.check(repair=repair) == []
    assert (bed.items(), bed.object_keys()) == (sound, objects)
    assert old.answered


@pytest.mark.parametrize("repair", [False, True])
def test_what_was_stored_a_moment_ago_is_nobodys_orphan(
    bed: Bed, checker: Checker, alice: openai.OpenAI, remember: Old, repair: bool
) -> None:
    remember()
    for _ in range(2):
        alice.files.create(file=("a.jsonl", b"12345"), purpose="batch")
    alice.uploads.create(filename="b", purpose="batch", bytes=7, mime_type="text/plain")
    alice.uploads.upload_file_chunked(
        file=b"x" * 100, filename="c", bytes=100, mime_type="text/plain", purpose="batch"
    )
    assert checker.check(repair=repair) == []
    assert len(bed.object_keys()) == 3


@pytest.mark.parametrize("repair", [False, True])
def test_what_was_deleted_a_moment_ago_has_lost_nothing(
    bed: Bed, checker: Checker, alice: openai.OpenAI, stored: str, remember: Old, repair: bool
) -> None:
    alice.uploads.upload_file_chunked(
        file=b"x" * 100, filename="c", bytes=100, mime_type="text/plain", purpose="batch"
    )
    remember()
    for file in alice.files.list():
        alice.files.delete(file.id)
    bed.run_stream()
    assert checker.check(repair=repair) == []


def test_a_lost_object_is_told_of_a_file_whose_item_is_still_there(
    checker: Checker, vandal: Vandal, stored: str, remember: Old
) -> None:
    remember()
    vandal.lose_object_of(stored)
    [found] = checker.check()
    assert (found.damage, found.subject) == (Damage.FILE_WITHOUT_OBJECT, stored)


def test_no_repair_deletes_what_only_a_record_damaged_a_moment_ago_names(
    bed: Bed, checker: Checker, vandal: Vandal, alice: openai.OpenAI, stored: str, remember: Old
) -> None:
    other = alice.files.create(file=("a.jsonl", b"other"), purpose="batch").id
    object_key = vandal.item(other)["object_key"]
    vandal.lose_item(other)
    bed.stream.take()
    remember()
    vandal.mangle(stored, object_key=object_key)
    checker.check(repair=True)
    assert object_key["S"] in bed.object_keys()

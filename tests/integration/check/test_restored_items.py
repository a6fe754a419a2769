"""What `larder admin restore` does with each kind of item of a backup."""

import time

import pytest

from larder.admin.check.findings import Damage
from larder.admin.restore import Fate
from tests.bed.backup import (
    RESTORED_TABLE,
    fates,
    items_of_backup,
    restore_as_of_now,
    restored,
)
from tests.bed.bed import Bed
from tests.bed.damage import vandal_of
from tests.bed.invariants import violations
from tests.bed.life import Life, keys_in, listed, lose
from tests.bed.stock import files_of, stock_content
from tests.bed.uploader import Uploader
from tests.integration.check.conftest import Checker


@pytest.fixture
def backed_up(bed: Bed, life: Life) -> str:
    """A file of alice's that is in the backup; returns its id."""
    file_id = life.form("alice")
    restore_as_of_now(bed)
    return file_id


def test_a_lost_file_is_put_back_just_as_it_was(bed: Bed, backed_up: str) -> None:
    vandal = vandal_of(bed.session, "alice")
    before = vandal.item(backed_up)
    lose(bed, ("alice", backed_up))
    assert fates(restored(bed)) == {backed_up: Fate.MISSING}
    assert vandal.item(backed_up) == before


def test_what_is_there_is_not_overwritten(bed: Bed, backed_up: str) -> None:
    vandal_of(bed.session, "alice").mangle(backed_up, purpose_id={"S": "later"})
    before = bed.items()
    assert fates(restored(bed)) == {backed_up: Fate.PRESENT}
    assert bed.items() == before


def test_what_was_deleted_stays_away_though_the_reaper_has_not_come_by(
    bed: Bed, life: Life, backed_up: str
) -> None:
    life.delete_file("alice", backed_up)
    assert bed.object_keys()
    assert fates(restored(bed)) == {backed_up: Fate.DELETED}
    assert listed(bed) == set()


def test_what_was_deleted_stays_away_by_a_marker_where_they_lay_before(
    bed: Bed, backed_up: str
) -> None:
    lose(bed, ("alice", backed_up))
    at = {"owner": {"S": "alice"}, "id": {"S": f"released#{backed_up}"}}
    vandal_of(bed.session, "alice").put_item({**at, "expires_at": {"N": "9999999999"}})
    assert fates(restored(bed)) == {backed_up: Fate.DELETED}


def test_what_was_deleted_stays_away_when_its_marker_has_expired(
    bed: Bed, life: Life, backed_up: str
) -> None:
    life.delete_file("alice", backed_up)
    bed.run_stream()
    lose(bed, (f"alice#{backed_up}", f"released#{backed_up}"))
    assert fates(restored(bed)) == {backed_up: Fate.LOST}


def test_the_upload_of_a_deleted_file_stays_away(bed: Bed, life: Life) -> None:
    file_id = life.upload("alice")
    restore_as_of_now(bed)
    life.delete_file("alice", file_id)
    assert set(fates(restored(bed)).values()) == {Fate.DELETED}


def test_what_has_expired_stays_away(bed: Bed, backed_up: str) -> None:
    lose(bed, ("alice", backed_up))
    assert fates(restored(bed, now=time.time() + 31 * 86_400)) == {backed_up: Fate.EXPIRED}


def test_an_upload_that_was_under_way_does_not_take_its_file_s_object(
    bed: Bed, checker: Checker, life: Life
) -> None:
    life.begin("alice")
    restore_as_of_now(bed)
    life.finish("alice")
    [session] = [key for key in keys_in(bed) if key[1].startswith("upload_")]
    lose(bed, session)
    bed.stream.take()
    assert fates(restored(bed)) == {session[1]: Fate.UNDER_WAY}
    checker.check(repair=True)
    bed.run_stream()
    [((owner, file_id), content)] = life.kept.items()
    assert Uploader(bed, owner).content({"id": file_id}) == content


def test_a_lost_quota_is_put_back(bed: Bed, life: Life) -> None:
    life.form("alice")
    bed.set_quota("alice", 2**25)
    restore_as_of_now(bed)
    lose(bed, ("alice", "usage"))
    restored(bed)
    [usage] = [item for item in bed.items("alice") if item["id"]["S"] == "usage"]
    assert usage["quota_bytes"] == {"N": str(2**25)}


def test_a_later_quota_stays(bed: Bed, backed_up: str) -> None:
    bed.set_quota("alice", 2**25)
    assert [one.fate for one in restored(bed) if one.id == "usage"] == [Fate.PRESENT]
    assert fates(restored(bed)) == {backed_up: Fate.PRESENT}
    [usage] = [item for item in bed.items("alice") if item["id"]["S"] == "usage"]
    assert usage["quota_bytes"] == {"N": str(2**25)}


def test_markers_and_idempotency_records_stay_away(bed: Bed, life: Life) -> None:
    Uploader(bed).try_to_begin(5, idempotency_key="once")
    life.delete_file("alice", life.form("alice"))
    restore_as_of_now(bed)
    short_lived = [key for key in keys_in(bed) if "#" in key[1]]
    lose(bed, *short_lived)
    found = fates(restored(bed))
    assert {found[identifier] for _, identifier in short_lived} == {Fate.SHORT_LIVED}
    assert len(short_lived) == 2
    assert not set(keys_in(bed)) & set(short_lived)


@pytest.mark.parametrize(
    "mangled",
    [
        {"expires_at": {"S": "soon"}},
        {"object_key": {"S": "elsewhere"}},
        {"object_key": {"S": "expires-in-30d/bob/file-01m86ady7stpsq9kjsqaqdh3bs"}},
    ],
)
def test_what_cannot_be_judged_is_left(
    bed: Bed, backed_up: str, mangled: dict[str, dict[str, str]]
) -> None:
    [item] = [item for item in items_of_backup(bed) if item["id"]["S"] == backed_up]
    bed.session.client("dynamodb").put_item(TableName=RESTORED_TABLE, Item={**item, **mangled})
    lose(bed, ("alice", backed_up))
    assert fates(restored(bed)) == {backed_up: Fate.DAMAGED}
    assert listed(bed) == set()


def test_only_one_owner_s_items_are_put_back_when_asked_so(bed: Bed, life: Life) -> None:
    one, other = life.form("alice"), life.form("bob")
    restore_as_of_now(bed)
    lose(bed, ("alice", one), ("bob", other))
    assert fates(restored(bed, owner="bob")) == {other: Fate.MISSING}
    assert listed(bed) == {("bob", other)}


def test_a_reaper_that_was_not_stopped_takes_the_bytes_and_the_check_the_file(
    bed: Bed, checker: Checker, backed_up: str
) -> None:
    lose(bed, ("alice", backed_up))
    restored(bed)
    bed.run_stream()  # of what was lost before
    assert checker.kinds()[0] is Damage.FILE_WITHOUT_OBJECT
    checker.check(repair=True)
    checker.check(repair=True)
    bed.run_stream()
    assert (checker.check(), listed(bed), violations(bed)) == ([], set(), [])


def test_more_items_than_are_looked_up_at_once_are_put_back(bed: Bed) -> None:
    counts: list[int] = []
    files = list(files_of("alice", 230, since=time.time() - 1000))
    keys = {("alice", file_id) for file_id in bed.stock(files)}
    stock_content(file.object_key for file in files)
    restore_as_of_now(bed)
    lose(bed, *keys)
    restored(bed, progress=lambda _what, count, _total: counts.append(count))
    assert listed(bed) == keys
    assert counts == [100, 200, 231]

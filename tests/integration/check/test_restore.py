"""`larder admin restore` and `check --repair`: a catalog of before meets a bucket that moved on."""

import random
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from larder.admin.check.findings import Damage
from tests.bed.backup import items_of_backup, restore_as_of_now, restored
from tests.bed.bed import Bed
from tests.bed.invariants import violations
from tests.bed.life import Key, Life, keys_in, listed, lose
from tests.bed.uploader import Uploader
from tests.integration.check.conftest import Checker

HOUR = 3_600
LIVES = range(6)
LIVES_EACH = 2
"""How many of them a run takes."""


def object_keys_in(items: Iterable[dict[str, Any]]) -> dict[Key, str]:
    """Name the objects of the files among items."""
    return {
        (item["owner"]["S"], item["id"]["S"]): item["object_key"]["S"]
        for item in items
        if item["id"]["S"].startswith("file-")
    }


def assert_all_is_served_again(bed: Bed, checker: Checker, life: Life) -> None:
    """Bring catalog and bucket together, and hold what then is against what was told."""
    now, in_backup = bed.clock.now, object_keys_in(items_of_backup(bed))
    known = {**in_backup, **object_keys_in(bed.items())}
    expected = {key for key in life.kept if known.get(key) in bed.object_keys()}
    restored(bed, now=now)
    assert not listed(bed) & life.deleted
    checker.check(repair=True, now=now)
    bed.run_stream()
    for left in checker.check(now=now):  # its upload became a file later, and no table has it
        assert left.damage is Damage.FILE_WITHOUT_SESSION
        assert (left.owner, left.subject) not in in_backup
    assert violations(bed) == []
    assert listed(bed) - life.brief == expected
    for owner, file_id in expected:
        assert Uploader(bed, owner).content({"id": file_id}) == life.kept[owner, file_id]


def told(bed: Bed) -> None:
    """The reaper has what the stream tells of the disaster."""
    bed.run_stream()


def not_told(bed: Bed) -> None:
    """The reaper was stopped until the stream had forgotten."""
    bed.stream.take()


@pytest.mark.parametrize("stream", [told, not_told])
@pytest.mark.parametrize("half", [0, 1])
def test_what_was_told_is_kept_after_half_of_the_catalog_was_lost(
    bed: Bed, checker: Checker, life: Life, half: int, stream: Callable[[Bed], None]
) -> None:
    for owner in ("alice", "bob"):
        for act in (life.form, life.form, life.upload, life.upload, life.brief_form, life.begin):
            act(owner)
    life.delete("alice")
    bed.set_quota("bob", 2**30)
    restore_as_of_now(bed)
    for act in (life.form, life.upload, life.delete, life.delete, life.grant):
        act("alice")
    life.finish("bob")
    bed.clock.move(seconds=2 * HOUR)
    bed.run_ttl()
    bed.run_stream()
    lose(bed, *keys_in(bed)[half::2])
    stream(bed)
    assert_all_is_served_again(bed, checker, life)


@pytest.mark.drawn("seed", LIVES, LIVES_EACH)
@pytest.mark.parametrize("stream", [told, not_told])
def test_whatever_was_done_is_kept_after_half_of_the_catalog_was_lost(
    bed: Bed, checker: Checker, seed: int, stream: Callable[[Bed], None]
) -> None:
    life = Life(bed, random.Random(seed))
    life.go_on(20)
    restore_as_of_now(bed)
    life.go_on(20)
    bed.clock.move(seconds=life.chance.choice([0, 2 * HOUR]))
    bed.run_ttl()
    bed.run_stream()
    keys = keys_in(bed)
    lose(bed, *life.chance.sample(keys, len(keys) // 2))
    stream(bed)
    assert_all_is_served_again(bed, checker, life)

"""A deployment with something in it, and whoever damages it."""

import random
import time
from collections.abc import Callable

import openai
import pytest

from larder.admin.check.bucket import Bucket
from larder.admin.check.catalog import Catalog
from larder.admin.check.findings import Damage, Finding
from larder.admin.check.run import Check
from tests.bed.bed import Bed
from tests.bed.damage import Vandal, vandal_of
from tests.bed.life import Life

Act = Callable[[], object]


class Checker:
    """An operator who checks the deployment."""

    def __init__(self, bed: Bed) -> None:
        self._deployment = bed.deployment

    def check(
        self,
        *,
        repair: bool = False,
        checksums: bool = False,
        grace: float = -60,
        now: float = 0,
        meanwhile: Act = lambda: None,
        between: Act = lambda: None,
    ) -> list[Finding]:
        """Run a check; a grace period below zero passes over nothing.

        `meanwhile` happens while the check waits before it looks again, `between` once the catalog
        has been read and the bucket has not.
        """
        pauses, passes = iter([meanwhile]), iter([between])

        def progress(what: str, _count: int, _total: int) -> None:
            if what == "objects":
                next(passes, lambda: None)()

        run = Check(
            Catalog(self._deployment),
            Bucket(self._deployment),
            repair=repair,
            checksums=checksums,
            grace_seconds=grace,
            now=now or time.time(),
            progress=progress,
            sleep=lambda _: next(pauses, lambda: None)(),
        ).run()
        return list(run)

    def kinds(self) -> list[Damage]:
        """Run a check and return only which kinds of damage it finds."""
        return [finding.damage for finding in self.check()]

    def mend(self, **more: Act) -> list[Damage]:
        """Run a check that mends everything that it finds, and return the kinds."""
        found = self.check(repair=True, **more)  # type: ignore[arg-type]
        assert all(finding.repaired for finding in found)
        return [finding.damage for finding in found]


@pytest.fixture
def checker(bed: Bed) -> Checker:
    return Checker(bed)


@pytest.fixture
def stored(bed: Bed, alice: openai.OpenAI, bob: openai.OpenAI) -> str:
    """A file of alice's beside another, one of bob's and a pending upload; returns its id."""
    for client in (alice, alice, bob):
        client.files.create(file=("a.jsonl", b"12345"), purpose="batch")
    alice.uploads.create(filename="b", purpose="batch", bytes=7, mime_type="text/plain")
    return next(str(item["id"]["S"]) for item in bed.items("alice") if "file" in item)


@pytest.fixture
def session(bed: Bed, stored: str) -> str:
    """The id of alice's pending upload."""
    [found] = [str(item["id"]["S"]) for item in bed.items("alice") if "multipart_id" in item]
    return found


@pytest.fixture
def vandal(bed: Bed) -> Vandal:
    """Whoever damages what alice has."""
    return vandal_of(bed.session, "alice")


@pytest.fixture
def life(bed: Bed) -> Life:
    """What owners do, and what they were told."""
    return Life(bed, random.Random(0))

"""Larder on SeaweedFS: one server for all tests of this folder, which run on one worker."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bed.bed import Bed
from tests.bed.real_s3 import made_bed_on
from tests.bed.seaweed import S3Server, running_s3


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is in this folder, and keep it on one worker: a server each would be slow."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.s3)
            item.add_marker(pytest.mark.xdist_group("s3"))


@pytest.fixture(scope="session")
def s3_server() -> Iterator[S3Server]:
    with running_s3() as server:
        yield server


@pytest.fixture
def bed(s3_server: S3Server) -> Iterator[Bed]:
    """Larder on the server's bucket, in place of moto's; the clock starts at the present."""
    with made_bed_on(s3_server) as bed:
        yield bed

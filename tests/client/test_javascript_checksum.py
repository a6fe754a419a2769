"""CRC64NVME in JavaScript, held against AWS's own library."""

import base64
import os
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.bed.checksums import crc64nvme
from tests.client.conftest import Larder
from tests.client.javascript import JavaScript

Checksum = Callable[..., str]


@pytest.fixture
def checksum(javascript: JavaScript, larder: Larder) -> Checksum:
    """What JavaScript makes of bytes in pieces."""

    def of(*pieces: bytes) -> str:
        encoded = [base64.b64encode(piece).decode() for piece in pieces]
        result: str = javascript.run(larder, "checksum", given={"pieces": encoded}).result
        return result

    return of


def test_the_catalogued_check_value(checksum: Checksum) -> None:
    """https://reveng.sourceforge.io/crc-catalogue/all.htm#crc.cat.crc-64-nvme"""
    check = bytes.fromhex("ae8b14860a799888")
    assert checksum(b"123456789") == base64.b64encode(check).decode()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.binary(max_size=300), max_size=4))
def test_bytes_in_pieces_have_the_checksum_that_s3_gives_them(
    checksum: Checksum, pieces: list[bytes]
) -> None:
    assert checksum(*pieces) == crc64nvme(*pieces)


@pytest.mark.parametrize("size", [2**16 + more for more in (-1, 0, 1)])
def test_larger_ones_do_too(size: int, checksum: Checksum) -> None:
    for content in (os.urandom(size), bytes(size), b"\xff" * size):
        assert checksum(content) == crc64nvme(content)

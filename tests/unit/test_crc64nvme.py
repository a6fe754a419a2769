"""CRC64NVME in Python alone, held against AWS's own library."""

import base64
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.core.crc64nvme import Crc64nvme
from tests.bed.checksums import crc64nvme
from tests.bed.uploader import MIB, content_of


def test_the_catalogued_check_value() -> None:
    """https://reveng.sourceforge.io/crc-catalogue/all.htm#crc.cat.crc-64-nvme"""
    check = bytes.fromhex("ae8b14860a799888")
    assert Crc64nvme(b"123456789").in_base64() == base64.b64encode(check).decode()


@given(st.binary(max_size=700))
def test_any_bytes_have_the_checksum_that_s3_gives_them(content: bytes) -> None:
    assert Crc64nvme(content).in_base64() == crc64nvme(content)


@pytest.mark.parametrize("size", [2**power + more for power in (6, 12, 20) for more in (-1, 0, 1)])
def test_sizes_about_a_power_of_two_do_too(size: int) -> None:
    for content in (content_of(size), bytes(size), b"\xff" * size):
        assert Crc64nvme(content).in_base64() == crc64nvme(content)


@given(st.lists(st.binary(max_size=300), max_size=6))
def test_pieces_have_the_checksum_of_the_whole(pieces: list[bytes]) -> None:
    running = Crc64nvme()
    for piece in pieces:
        running.update(piece)
    assert running.in_base64() == crc64nvme(*pieces)


@given(st.lists(st.binary(max_size=300), max_size=6))
def test_parts_checksums_are_combined_into_the_whole_s(pieces: list[bytes]) -> None:
    parts = [(crc64nvme(piece), len(piece)) for piece in pieces]
    assert Crc64nvme.of_parts(parts).in_base64() == crc64nvme(*pieces)


@pytest.mark.slow
def test_4_mib_take_no_longer_than_they_may() -> None:
    content = content_of(4 * MIB)
    Crc64nvme(content)
    started = time.process_time()
    Crc64nvme(content)
    assert time.process_time() - started < 0.5  # 0.06 measured; a loop over bytes takes 0.8

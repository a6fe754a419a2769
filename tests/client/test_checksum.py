"""The client's CRC64NVME, held against AWS's own library."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from larder.transfer.checksum import checksum_of, encode, join
from tests.bed.checksums import crc64nvme
from tests.bed.uploader import content_of


@given(st.lists(st.binary(max_size=300)))
def test_any_chunks_have_the_checksum_that_s3_gives_the_whole(chunks: list[bytes]) -> None:
    assert encode(checksum_of(chunks)) == crc64nvme(*chunks)


@given(st.lists(st.binary(max_size=300)))
def test_parts_join_to_the_checksum_of_the_whole(parts: list[bytes]) -> None:
    joined = join((checksum_of([part]), len(part)) for part in parts)
    assert encode(joined) == crc64nvme(*parts)


@pytest.mark.parametrize("size", [2**power + more for power in (7, 16, 23) for more in (-1, 0, 1)])
def test_a_large_chunk_has_it_too_wherever_it_lies_in_memory(size: int) -> None:
    content = content_of(size + 1)
    for chunk in (content[1:], memoryview(content)[1:], memoryview(bytearray(content))[1:]):
        assert encode(checksum_of([chunk])) == crc64nvme(content[1:])

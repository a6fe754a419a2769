"""Multipart uploads under way, as the emulator's next run finds them."""

from pathlib import Path
from typing import Any

import pytest

from infra.local.multipart import Multipart

KEY = ("000000000000", "5f2c")
BUCKETS: dict[Any, Any] = {("000000000000", "content"): {"objects": {}}}


def upload() -> dict[str, Any]:
    return {"bucket": "content", "key": "a/b", "metadata": {"x": "ü"}, "parts": {}}


def part(body: bytes) -> dict[str, Any]:
    return {"body": body, "etag": '"e"', "size": len(body), "checksums": {"CRC64NVME": "AA=="}}


def restored(folder: Path, buckets: dict[Any, Any]) -> dict[Any, Any]:
    found: dict[Any, Any] = {}
    Multipart(folder).restore(found, buckets)
    return found


@pytest.fixture
def kept(tmp_path: Path) -> dict[Any, Any]:
    """One upload with two parts, one of which was sent twice."""
    uploads = {KEY: upload()}
    multipart = Multipart(tmp_path)
    multipart.keep(uploads, "")
    for number, body in ((1, b"\n{}\x00"), (12, b"old"), (12, b"\r\nnew")):
        uploads[KEY]["parts"][number] = part(body)
        multipart.keep(uploads, KEY[1])
    return uploads


def test_an_upload_is_found_with_its_parts_byte_for_byte(
    kept: dict[Any, Any], tmp_path: Path
) -> None:
    assert restored(tmp_path, BUCKETS) == kept


def test_it_goes_on_from_there(kept: dict[Any, Any], tmp_path: Path) -> None:
    found: dict[Any, Any] = {}
    multipart = Multipart(tmp_path)
    multipart.restore(found, BUCKETS)
    found[KEY]["parts"][3] = part(b"3")
    multipart.keep(found, KEY[1])
    assert restored(tmp_path, BUCKETS)[KEY]["parts"].keys() == {1, 3, 12}


def test_one_that_ended_is_gone(kept: dict[Any, Any], tmp_path: Path) -> None:
    found: dict[Any, Any] = {}
    multipart = Multipart(tmp_path)
    multipart.restore(found, BUCKETS)
    del found[KEY]
    multipart.keep(found, KEY[1])
    assert restored(tmp_path, BUCKETS) == {}
    assert list(tmp_path.iterdir()) == []


def test_one_whose_bucket_is_gone_is_removed(kept: dict[Any, Any], tmp_path: Path) -> None:
    assert restored(tmp_path, {}) == {}
    assert list(tmp_path.iterdir()) == []


def test_what_was_being_written_is_not_there(kept: dict[Any, Any], tmp_path: Path) -> None:
    (tmp_path / KEY[1] / "13.tmp").write_bytes(b"half")
    (tmp_path / "6a").mkdir()
    (tmp_path / "6a" / "upload.tmp").write_bytes(b"half")
    assert restored(tmp_path, BUCKETS) == kept

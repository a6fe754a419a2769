"""Every refusal of the uploads' endpoints: which parameter, and what is allowed."""

from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from tests.bed.bed import Bed
from tests.bed.uploader import MIB, PART, Uploader, content_of

NOBODYS_PART = "part_" + "0" * 26


def assert_refused(
    answered: httpx2.Response, status: int, param: str | None, *words: str, code: str | None = None
) -> None:
    error = answered.json()["error"]
    assert (answered.status_code, error["param"], error["code"]) == (status, param, code)
    for word in words:
        assert word in error["message"]


CREATIONS: dict[str, tuple[dict[str, Any], str, tuple[str, ...]]] = {
    "no size": ({"size": None}, "bytes", ("an integer of at least 1",)),
    "a size of nothing": ({"size": 0}, "bytes", ("an integer of at least 1",)),
    "a negative size": ({"size": -1}, "bytes", ("an integer of at least 1",)),
    "half a byte": ({"size": 1.5}, "bytes", ("an integer of at least 1",)),
    "a size in words": ({"size": "12"}, "bytes", ("an integer of at least 1",)),
    "a truth for a size": ({"size": True}, "bytes", ("an integer of at least 1",)),
    "no filename": ({"filename": None}, "filename", ("a string",)),
    "a number for a filename": ({"filename": 7}, "filename", ("a string",)),
    "an empty filename": ({"filename": ""}, "filename", ("must name a file",)),
    "a folder": ({"filename": "folder/"}, "filename", ("must name a file",)),
    "a filename that is too long": ({"filename": "a" * 256}, "filename", ("at most 255",)),
    "no purpose": ({"purpose": None}, "purpose", ("Allowed: 'batch'",)),
    "an unknown purpose": ({"purpose": "assistants"}, "purpose", ("Allowed: 'batch'",)),
    "a list for a purpose": ({"purpose": ["batch"]}, "purpose", ("Allowed: 'batch'",)),
    "a purpose not yet supported": (
        {"purpose": "fine-tune"},
        "purpose",
        ("'fine-tune' is not supported yet", "Allowed: 'batch'"),
    ),
    "no media type": ({"mime_type": None}, "mime_type", ("such as 'application/jsonl'",)),
    "no such media type": ({"mime_type": "jsonl"}, "mime_type", ("such as",)),
    "two lines of media type": ({"mime_type": "a/b\r\nc: d"}, "mime_type", ("such as",)),
    "a number for a life": ({"expires_after": 7200}, "expires_after", ("'anchor' and 'seconds'",)),
    "too short a life": (
        {"expires_after": {"anchor": "created_at", "seconds": 3599}},
        "expires_after[seconds]",
        ("an integer from 3600 to 2592000",),
    ),
    "too long a life": (
        {"expires_after": {"anchor": "created_at", "seconds": 2_592_001}},
        "expires_after[seconds]",
        ("an integer from 3600 to 2592000",),
    ),
    "another anchor": (
        {"expires_after": {"anchor": "last_active_at", "seconds": 3600}},
        "expires_after[anchor]",
        ("'created_at'",),
    ),
}


@pytest.mark.parametrize("name", CREATIONS)
def test_an_upload_is_refused_naming_the_parameter_and_what_is_allowed(
    bed: Bed, alice_uploads: Uploader, name: str
) -> None:
    fields, param, words = CREATIONS[name]
    answered = alice_uploads.try_to_begin(**{"size": 3, **fields})
    assert_refused(answered, 400, param, *words)
    assert bed.items() == []


def test_a_filename_that_has_no_utf_8_is_refused(alice_uploads: Uploader) -> None:
    body = rb'{"filename": "a\ud800", "purpose": "batch", "bytes": 3, "mime_type": "a/b"}'
    answered = alice_uploads.http.post("/uploads", content=body)
    assert_refused(answered, 400, None, "'filename' has a character that UTF-8 has not")


def test_a_batch_of_201_mib_is_refused_at_creation_naming_the_limit(
    bed: Bed, alice_uploads: Uploader
) -> None:
    answered = alice_uploads.try_to_begin(201 * MIB)
    words = ("210763776 bytes", "'batch'", "200 MiB (209715200 bytes)")
    assert_refused(answered, 413, "bytes", *words, code="content_too_large")
    assert bed.items() == []
    assert alice_uploads.begin(200 * MIB)["status"] == "pending"


def test_any_file_of_more_than_512_mib_is_refused_at_creation(service_uploads: Uploader) -> None:
    answered = service_uploads.try_to_begin(512 * MIB + 1, purpose="batch-output")
    assert_refused(answered, 413, "bytes", "512 MiB (536870912 bytes)", code="content_too_large")
    assert service_uploads.begin(512 * MIB, purpose="batch-output")["part_count"] == 64


def test_a_size_beyond_all_numbers_is_too_large(alice_uploads: Uploader) -> None:
    assert_refused(
        alice_uploads.try_to_begin(10**40), 413, "bytes", "200 MiB", code="content_too_large"
    )


@pytest.mark.parametrize("body", [b"[]", b"{", b"7", b"\xff", b'"a"'])
def test_a_body_that_is_no_json_object_is_refused(alice_uploads: Uploader, body: bytes) -> None:
    upload = alice_uploads.begin(3)
    for path in ("", f"/{upload['id']}/part_urls", f"/{upload['id']}/complete"):
        answered = alice_uploads.http.post(f"/uploads{path}", content=body)
        assert_refused(answered, 400, None, "JSON object")


LINKS: dict[str, tuple[Any, Any, str, str]] = {
    "no numbers": (None, None, "part_numbers", "from 1 to 2"),
    "an empty list": ([], None, "part_numbers", "1 to 100 different integers from 1 to 2"),
    "number 0": ([0], None, "part_numbers", "from 1 to 2"),
    "a number beyond the last part": ([3], None, "part_numbers", "from 1 to 2"),
    "a number twice": ([1, 1], None, "part_numbers", "different"),
    "a number in words": (["1"], None, "part_numbers", "integers"),
    "a truth for a number": ([True], None, "part_numbers", "integers"),
    "no list": (1, None, "part_numbers", "integers"),
    "more than a hundred": (list(range(1, 102)), None, "part_numbers", "1 to 100"),
    "a list for the checksums": ([1], ["AAAAAAAAAAA="], "checksums", "an object"),
    "a checksum of another part": ([1], {"2": "AAAAAAAAAAA="}, "checksums", "among 'part_numbers'"),
    "a checksum of another length": ([1], {"1": "AAAA"}, "checksums", "CRC64NVME in base64"),
    "a checksum that is no base64": ([1], {"1": "AAAAAAAAAA!="}, "checksums", "base64"),
    "a number for a checksum": ([1], {"1": 12}, "checksums", "base64"),
    "letters beyond ASCII": ([1], {"1": "AAAAAAAAAAÄ="}, "checksums", "base64"),
}


@pytest.mark.parametrize("name", LINKS)
def test_part_urls_are_refused_naming_the_parameter_and_what_is_allowed(
    alice_uploads: Uploader, name: str
) -> None:
    numbers, checksums, param, words = LINKS[name]
    upload = alice_uploads.begin(PART + 1)
    assert_refused(alice_uploads.try_to_link(upload, numbers, checksums), 400, param, words)


@pytest.mark.parametrize(
    "part_ids",
    [
        None,
        [],
        "part_00001",
        [1],
        ["part_1"],
        ["file-" + "0" * 26],
        ["../" + "0" * 26],
        ["part_00001", "part_00001"],
        [f"part_{number:05d}" for number in range(1, 10_002)],
        [None],
        {"0": "part_00001"},
    ],
    ids=lambda value: str(value)[:20],
)
def test_what_is_no_list_of_parts_is_refused(alice_uploads: Uploader, part_ids: Any) -> None:
    upload = alice_uploads.begin(3)
    answered = alice_uploads.try_to_complete(upload, part_ids)
    assert_refused(answered, 400, "part_ids", "1 to 10000 different ids of this upload's parts")


def test_staged_and_presigned_parts_are_not_mixed(alice_uploads: Uploader) -> None:
    upload = alice_uploads.begin(3)
    answered = alice_uploads.try_to_complete(
        upload, ["part_00001", alice_uploads.stage(upload, b"abc")]
    )
    assert_refused(answered, 400, "part_ids", "cannot be mixed")


def test_a_part_that_never_came_is_named(alice_uploads: Uploader) -> None:
    upload = alice_uploads.begin(3)
    alice_uploads.stage(upload, b"abc")
    answered = alice_uploads.try_to_complete(upload, [NOBODYS_PART])
    assert_refused(answered, 400, "part_ids", f"No such part of this upload: '{NOBODYS_PART}'")


def test_a_part_of_another_upload_is_no_part(alice_uploads: Uploader) -> None:
    upload, other = alice_uploads.begin(3), alice_uploads.begin(3)
    part_id = alice_uploads.stage(other, b"abc")
    answered = alice_uploads.try_to_complete(upload, [part_id])
    assert_refused(answered, 400, "part_ids", f"'{part_id}'")


@pytest.mark.parametrize("sent", [[b"ab"], [b"ab", b"cd"]])
def test_a_sum_that_differs_is_refused_naming_both(
    alice_uploads: Uploader, sent: list[bytes]
) -> None:
    upload = alice_uploads.begin(3)
    part_ids = [alice_uploads.stage(upload, piece) for piece in sent]
    answered = alice_uploads.try_to_complete(upload, part_ids)
    assert_refused(answered, 400, "part_ids", f"{2 * len(sent)} bytes", "3 bytes")


@pytest.mark.parametrize(
    "choose",
    [
        lambda part_ids: part_ids[::-1],
        lambda part_ids: part_ids[:1],
        lambda part_ids: [*part_ids, "part_00003"],
    ],
    ids=["another order", "too few", "too many"],
)
def test_presigned_parts_are_all_joined_in_their_own_order(
    alice_uploads: Uploader, choose: Callable[[list[str]], list[str]]
) -> None:
    upload = alice_uploads.begin(PART + 1)
    part_ids = alice_uploads.send_all(upload, content_of(PART + 1))
    answered = alice_uploads.try_to_complete(upload, choose(part_ids))
    assert_refused(answered, 400, "part_ids", "'part_00001' to 'part_00002'")


def test_a_presigned_part_that_never_came_is_named(alice_uploads: Uploader) -> None:
    upload = alice_uploads.begin(PART + 1)
    alice_uploads.send(upload, 2, b"x")
    answered = alice_uploads.try_to_complete(upload, ["part_00001", "part_00002"])
    words = ("'part_00001' has not arrived whole", f"0 of {PART} bytes")
    assert_refused(answered, 400, "part_ids", *words)


@pytest.mark.parametrize("md5", ["", "0" * 31, "0" * 33, "g" * 32, 7, ["0" * 32]])
def test_what_is_no_md5_is_refused(alice_uploads: Uploader, md5: Any) -> None:
    upload = alice_uploads.begin(3)
    part_id = alice_uploads.stage(upload, b"abc")
    answered = alice_uploads.try_to_complete(upload, [part_id], md5=md5)
    assert_refused(answered, 400, "md5", "32 hexadecimal digits")


def test_a_part_over_the_inline_limit_is_told_three_ways(alice_uploads: Uploader) -> None:
    upload = alice_uploads.begin(10 * MIB)
    answered = alice_uploads.try_to_stage(upload, bytes(4 * MIB + 1))
    ways = ("4 MiB (4194304 bytes)", "upload_file_chunked", "`larder upload`", "http_client()")
    assert_refused(answered, 413, "data", *ways, code="content_too_large")
    assert alice_uploads.try_to_stage(upload, bytes(4 * MIB)).status_code == 200


@pytest.mark.parametrize("form", [{"file": ("a", b"abc")}, {"file": (None, b"abc")}])
def test_a_part_without_its_data_is_refused(alice_uploads: Uploader, form: dict[str, Any]) -> None:
    upload = alice_uploads.begin(3)
    answered = alice_uploads.http.post(f"/uploads/{upload['id']}/parts", files=form)
    assert_refused(answered, 400, "data", "'data'")


def test_a_part_of_no_bytes_is_refused(alice_uploads: Uploader) -> None:
    upload = alice_uploads.begin(3)
    answered = alice_uploads.try_to_stage(upload, b"")
    assert_refused(answered, 400, "data", "at least one byte")


def test_a_part_larger_than_its_upload_is_refused(alice_uploads: Uploader) -> None:
    upload = alice_uploads.begin(3)
    answered = alice_uploads.try_to_stage(upload, b"abcd")
    assert_refused(answered, 413, "data", "4 bytes", "3 bytes", code="content_too_large")
    assert alice_uploads.parts(upload) == []


@pytest.mark.parametrize("query", ["limit=0", "limit=10001", "order=up", "after=file-1", "after=x"])
def test_a_page_of_uploads_is_refused_naming_the_parameter(
    alice_uploads: Uploader, query: str
) -> None:
    answered = alice_uploads.http.get(f"/uploads?{query}")
    assert_refused(answered, 400, query.partition("=")[0], "Allowed")

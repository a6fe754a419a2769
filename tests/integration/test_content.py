"""Content in the answer itself, or by a URL: what each client is answered, and byte for byte."""

import asyncio
import gzip
from collections.abc import Callable
from typing import Any

import httpx2
import openai
import pytest
from botocore.awsrequest import AWSResponse

from tests.bed.bed import Bed
from tests.bed.checksums import crc64nvme
from tests.bed.environment import CONTENT_BUCKET
from tests.bed.uploader import MIB, Uploader, content_of
from tests.bed.wire import Call, Send

INLINE = 4 * MIB
EVERY_BYTE = bytes(range(256))


def created(client: openai.OpenAI, content: bytes, filename: str = "batch.jsonl") -> str:
    return client.files.create(file=(filename, content), purpose="batch").id


def of_size(uploader: Uploader, size: int) -> dict[str, Any]:
    """A file of so many bytes, whatever one request carries."""
    upload = uploader.begin(size)
    content = content_of(size, "content")
    pieces = [content[at : at + INLINE] for at in range(0, size, INLINE)]
    return uploader.complete(upload, [uploader.stage(upload, piece) for piece in pieces])


@pytest.fixture
def http(bed: Bed) -> httpx2.Client:
    return bed.http_of("alice")


@pytest.fixture
def ten(alice: openai.OpenAI) -> str:
    """The path of a content of ten bytes."""
    return f"/files/{created(alice, b'0123456789')}/content"


@pytest.mark.parametrize(
    "content", [b"", EVERY_BYTE, EVERY_BYTE * (INLINE // 256)], ids=["0", "256", "4 MiB"]
)
def test_a_client_that_follows_no_redirect_has_the_bytes(
    http: httpx2.Client, alice: openai.OpenAI, content: bytes
) -> None:
    answer = http.get(f"/files/{created(alice, content)}/content")
    assert answer.status_code == 200
    assert answer.content == content
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["accept-ranges"] == "bytes"
    assert answer.headers["cache-control"].startswith("no-store")
    assert answer.headers["x-larder-bytes"] == str(len(content))
    assert answer.headers["x-larder-crc64nvme"] == crc64nvme(content)


def test_content_is_never_compressed_on_its_way(http: httpx2.Client, alice: openai.OpenAI) -> None:
    path = f"/files/{created(alice, bytes(10_000))}/content"
    answer = http.get(path, headers={"Accept-Encoding": "gzip"})
    assert answer.headers["content-encoding"] == "identity"
    assert answer.content == bytes(10_000)


def test_one_byte_beyond_the_inline_limit_is_redirected(alice_uploads: Uploader) -> None:
    file = of_size(alice_uploads, INLINE + 1)
    answer = alice_uploads.read(file)
    assert answer.status_code == 302
    assert answer.headers["cache-control"] == "no-store"
    error = answer.json()["error"]
    assert (error["type"], error["code"]) == ("invalid_request_error", "content_elsewhere")
    assert alice_uploads.content(file) == content_of(INLINE + 1, "content")


def test_the_sdks_read_it_whole_at_any_size(bed: Bed, alice_uploads: Uploader) -> None:
    file = of_size(alice_uploads, INLINE + 1)
    asking = openai.AsyncOpenAI(
        api_key=bed.api_key("alice"),
        base_url=str(bed.client_of("alice").base_url),
        http_client=openai.DefaultAsyncHttpxClient(transport=bed.transport()),
    )
    expected = content_of(INLINE + 1, "content")
    assert bed.client_of("alice").files.content(file["id"]).content == expected
    assert asyncio.run(_read(asking, file["id"])) == expected


async def _read(client: openai.AsyncOpenAI, file_id: str) -> bytes:
    return (await client.files.content(file_id)).content


@pytest.mark.parametrize(
    ("asked", "given", "told"),
    [
        ("bytes=2-5", b"2345", "bytes 2-5/10"),
        ("bytes=0-0", b"0", "bytes 0-0/10"),
        ("bytes=9-", b"9", "bytes 9-9/10"),
        ("bytes=4-99", b"456789", "bytes 4-9/10"),
        ("bytes=0-", b"0123456789", "bytes 0-9/10"),
        ("bytes=-3", b"789", "bytes 7-9/10"),
        ("bytes=-99", b"0123456789", "bytes 0-9/10"),
        ("Bytes= 2-5 ", b"2345", "bytes 2-5/10"),
    ],
)
def test_a_range_is_answered(
    http: httpx2.Client, ten: str, asked: str, given: bytes, told: str
) -> None:
    answer = http.get(ten, headers={"Range": asked})
    assert (answer.status_code, answer.content) == (206, given)
    assert answer.headers["content-range"] == told


@pytest.mark.parametrize("asked", ["bytes=10-", "bytes=99-100", "bytes=-0"])
def test_a_range_behind_the_end_is_refused_naming_it(
    http: httpx2.Client, ten: str, asked: str
) -> None:
    answer = http.get(ten, headers={"Range": asked})
    assert answer.status_code == 416
    assert answer.headers["content-range"] == "bytes */10"
    assert answer.json()["error"]["code"] == "range_not_satisfiable"
    assert answer.json()["error"]["param"] == "Range"


@pytest.mark.parametrize(
    "asked",
    [
        "bytes=0-1,4-5",
        "bytes=5-2",
        "bytes=-",
        "bytes=a-b",
        "bytes",
        "lines=1-2",
        "bytes=" + "9" * 5_000 + "-",
        "bytes=+1-2",
        "bytes=١-٢",  # noqa: RUF001 - digits, and none of HTTP's
    ],
)
def test_several_ranges_and_what_is_none_are_answered_with_all(
    bed: Bed, ten: str, asked: str
) -> None:
    headers = [("Authorization", f"Bearer {bed.api_key('alice')}"), ("Range", asked)]
    answer = bed.request("GET", str(bed.client_of("alice").base_url) + ten[1:], headers)
    assert (answer.status, answer.body) == (200, b"0123456789")


@pytest.mark.parametrize(
    ("asked", "status"), [("bytes=0-", 416), ("bytes=-5", 200), ("bytes=-0", 416)]
)
def test_no_range_of_nothing_has_a_byte(
    http: httpx2.Client, alice: openai.OpenAI, asked: str, status: int
) -> None:
    answer = http.get(f"/files/{created(alice, b'')}/content", headers={"Range": asked})
    assert answer.status_code == status


def test_a_range_after_the_same_content_is_that_range(http: httpx2.Client, ten: str) -> None:
    whole = http.get(ten)
    for validator in (whole.headers["etag"], whole.headers["last-modified"]):
        answer = http.get(ten, headers={"Range": "bytes=5-", "If-Range": validator})
        assert (answer.status_code, answer.content) == (206, b"56789")


@pytest.mark.parametrize("validator", ['"other"', "Thu, 01 Jan 1970 00:00:00 GMT", "W/{etag}", ""])
def test_a_range_after_other_content_is_all(http: httpx2.Client, ten: str, validator: str) -> None:
    own = validator.format(etag=http.get(ten).headers["etag"])
    answer = http.get(ten, headers={"Range": "bytes=5-", "If-Range": own})
    assert (answer.status_code, answer.content) == (200, b"0123456789")


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_whoever_has_it_is_not_sent_it_again(http: httpx2.Client, ten: str, method: str) -> None:
    first = http.get(ten).headers
    for condition in (
        {"If-None-Match": first["etag"]},
        {"If-None-Match": f'"a", W/{first["etag"]}'},
        {"If-None-Match": "*"},
        {"If-Modified-Since": first["last-modified"]},
    ):
        answer = http.request(method, ten, headers=condition)
        assert (answer.status_code, answer.content) == (304, b"")
        assert answer.headers["etag"] == first["etag"]
    again = http.get(ten, headers={"If-None-Match": '"other"'})
    assert (again.status_code, again.content) == (200, b"0123456789")


def test_a_range_of_a_large_file_comes_at_once_if_it_is_small(alice_uploads: Uploader) -> None:
    size = INLINE + 10
    file, content = of_size(alice_uploads, size), content_of(size, "content")
    answers = [
        alice_uploads.read(file, Range=asked)
        for asked in (f"bytes=0-{INLINE - 1}", f"bytes={INLINE}-", "bytes=-1")
    ]
    assert [answer.status_code for answer in answers] == [206] * 3
    assert answers[0].content + answers[1].content == content
    assert answers[2].content == content[-1:]
    assert alice_uploads.read(file, Range=f"bytes=0-{INLINE}").status_code == 302
    assert alice_uploads.read(file, Range=f"bytes={size}-").status_code == 416


def test_head_tells_what_get_would(http: httpx2.Client, ten: str) -> None:
    head, got = http.head(ten), http.get(ten)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == "10"
    differing = {"x-request-id", "content-length"}
    assert {name: value for name, value in head.headers.items() if name not in differing} == {
        name: value for name, value in got.headers.items() if name not in differing
    }


def test_head_of_a_large_file_leads_to_where_head_is_signed(
    bed: Bed, alice_uploads: Uploader
) -> None:
    file = of_size(alice_uploads, INLINE + 1)
    answer = alice_uploads.http.head(f"/files/{file['id']}/content")
    assert (answer.status_code, answer.content) == (302, b"")
    assert answer.headers["x-larder-bytes"] == str(INLINE + 1)
    there = bed.request("HEAD", answer.headers["location"])
    assert there.status == 200
    assert there.headers["content-length"] == str(INLINE + 1)
    assert bed.request("GET", answer.headers["location"]).status == 403


def test_head_of_no_file_is_a_404_without_a_body(http: httpx2.Client) -> None:
    answer = http.head("/files/file-1/content")
    assert (answer.status_code, answer.content) == (404, b"")


def test_a_url_is_answered_with_what_is_known_of_the_content(
    bed: Bed, http: httpx2.Client, alice: openai.OpenAI
) -> None:
    file_id = created(alice, b"hello", "größe.jsonl")
    answer = http.get(f"/files/{file_id}/url")
    told = answer.json()
    assert answer.headers["cache-control"] == "no-store"
    assert {name: value for name, value in told.items() if name != "url"} == {
        "object": "file.url",
        "expires_at": int(bed.clock.now) + 900,
        "bytes": 5,
        "filename": "größe.jsonl",
        "crc64nvme": crc64nvme(b"hello"),
    }
    assert bed.request("GET", told["url"]).body == b"hello"


@pytest.mark.parametrize("expiry", [1, 60, 900])
def test_a_url_ends_when_it_is_asked_to(
    bed: Bed, http: httpx2.Client, alice: openai.OpenAI, expiry: int
) -> None:
    told = http.get(f"/files/{created(alice, b'hello')}/url", params={"expiry": expiry}).json()
    assert told["expires_at"] == int(bed.clock.now) + expiry
    bed.clock.set(told["expires_at"] - 0.001)
    assert bed.request("GET", told["url"]).status == 200
    bed.clock.set(told["expires_at"])
    assert bed.request("GET", told["url"]).status == 403


def test_a_url_never_outlives_its_file(bed: Bed, http: httpx2.Client, alice: openai.OpenAI) -> None:
    file = alice.files.create(
        file=("a", b"hello"),
        purpose="batch",
        expires_after={"anchor": "created_at", "seconds": 3600},
    )
    bed.clock.set(file.created_at + 3600 - 10)
    assert http.get(f"/files/{file.id}/url").json()["expires_at"] == file.expires_at


@pytest.mark.parametrize("expiry", ["0", "901", "-1", "1.5", "1h", "1e2", "9" * 5_000, "٣", " 1"])
def test_another_expiry_is_refused_naming_the_range(
    http: httpx2.Client, alice: openai.OpenAI, expiry: str
) -> None:
    answer = http.get(f"/files/{created(alice, b'hello')}/url", params={"expiry": expiry})
    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == "expiry"
    assert "from 1 to 900" in answer.json()["error"]["message"]


def test_a_service_reads_by_every_way(bed: Bed, alice: openai.OpenAI) -> None:
    path = f"/files/{created(alice, b'hello')}"
    http = bed.http_of("batch-system", acting_for="alice")
    assert http.get(f"{path}/content").content == b"hello"
    assert http.head(f"{path}/content").status_code == 200
    assert bed.request("GET", http.get(f"{path}/url").json()["url"]).body == b"hello"


def object_of(bed: Bed) -> tuple[Any, str]:
    [key] = bed.object_keys()
    return bed.session.client("s3"), key


def removed(bed: Bed) -> None:
    s3, key = object_of(bed)
    s3.delete_object(Bucket=CONTENT_BUCKET, Key=key)


def shorter(bed: Bed) -> None:
    s3, key = object_of(bed)
    s3.put_object(Bucket=CONTENT_BUCKET, Key=key, Body=b"012")


def emptied(bed: Bed) -> None:
    s3, key = object_of(bed)
    s3.put_object(Bucket=CONTENT_BUCKET, Key=key, Body=b"")


def longer(bed: Bed) -> None:
    s3, key = object_of(bed)
    s3.put_object(Bucket=CONTENT_BUCKET, Key=key, Body=b"0123456789a")


@pytest.mark.parametrize("damage", [removed, shorter, emptied, longer])
@pytest.mark.parametrize("headers", [{}, {"Range": "bytes=1-8"}], ids=["whole", "range"])
def test_content_that_is_not_there_is_one_calm_error(
    bed: Bed,
    http: httpx2.Client,
    ten: str,
    damage: Callable[[Bed], None],
    headers: dict[str, str],
) -> None:
    damage(bed)
    answer = http.get(ten, headers=headers)
    assert answer.status_code == 500
    assert answer.headers["x-should-retry"] == "false"
    error = answer.json()["error"]
    assert (error["code"], error["param"]) == ("damaged_record", "file_id")
    assert ten.split("/")[2] in error["message"]
    assert "expires-in" not in answer.text


def test_a_file_that_is_deleted_while_it_is_read_is_gone(
    bed: Bed, alice: openai.OpenAI, http: httpx2.Client, ten: str
) -> None:
    def deleting(call: Call, send: Send) -> AWSResponse:
        if call.operation == "GetObject":
            bed.wire.interceptor = None
            alice.files.delete(ten.split("/")[2])
            bed.run_stream()
        return send()

    bed.wire.interceptor = deleting
    answer = http.get(ten)
    assert answer.status_code == 404
    assert "not found, deleted or expired" in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    "accept", ["gzip", "gzip, deflate", "br;q=0.5, gzip", None, "identity", "br, gzip", "gzip;q=0"]
)
def test_a_long_list_is_compressed_for_whoever_accepts_it(
    bed: Bed, alice: openai.OpenAI, accept: str | None
) -> None:
    for _ in range(6):
        created(alice, b"x")
    sent = [("Authorization", f"Bearer {bed.api_key('alice')}")]
    sent += [("Accept-Encoding", accept)] if accept else []
    answer = bed.request("GET", f"{alice.base_url}files", sent)
    compressed = accept in ("gzip", "gzip, deflate", "br;q=0.5, gzip")
    assert answer.headers.get("content-encoding") == ("gzip" if compressed else None)


def test_a_compressed_request_is_understood(bed: Bed, http: httpx2.Client) -> None:
    body = b'{"filename":"a","purpose":"batch","bytes":1,"mime_type":"text/plain"}'
    headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
    assert http.post("/uploads", content=gzip.compress(body), headers=headers).status_code == 200
    refused = http.post("/uploads", content=body, headers=headers)
    assert refused.status_code == 415
    assert refused.json()["error"]["type"] == "invalid_request_error"

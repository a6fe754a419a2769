"""Presigned URLs: a filename, an object key, a multipart id and a checksum, a line each.

What `lambdas.stores.links` signs by botocore is what `tests.bed.bucket` computes from the
specification, and the URL says what it was made for, and nothing else.
"""

from contextlib import suppress
from dataclasses import replace
from urllib.parse import parse_qsl, unquote, urlsplit

from lambdas.core.errors import InvalidRequest
from lambdas.core.file import File, new_file
from lambdas.core.filenames import attachment, clean_filename
from lambdas.stores.links import Links
from tests.bed.bucket import signature
from tests.bed.environment import CONTENT_URL
from tests.fuzz.fakes import NOW

TOKENS = (
    b"expires-in-30d/alice/file-01kb0000000000000000000000\n",
    b"alice@example.com",
    b"a+b",
    b"~",
    b"%2F",
    b"%",
    b"//",
    b"../",
    b"*",
    b"\xc3\xa9",
    b"\xf0\x9f\xa5\xab",
    b"=&",
    b"AAAAAAAAAAA=",
    b"?",
    b"#",
)

LINKS = Links(CONTENT_URL)


def run(data: bytes) -> None:
    """Try the links of one file and of one part."""
    lines = data.decode(errors="replace").split("\n")
    raw, object_key, multipart_id, checksum, *_ = [*lines, "", "", "", ""]
    if not object_key:
        return
    with suppress(InvalidRequest):
        _content(clean_filename(raw), object_key)
    _part(object_key, multipart_id, checksum)


def _content(filename: str, object_key: str) -> None:
    file: File = replace(
        new_file(owner="alice", filename=filename, purpose="batch", size=1, seconds=3600, now=NOW),
        object_key=object_key,
    )
    url = LINKS.content(file, NOW, int(NOW) + 900)
    query = _signed("GET", url, object_key, {})
    assert query["response-content-disposition"] == attachment(filename)
    assert query["X-Amz-Expires"] == "900"


def _part(object_key: str, multipart_id: str, checksum: str) -> None:
    headers = {"content-length": "12"}
    if checksum.isascii() and checksum.isprintable() and checksum:
        headers["x-amz-checksum-crc64nvme"] = checksum
    url = LINKS.part(object_key, multipart_id, 7, headers, NOW, int(NOW) + 60)
    query = _signed("PUT", url, object_key, headers)
    assert query["uploadId"] == multipart_id
    assert query["partNumber"] == "7"


def _signed(method: str, url: str, object_key: str, headers: dict[str, str]) -> dict[str, str]:
    """Hold the signature to the specification, and return the query."""
    assert url.isascii()
    assert url.isprintable()
    parts = urlsplit(url)
    assert unquote(f"{parts.scheme}://{parts.netloc}{parts.path}") == f"{CONTENT_URL}/{object_key}"
    pairs = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=True)
    query = dict(pairs)
    assert len(query) == len(pairs)
    assert signature(method, url, headers) == query["X-Amz-Signature"]
    assert query["X-Amz-SignedHeaders"] == ";".join(sorted([*headers, "host"]))
    return query

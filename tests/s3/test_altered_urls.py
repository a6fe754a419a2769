"""Presigned URLs altered in every part, on a real S3 server: none is worth anything.

What a URL signs is read from the URL itself, so a parameter to come is altered too.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

import pytest

from tests.bed.bed import Bed
from tests.bed.checksums import crc64nvme
from tests.bed.uploader import PART, Uploader, content_of

CONTENT, OTHER = content_of(PART, "altered"), content_of(PART, "other")
SIGNATURE = "X-Amz-Signature"


@dataclass(frozen=True)
class Sent:
    """A request to a presigned URL."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes = b""

    def with_query(self, **changes: str | None) -> "Sent":
        """This request with parameters changed, added, or left out where they are None."""
        query = {**dict(parse_qsl(urlsplit(self.url).query, keep_blank_values=True)), **changes}
        kept = {name: value for name, value in query.items() if value is not None}
        parts = urlsplit(self.url)._replace(query=urlencode(kept, quote_via=quote))
        return replace(self, url=urlunsplit(parts))

    def with_path(self, old: str, new: str) -> "Sent":
        """This request for another object."""
        parts = urlsplit(self.url)
        assert old in parts.path
        return replace(self, url=urlunsplit(parts._replace(path=parts.path.replace(old, new))))

    def with_headers(self, **changes: str | None) -> "Sent":
        """This request with headers changed, added, or left out where they are None."""
        named = {name.replace("_", "-"): value for name, value in changes.items()}
        kept = {name: value for name, value in {**self.headers, **named}.items() if value}
        return replace(self, headers=kept)


def altered_queries(sent: Sent) -> Iterator[tuple[str, Sent]]:
    """Every parameter changed in its first and last character, emptied, and left out."""
    for name, value in parse_qsl(urlsplit(sent.url).query):
        for where, other in (
            ("first", ("1" if value[0] != "1" else "2") + value[1:]),
            ("last", value[:-1] + ("1" if value[-1] != "1" else "2")),
            ("longer", value + "0"),
            ("empty", ""),
            ("missing", None),
        ):
            yield f"{name}, {where}", sent.with_query(**{name: other})
        url = sent.url.replace(f"{name}=", f"{name}=0&{name}=")
        yield f"{name}, twice", replace(sent, url=url)
    yield "another day", sent.with_query(**{"X-Amz-Date": "20991231T000000Z"})
    yield "a longer life", sent.with_query(**{"X-Amz-Expires": "604800"})
    signed = dict(parse_qsl(urlsplit(sent.url).query))["X-Amz-SignedHeaders"].split(";")
    for name in signed:
        fewer = ";".join(other for other in signed if other != name)
        yield f"{name} not signed", sent.with_query(**{"X-Amz-SignedHeaders": fewer})
    yield "another algorithm", sent.with_query(**{"X-Amz-Algorithm": "AWS4-HMAC-SHA1"})


def added_to_the_query(sent: Sent) -> Iterator[tuple[str, Sent]]:
    for name, value in {
        "acl": "",
        "tagging": "",
        "versionId": "null",
        "uploads": "",
        "x-id": "PutObject",
        "response-cache-control": "no-store",
        "response-content-encoding": "gzip",
        "X-Amz-Security-Token": "token",
        "x-amz-acl": "public-read",
        "x-amz-tagging": "a=b",
        "x-amz-copy-source": "content/expires-in-30d/bob/file",
    }.items():
        yield f"{name} added", sent.with_query(**{name: value})


def altered_targets(sent: Sent, other_object: str) -> Iterator[tuple[str, Sent]]:
    for method in {"GET", "PUT", "POST", "DELETE", "HEAD"} - {sent.method}:
        allowed = sent.method == "GET" and method == "HEAD"
        if not allowed:
            yield f"{method}", replace(sent, method=method)
    yield "another owner", sent.with_path("/alice/", "/bob/")
    yield "another life", sent.with_path("/expires-in-30d/", "/expires-in-01d/")
    yield "a staged part", sent.with_path("/expires-in-30d/", "/parts/")
    yield (
        "another object",
        replace(
            sent, url=sent.url.replace(urlsplit(sent.url).path.rpartition("/")[2], other_object)
        ),
    )
    yield "a longer key", sent.with_path("/alice/", "/alice/more/")
    yield "a way about", sent.with_path("/alice/", "/bob/..%2Falice/")
    yield "another host", sent.with_headers(Host="content.example.com")


def altered_headers(sent: Sent) -> Iterator[tuple[str, Sent]]:
    """Every signed header changed and left out, and headers of Amazon's added."""
    for name in sent.headers:
        if name != "content-length":
            yield f"{name} missing", sent.with_headers(**{name: None})
            yield f"{name} changed", sent.with_headers(**{name: crc64nvme(OTHER)})
    for size in (0, 1, PART - 1, PART + 1):
        shorter = replace(sent, body=content_of(size))
        yield f"{size} bytes", shorter.with_headers(content_length=str(size))
    yield "other bytes", replace(sent, body=OTHER)
    yield "an object copied", sent.with_headers(x_amz_copy_source="content/expires-in-30d/bob/x")
    yield "a grant", sent.with_headers(x_amz_acl="public-read")
    yield "a tag", sent.with_headers(x_amz_tagging="a=b")


def refused(bed: Bed, attempts: Iterator[tuple[str, Sent]]) -> int:
    """Make every request, hold each to a refusal that tells no content, and count them."""
    count, taken = 0, []
    for name, sent in attempts:
        answer = bed.request(sent.method, sent.url, sent.headers.items(), sent.body)
        count += 1
        if not 400 <= answer.status < 500 or CONTENT[:64] in answer.body:
            taken.append(f"{name}: {answer.status}")
    assert taken == []
    return count


@pytest.fixture
def sending(alice_uploads: Uploader) -> tuple[dict[str, Any], Sent]:
    """An upload of two parts, and the request that sends the first, its checksum signed."""
    upload = alice_uploads.begin(2 * PART)
    link = alice_uploads.link(upload, 1, crc64nvme(CONTENT))
    return upload, Sent(link["method"], link["url"], link["headers"], CONTENT)


@pytest.fixture
def reading(alice_uploads: Uploader) -> Sent:
    """The request that reads a file's content."""
    upload = alice_uploads.begin(PART)
    file = alice_uploads.complete(upload, alice_uploads.send_all(upload, CONTENT))
    return Sent("GET", alice_uploads.url_of(file), {})


@pytest.mark.parametrize("alter", [altered_queries, added_to_the_query, altered_headers])
def test_an_altered_part_url_takes_nothing(
    bed: Bed, alice_uploads: Uploader, sending: tuple[dict[str, Any], Sent], alter: Any
) -> None:
    upload, sent = sending
    objects = bed.object_keys()
    assert refused(bed, alter(sent)) >= 10
    assert (alice_uploads.parts(upload), bed.object_keys()) == ([], objects)


def test_a_part_url_of_another_target_takes_nothing(
    bed: Bed, alice_uploads: Uploader, sending: tuple[dict[str, Any], Sent]
) -> None:
    upload, sent = sending
    other = alice_uploads.begin(2 * PART)
    refused(bed, altered_targets(sent, str(other["id"])))
    assert (alice_uploads.parts(upload), alice_uploads.parts(other)) == ([], [])
    assert bed.object_keys() == []


def test_the_unaltered_part_url_is_taken(
    bed: Bed, alice_uploads: Uploader, sending: tuple[dict[str, Any], Sent]
) -> None:
    """Or the refusals above would say nothing."""
    upload, sent = sending
    assert bed.request(sent.method, sent.url, sent.headers.items(), sent.body).status == 200
    assert [part["bytes"] for part in alice_uploads.parts(upload)] == [PART]


@pytest.mark.parametrize("alter", [altered_queries, added_to_the_query])
def test_an_altered_content_url_reads_nothing(bed: Bed, reading: Sent, alter: Any) -> None:
    assert refused(bed, alter(reading)) >= 10
    assert bed.request("GET", reading.url).body == CONTENT


def test_a_content_url_of_another_target_reads_and_changes_nothing(
    bed: Bed, alice_uploads: Uploader, reading: Sent
) -> None:
    upload = alice_uploads.begin(1)
    alice_uploads.complete(upload, [alice_uploads.stage(upload, b"x")])
    before = bed.object_keys()
    refused(bed, altered_targets(replace(reading, body=OTHER), str(upload["id"])))
    assert bed.object_keys() == before
    assert bed.request("GET", reading.url).body == CONTENT

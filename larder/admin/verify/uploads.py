"""Promises about uploads: parts by the API and by URLs, and that URLs allow nothing else."""

from typing import Any
from urllib.parse import urlsplit, urlunsplit

from larder.admin.verify.promise import Promise, expect
from larder.admin.verify.scene import LEAST_LIFE_SECONDS, Answer, Person, Scene, asked

_MIB = 2**20
CONTENT = bytes(range(256)) * (9 * _MIB // 256)
REFUSED_BY_S3 = range(400, 600)


def _begun(person: Person, size: int) -> str:
    """Begin an upload and return its id."""
    upload = person.sdk.uploads.create(
        filename="verify.jsonl",
        purpose="batch",
        bytes=size,
        mime_type="application/jsonl",
        expires_after={"anchor": "created_at", "seconds": LEAST_LIFE_SECONDS},
    )
    return upload.id


def _part_urls(person: Person, upload_id: str, *numbers: int) -> list[dict[str, Any]]:
    body = {"part_numbers": list(numbers)}
    answer: Any = person.sdk.post(f"/uploads/{upload_id}/part_urls", body=body, cast_to=object)
    urls: list[dict[str, Any]] = answer["data"]
    return urls


def stored_in_parts(person: Person, content: bytes) -> str:
    """Store content in two parts through the API, and return the file's id.

    The second part is sent first, and the upload is completed twice, as after a lost answer.
    """
    half = len(content) // 2
    upload_id, add_part = _begun(person, len(content)), person.sdk.uploads.parts.create
    later, sooner = (add_part(upload_id, data=data).id for data in (content[half:], content[:half]))
    return _completed(person, upload_id, [sooner, later])


def _completed(person: Person, upload_id: str, part_ids: list[str]) -> str:
    first, second = (person.sdk.uploads.complete(upload_id, part_ids=part_ids) for _ in range(2))
    expect(first.file is not None and first.file == second.file, "completed twice, two answers")
    assert first.file is not None
    return first.file.id


def _must_be(person: Person, file_id: str, content: bytes) -> None:
    expect(person.sdk.files.content(file_id).read() == content, "read as another content")
    person.sdk.files.delete(file_id)


def parts(scene: Scene) -> str | None:
    """Parts through the API become the file in the order that is asked for."""
    content = CONTENT[: 2 * _MIB]
    _must_be(scene.alice, stored_in_parts(scene.alice, content), content)
    return None


def part_urls(scene: Scene) -> str | None:
    """Parts sent straight to S3 become the file, without passing through the service."""
    alice = scene.alice
    upload_id = _begun(alice, len(CONTENT))
    urls, at = _part_urls(alice, upload_id, 1, 2), 0
    for part in urls:
        body = CONTENT[at : at + part["bytes"]]
        sent = asked(alice.pool, part["method"], part["url"], body, part["headers"])
        expect(sent.status == 200, f"S3 answered {sent.status}: {sent.shown}")
        at += part["bytes"]
    _must_be(alice, _completed(alice, upload_id, [part["id"] for part in urls]), CONTENT)
    return f"at {urlsplit(urls[0]['url']).netloc}"


def cancelled(scene: Scene) -> str | None:
    """An upload reserves its bytes, and gives them back when it is cancelled."""
    alice = scene.alice
    before = alice.ask("GET", "/usage").json()["reserved_bytes"]
    upload_id = _begun(alice, _MIB)
    reserved = alice.ask("GET", "/usage").json()["reserved_bytes"] - before
    expect(reserved == _MIB, f"{reserved} bytes were reserved for {_MIB}")
    alice.sdk.uploads.cancel(upload_id)
    left = alice.ask("GET", "/usage").json()["reserved_bytes"] - before
    expect(left == 0, f"{left} bytes stay reserved")
    return None


def altered_urls(scene: Scene) -> str | None:
    """A presigned URL is good for one part, of one length, or one object, and nothing else."""
    alice, file_id = scene.alice, scene.alice.stored(CONTENT[:1000])
    url = str(alice.ask("GET", f"/files/{file_id}/url").json()["url"])
    expect(asked(alice.pool, "GET", url).body == CONTENT[:1000], "the URL leads elsewhere")
    foreign = url.replace(alice.owner, scene.bob.owner)
    longer = url.replace("X-Amz-Expires=", "X-Amz-Expires=9")
    for what, altered in (("another owner's object", foreign), ("a longer life", longer)):
        expect(altered != url, f"the URL has no place for {what}")
        _refused(f"a URL altered to {what}", asked(alice.pool, "GET", altered))
    _refused("a DELETE by it", asked(alice.pool, "DELETE", url))

    upload_id = _begun(alice, len(CONTENT))
    (part,) = _part_urls(alice, upload_id, 2)
    parts = urlsplit(part["url"])
    other = urlunsplit(parts._replace(query=parts.query.replace("partNumber=2", "partNumber=1")))
    body, size = bytes(part["bytes"]), part["bytes"]
    _refused("another part's number", asked(alice.pool, "PUT", other, body, part["headers"]))
    headers = {**part["headers"], "content-length": str(size + 1)}
    _refused("a longer part", asked(alice.pool, "PUT", part["url"], body + b"x", headers))
    stored = alice.ask("GET", f"/uploads/{upload_id}/parts").json()["data"]
    expect(stored == [], f"{len(stored)} parts were stored by altered URLs")
    alice.sdk.uploads.cancel(upload_id)
    return None


def unsized_part(scene: Scene) -> str | None:
    """A part that does not say its length stores nothing beyond what was reserved."""
    alice = scene.alice
    upload_id = _begun(alice, len(CONTENT))
    (part,) = _part_urls(alice, upload_id, 2)
    pieces = iter([bytes(part["bytes"]), b"x" * 1024])
    sent = asked(alice.pool, "PUT", part["url"], pieces, chunked=True)
    stored = alice.ask("GET", f"/uploads/{upload_id}/parts").json()["data"]
    alice.sdk.uploads.cancel(upload_id)
    expect(stored == [], f"S3 answered {sent.status} and has {stored}")
    return f"S3 answers {sent.status}"


def _refused(what: str, answer: Answer) -> None:
    expect(answer.status in REFUSED_BY_S3, f"S3 answered {answer.status} to {what}")


PROMISES = (
    Promise("parts", "parts through the API become the file", parts),
    Promise("part-urls", "parts straight to S3 become the file", part_urls),
    Promise("cancel", "a cancelled upload gives back what it reserved", cancelled),
    Promise("altered-urls", "an altered presigned URL is refused by S3", altered_urls),
    Promise("unsized-part", "a part without a length stores nothing", unsized_part),
)

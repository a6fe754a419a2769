"""The same request by both ways in has the same answer: status, headers, and every word.

Through the front door it comes in one piece, and bit by bit: cut small, without a length, and
stored in parts.
"""

import gzip
import zlib
from collections.abc import Callable, Iterator
from email.utils import formatdate
from typing import Any
from unittest.mock import patch

import pytest

from larder.admin.keys import KeyTable
from tests.bed.bed import Bed
from tests.bed.damage import vandal_of
from tests.bed.foreign_forms import WRITERS
from tests.bed.gateway import HttpResponse
from tests.bed.hostile_forms import hostile_form
from tests.bed.uploader import content_of
from tests.bed.ways import Side, heard, sides_of

Case = Callable[[Side], HttpResponse]

CONTENT = content_of(400)
UNKNOWN_FILE = "file-" + "0" * 26
UNKNOWN_UPLOAD = "upload_" + "0" * 26


@pytest.fixture(autouse=True)
def parts_of_any_size() -> Iterator[None]:
    with patch("moto.s3.models.S3_UPLOAD_PART_MIN_SIZE", 1):
        yield


@pytest.fixture
def sides(bed: Bed) -> dict[str, Side]:
    return sides_of(bed)


def compare(sides: dict[str, Side], case: Case) -> dict[str, Any]:
    """Hold every way to the gateway's answer, and return it."""
    expected = heard(case(sides["the gateway"]))
    for name in ("the front door", "bit by bit"):
        assert heard(case(sides[name])) == expected, name
    return expected


def created(**parts: Any) -> Case:
    return lambda side: side.create(**parts)


def with_life(value: str, name: str = "expires_after[seconds]") -> Case:
    return created(**{name: value})


def with_header(**headers: str) -> Case:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda side: side.create(sent)


def with_body(body: bytes, content_type: str = "multipart/form-data; boundary=b") -> Case:
    return lambda side: side.ask("POST", "/files", {"Content-Type": content_type}, content=body)


def as_service(purpose: str, owner: str | None = None) -> Case:
    """Create a file with a service's key, on behalf of the side's owner or of this one."""

    def act(side: Side) -> HttpResponse:
        files = {"purpose": (None, purpose), "file": ("a", CONTENT)}
        named = {"Larder-Owner": side.owner if owner is None else owner}
        return side.ask("POST", "/files", named, as_service="batch-system", files=files)

    return act


RAW = (
    b'--b\r\nContent-Disposition: form-data; name="purpose"\r\n\r\nbatch\r\n'
    b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.jsonl"\r\n\r\n'
    + b"{}\n" * 100
    + b"\r\n--b--\r\n"
)


def compressed(encoding: str, body: bytes) -> Case:
    headers = {"Content-Type": "multipart/form-data; boundary=b", "Content-Encoding": encoding}
    return lambda side: side.ask("POST", "/files", headers, content=body)


CREATIONS: dict[str, Case] = {
    "a file": created(),
    "a file of nothing": created(file=("a", b"")),
    "a file of a byte": created(file=("a", b"x")),
    "a file of a part": created(file=("a", bytes(150))),
    "a file of a part and a byte": created(file=("a", bytes(151))),
    "a name of other letters": created(file=("größe 日本.jsonl", CONTENT)),
    "a path for a name": created(file=("C:\\new\\a.jsonl", CONTENT)),
    "no filename but a type": created(file=(None, CONTENT, "text/plain")),
    "no filename": created(file=CONTENT.hex()),
    "a folder": created(file=("folder/", CONTENT)),
    "too long a name": created(file=("a" * 256, CONTENT)),
    "a name with a control character": with_body(RAW.replace(b"a.jsonl", b"a\x07b")),
    "no file": created(file=None),
    "no purpose": created(purpose=None),
    "an unknown purpose": created(purpose="assistants"),
    "no words for a purpose": created(purpose=""),
    "a purpose not yet supported": created(purpose="fine-tune"),
    "the batch system's purpose": created(purpose="batch-output"),
    "the batch system's purpose as OpenAI has it": created(purpose="batch_output"),
    "a purpose as a file": created(purpose=("blob", b"batch")),
    "a purpose that is no text": created(purpose=("blob", b"\xff")),
    "a purpose beyond a field's size": created(purpose="a" * 8_193),
    "a life": with_life("86400"),
    "a life in JSON": with_life('{"anchor": "created_at", "seconds": 7200}', "expires_after"),
    "a life with a dot": with_life("7200", "expires_after.seconds"),
    "a life in several ways": created(
        **{"expires_after[seconds]": "86400", "expires_after.seconds": "86400"}
    ),
    "too short a life": with_life("3599"),
    "too long a life": with_life("2592001"),
    "a life that is no number": with_life("a week"),
    "a life with another anchor": with_life("last_active_at", "expires_after[anchor]"),
    "a life in broken JSON": with_life('{"seconds": ', "expires_after"),
    "a life by another name": with_life("86400", "ttl"),
    "a field that nobody knows": created(more="of it"),
    "an Idempotency-Key": with_header(Idempotency_Key="a key"),
    "too long an Idempotency-Key": with_header(Idempotency_Key="a" * 256),
    "an owner named without the scope": with_header(Larder_Owner="bob"),
    "a service": as_service("batch-output"),
    "a service with a purpose of its owner's": as_service("batch"),
    "a service for itself": as_service("batch", "batch-system"),
    "a service naming nobody's name": as_service("batch-output", "-"),
    "a service naming a name in Latin-1": as_service("batch-output", "b\xf6b"),
    "no form": with_body(b"{}", "application/json"),
    "no type": with_body(RAW, ""),
    "no boundary": with_body(RAW, "multipart/form-data"),
    "a boundary in Latin-1": with_body(RAW, "multipart/form-data; boundary=\xfc"),
    "another boundary": with_body(RAW, "multipart/form-data; boundary=c"),
    "nothing": with_body(b""),
    "a form cut short": with_body(RAW[:-8]),
    "a form with more behind": with_body(RAW + b"epilogue"),
    "a field sent twice": with_body(RAW[:72] + RAW),
    "a form in gzip": compressed("gzip", gzip.compress(RAW)),
    "a form in deflate": compressed("deflate", zlib.compress(RAW)),
    "a form in gzip, cut short": compressed("gzip", gzip.compress(RAW)[:-9]),
    "a form in gzip, and more": compressed("gzip", gzip.compress(RAW) + b"more"),
    "a form in gzip, in pieces": compressed(
        "gzip", gzip.compress(RAW[:9]) + gzip.compress(RAW[9:])
    ),
    "a form in deflate, and more": compressed("deflate", zlib.compress(RAW) + b"more"),
    "a form of nothing in gzip": compressed("gzip", gzip.compress(b"")),
    "a form as itself": with_header(Content_Encoding="identity"),
    "a form that is not in gzip as it says": with_header(Content_Encoding="gzip"),
    "a form that is not in deflate as it says": with_header(Content_Encoding="deflate"),
    "a form in an encoding that nobody knows": with_header(Content_Encoding="br"),
    "a form in capital letters of an encoding": with_header(Content_Encoding="GZIP"),
}


@pytest.mark.parametrize("name", CREATIONS)
def test_a_file_is_created_or_refused_alike(sides: dict[str, Side], name: str) -> None:
    expected = compare(sides, CREATIONS[name])
    usages = [side.uploader.usage() for side in sides.values()]
    assert usages[0] == usages[1] == usages[2]
    assert usages[0]["reserved_bytes"] == 0
    assert usages[0]["files"] == (expected["status"] == 200 and name != "a service for itself")


@pytest.mark.parametrize("sdk", WRITERS)
def test_another_sdk_s_form_makes_the_same_file(sides: dict[str, Side], sdk: str) -> None:
    content_type, body = WRITERS[sdk].create_file(CONTENT, 86_400)
    assert compare(sides, with_body(body, content_type))["status"] == 200
    for side in sides.values():
        assert side.uploader.content(side.uploader.files()[0]) == CONTENT


def test_a_hostile_form_is_refused_alike_or_makes_the_same_file(sides: dict[str, Side]) -> None:
    for form in map(hostile_form, range(30)):
        compare(sides, with_body(form.body, form.content_type))
    stored = [
        [side.uploader.content(file) for file in side.uploader.files()] for side in sides.values()
    ]
    assert stored[0] == stored[1] == stored[2]
    assert len(stored[0]) >= 10


def too_full(side: Side) -> HttpResponse:
    """Ask with too little room for a byte, as without a length no more is known to be needed."""
    side.bed.set_quota(side.owner, 151)
    assert side.create(file=("a", bytes(151))).status == 200
    return side.create(file=("a", b"x"))


def full_of_what_has_expired(side: Side) -> HttpResponse:
    side.bed.set_quota(side.owner, 500)
    with_life("3600")(side)
    side.bed.clock.move(seconds=3_601)
    return side.create()


def keyed(content: bytes = CONTENT, seconds: str = "86400") -> Case:
    parts: dict[str, Any] = {"file": ("a", content), "expires_after[seconds]": seconds}
    return lambda side: side.create({"Idempotency-Key": "key"}, **parts)


def again(first: Case, second: Case) -> Case:
    """Ask twice, and have the second answer."""

    def act(side: Side) -> HttpResponse:
        assert first(side).status == 200
        return second(side)

    return act


AFTERWARDS: dict[str, Case] = {
    "with no room left": too_full,
    "with room where files have expired": full_of_what_has_expired,
    "with the same key": again(keyed(), keyed()),
    "with the same key and other content": again(keyed(), keyed(CONTENT[::-1])),
    "with the same key and another life": again(keyed(), keyed(seconds="7200")),
}


@pytest.mark.parametrize("name", AFTERWARDS)
def test_a_file_is_created_or_refused_alike_afterwards(sides: dict[str, Side], name: str) -> None:
    compare(sides, AFTERWARDS[name])
    usages = [side.uploader.usage() for side in sides.values()]
    assert usages[0] == usages[1] == usages[2]


def test_a_key_that_was_used_one_way_is_known_the_other_way(
    bed: Bed, sides: dict[str, Side]
) -> None:
    ways = [side.answer for side in sides.values()]
    one = next(iter(sides.values()))
    answers = [keyed()(Side(bed, one.owner, way)).json() for way in ways]
    assert answers[0] == answers[1] == answers[2]
    other = [keyed(b"other")(Side(bed, one.owner, way)).status for way in ways]
    assert other == [409, 409, 409]
    assert one.uploader.usage() == {"bytes": len(CONTENT), "reserved_bytes": 0, "files": 1}


def part_of(prepare: Callable[[Side], str], as_service: str | None = None, **parts: Any) -> Case:
    """Add a part to the upload whose id `prepare` returns."""

    def act(side: Side) -> HttpResponse:
        path = f"/uploads/{prepare(side)}/parts"
        files = parts or {"data": ("blob", CONTENT)}
        named = {"Larder-Owner": side.owner} if as_service else {}
        return side.ask("POST", path, named, as_service=as_service, files=files)

    return act


def upload(side: Side, size: int = 2_000) -> str:
    return str(side.uploader.begin(size)["id"])


def completed(side: Side) -> str:
    begun = side.uploader.begin(3)
    side.uploader.complete(begun, [side.uploader.stage(begun, b"abc")])
    return str(begun["id"])


def cancelled(side: Side) -> str:
    begun = side.uploader.begin(3)
    side.uploader.try_to_cancel(begun)
    return str(begun["id"])


def expired(side: Side) -> str:
    begun = side.uploader.begin(3)
    side.bed.clock.move(seconds=86_400)
    return str(begun["id"])


def presigned(side: Side) -> str:
    begun = side.uploader.begin(2_000)
    side.uploader.link(begun, 1)
    return str(begun["id"])


def others(side: Side) -> str:
    files = {"purpose": "batch-output", "bytes": 2_000, "filename": "a", "mime_type": "text/plain"}
    named = {"Larder-Owner": side.owner}
    gate = Side(side.bed, side.owner, side.bed.gateway.answer)
    asked = gate.ask("POST", "/uploads", named, as_service="batch-system", json=files)
    return str(asked.json()["id"])


def without_room(side: Side) -> str:
    side.bed.set_quota(side.owner, 2_500)
    begun = side.uploader.begin(2_000)
    side.bed.set_quota(side.owner, 2_000)
    return str(begun["id"])


PARTS: dict[str, Case] = {
    "to an upload": part_of(upload),
    "with a filename": part_of(upload, data=("größe", CONTENT)),
    "without a filename": part_of(upload, data=(None, CONTENT)),
    "of a byte": part_of(upload, data=("blob", b"x")),
    "of nothing": part_of(upload, data=("blob", b"")),
    "by another name": part_of(upload, file=("blob", CONTENT)),
    "with a field beside": part_of(upload, data=("blob", CONTENT), more=(None, "of it")),
    "larger than its upload": part_of(lambda side: upload(side, 399)),
    "to an upload that there is not": part_of(lambda side: UNKNOWN_UPLOAD),
    "to what is no upload": part_of(lambda side: "file-1"),
    "to what is a path": part_of(lambda side: "a%2Fb"),
    "to a completed upload": part_of(completed),
    "to a cancelled upload": part_of(cancelled),
    "to an expired upload": part_of(expired),
    "to an upload of presigned parts": part_of(presigned),
    "to a service's upload": part_of(others),
    "to a service's upload by it": part_of(others, as_service="batch-system"),
    "to a service's upload by another": part_of(others, as_service="other-system"),
    "to an upload for which there is no room": part_of(without_room),
}


@pytest.mark.parametrize("name", PARTS)
def test_a_part_is_added_or_refused_alike(sides: dict[str, Side], name: str) -> None:
    compare(sides, PARTS[name])


def test_parts_of_all_ways_make_one_file(bed: Bed, sides: dict[str, Side]) -> None:
    one = next(iter(sides.values()))
    begun = one.uploader.begin(3 * len(CONTENT))
    part = part_of(lambda side: str(begun["id"]))
    parts = [part(Side(bed, one.owner, side.answer)).json() for side in sides.values()]
    assert [heard["id"] for heard in one.uploader.parts(begun)] == [each["id"] for each in parts]
    file = one.uploader.complete(begun, [each["id"] for each in parts])
    assert one.uploader.content(file) == 3 * CONTENT


def content(
    method: str = "GET", of: bytes = CONTENT, name: str = "a.jsonl", **headers: str
) -> Case:
    """Ask for the content of a file of these bytes; `{etag}` and `{date}` are its own."""

    def act(side: Side) -> HttpResponse:
        file = side.uploader.http.post(
            "/files", data={"purpose": "batch"}, files={"file": (name, of)}
        ).json()
        date = formatdate(file["created_at"], usegmt=True)
        sent = {
            header.replace("_", "-"): value.format(etag=f'"{file["id"]}"', date=date)
            for header, value in headers.items()
        }
        return side.ask(method, f"/files/{file['id']}/content", sent)

    return act


def content_of_id(file_id: str, method: str = "GET") -> Case:
    return lambda side: side.ask(method, f"/files/{file_id}/content")


def after(hurt: Callable[[Side, str], object], method: str = "GET") -> Case:
    """Ask for content after something happened to its file."""

    def act(side: Side) -> HttpResponse:
        found = with_life("3600")(side).json()
        hurt(side, found["id"])
        return side.ask(method, f"/files/{found['id']}/content")

    return act


def lost(side: Side, file_id: str) -> None:
    vandal_of(side.bed.session, side.owner).lose_object_of(file_id)


def shorter(side: Side, file_id: str) -> None:
    vandal_of(side.bed.session, side.owner).cut_object_of(file_id, CONTENT[:9])


def mangled(side: Side, file_id: str) -> None:
    vandal_of(side.bed.session, side.owner).mangle(file_id, bytes={"S": "many"})


CONTENTS: dict[str, Case] = {
    "whole": content(),
    "its head": content("HEAD"),
    "of a name of other letters": content(name="größe 日本.jsonl"),
    "of nothing": content(of=b""),
    "its head, of nothing": content("HEAD", of=b""),
    "for who takes gzip": content(Accept_Encoding="gzip"),
    "to be had already": content(If_None_Match="{etag}"),
    "to be had already, its head": content("HEAD", If_None_Match="{etag}"),
    "to be had already, as a weak tag": content(If_None_Match="W/{etag}"),
    "to be had already, by any tag": content(If_None_Match="*"),
    "of another tag": content(If_None_Match='"other"'),
    "to be had already, by its date": content(If_Modified_Since="{date}"),
    "a range of what there is not": content(Range="bytes=400-"),
    "a head of what there is not": content("HEAD", Range="bytes=400-"),
    "a range of nothing": content(of=b"", Range="bytes=0-"),
    "the last bytes of nothing": content(of=b"", Range="bytes=-5"),
    "a range if it is the same": content(Range="bytes=1-5", If_Range="{etag}"),
    "a range if it is of its date": content(Range="bytes=1-5", If_Range="{date}"),
    "a range if it is another": content(Range="bytes=1-5", If_Range='"other"'),
    **{
        f"a range, {spans}": content(Range=spans)
        for spans in (
            "bytes=2-5",
            "bytes=0-0",
            "bytes=399-",
            "bytes=4-9999",
            "bytes=-3",
            "bytes=-9999",
            "bytes=-0",
            "bytes=5-2",
            "bytes=0-1,4-5",
            "bytes",
            "lines=1-2",
            "bytes=\xb9-\xb2",
            "bytes=" + "9" * 30 + "-",
        )
    },
    "of no file": content_of_id(UNKNOWN_FILE),
    "of no file, its head": content_of_id(UNKNOWN_FILE, "HEAD"),
    "of what is no id": content_of_id("usage"),
    "of an upload": lambda side: content_of_id(upload(side))(side),
    "of a path": content_of_id("a%2Fb"),
    "of a path upwards": content_of_id("..%2f..%2f"),
    "of other letters": content_of_id("gr%C3%B6%C3%9Fe"),
    "of no letters": content_of_id("%ff%00"),
    "of a deleted file": after(
        lambda side, file_id: side.uploader.http.delete(f"/files/{file_id}")
    ),
    "of an expired file": after(lambda side, _: side.bed.clock.move(seconds=3_600)),
    "that is lost": after(lost),
    "that is shorter": after(shorter),
    "that is lost, its head": after(lost, "HEAD"),
    "of a mangled file": after(mangled),
}


@pytest.mark.parametrize("name", CONTENTS)
def test_content_is_answered_alike(sides: dict[str, Side], name: str) -> None:
    compare(sides, CONTENTS[name])


def with_key(authorization: str, method: str = "POST", path: str = "/files") -> Case:
    """Ask with another `Authorization`, or with none."""
    return lambda side: side.ask(method, path, {"Authorization": authorization})


def an_expired_key(side: Side) -> HttpResponse:
    _, key = KeyTable(side.bed.deployment).create(owner=side.owner, expires_in=-1)
    return with_key(f"Bearer {key}")(side)


def a_revoked_key(side: Side) -> HttpResponse:
    """Ask a minute after a key was used for the last time, and revoked."""
    keys = KeyTable(side.bed.deployment)
    key, secret = keys.create(owner=side.owner)
    path = f"/files/{UNKNOWN_FILE}/content"
    assert with_key(f"Bearer {secret}", "GET", path)(side).status == 404
    keys.delete(key)
    side.bed.clock.move(seconds=60)
    return with_key(f"Bearer {secret}", "GET", path)(side)


def a_key_in_lower_case(side: Side) -> HttpResponse:
    key = side.bed.api_key(side.owner)
    return with_key(f"bearer {key}", "GET", f"/files/{UNKNOWN_FILE}/content")(side)


def a_key_behind(space: str) -> Case:
    def case(side: Side) -> HttpResponse:
        return with_key(f"Bearer {space}{side.bed.api_key(side.owner)}")(side)

    return case


REFUSED: dict[str, Case] = {
    **{
        f"with the key {key!r}": with_key(key)
        for key in ("", "Bearer", "Bearer x", "Basic YWxpY2U6", "Bearer a b", "x", "Bearer \xfc")
    },
    "for content without a key": with_key("", "GET", f"/files/{UNKNOWN_FILE}/content"),
    "for a head without a key": with_key("", "HEAD", f"/files/{UNKNOWN_FILE}/content"),
    "for a part without a key": with_key("", "POST", f"/uploads/{UNKNOWN_UPLOAD}/parts"),
    "with an expired key": an_expired_key,
    "with a revoked key": a_revoked_key,
    "with a key in lower case": a_key_in_lower_case,
    "with a key behind a no-break space": a_key_behind("\xa0"),
    "with a key behind a tab": a_key_behind("\t"),
    **{
        f"{method} {path}": with_key(key, method, path)
        for method, path in (
            ("GET", "/"),
            ("POST", "/models"),
            ("PUT", "/files"),
            ("POST", "/files/"),
            ("POST", "//files"),
            ("POST", "/files//content"),
            ("GET", "/files//content"),
            ("GET", "/files/a/content/"),
            ("POST", "/uploads//parts"),
            ("GET", "/../files"),
            ("GET", "/files/a/../b/content"),
            ("POST", "/FILES"),
            ("POST", "/files%2F"),
        )
        for key in ("", "Bearer x")
    },
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_request_is_refused_alike(sides: dict[str, Side], name: str) -> None:
    compare(sides, REFUSED[name])

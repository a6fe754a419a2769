"""A form on its way is an upload of its owner's: seen, cancelled, and nothing else."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import pytest
from botocore.awsrequest import AWSResponse

from tests.bed.bed import Bed
from tests.bed.gateway import HttpResponse
from tests.bed.proxy_event import HttpRequest
from tests.bed.uploader import Uploader
from tests.bed.wire import Call, Send

SIZE = 1_000


@pytest.fixture(autouse=True)
def small_parts(bed: Bed) -> Iterator[None]:
    with bed.front_door.with_settings(part_bytes=100):
        yield


def form_of(http: httpx2.Client, purpose: str = "batch", *, first: str = "purpose") -> HttpRequest:
    """A form that names its purpose before or behind its content."""
    parts: dict[str, Any] = {"purpose": (None, purpose), "file": ("a.jsonl", bytes(SIZE))}
    names = [first, *(name for name in parts if name != first)]
    built = http.build_request("POST", "/files", files=[(name, parts[name]) for name in names])
    headers = tuple((name.decode(), value.decode()) for name, value in built.headers.raw)
    return HttpRequest("POST", "/v1/files", headers, built.read())


def on_its_way(
    bed: Bed,
    act: Callable[[str], object],
    form: HttpRequest | None = None,
    *,
    at: str = "UploadPart",
    number: int = 5,
) -> HttpResponse:
    """Send a form, and do something when this call of the front door is about to be sent.

    `act` is told the id of the session.
    """
    calls: list[Call] = []

    def interceptor(call: Call, send: Send) -> AWSResponse:
        calls.extend([call] if call.operation == at else [])
        if call.operation == at and len(calls) == number:
            bed.wire.interceptor = None
            (session,) = [item for item in bed.items("alice") if "upload_" in item["id"]["S"]]
            act(session["id"]["S"])
        return send()

    bed.wire.interceptor = interceptor
    answer = bed.front_door.answer(form or form_of(bed.http_of("alice")), chunk=70)
    assert len(calls) == number, "it never came to that call"
    return answer


def untouched(bed: Bed) -> None:
    """Hold that there is one file, whole, and nothing else."""
    alice = Uploader(bed)
    (file,) = alice.files()
    assert alice.content(file) == bytes(SIZE)
    assert alice.usage() == {"bytes": SIZE, "reserved_bytes": 0, "files": 1}
    assert len(bed.object_keys()) == 1


def test_it_is_among_its_owner_s_uploads_and_in_the_usage(bed: Bed) -> None:
    seen: list[Any] = []

    def look(upload_id: str) -> None:
        alice = Uploader(bed)
        seen.append(alice.http.get("/uploads").json()["data"])
        seen.append(alice.upload(upload_id))
        seen.append(alice.usage())

    assert on_its_way(bed, look).status == 200
    listed, one, usage = seen
    assert [each["id"] for each in listed] == [one["id"]]
    assert one["status"] == "pending"
    assert usage["bytes"] == 0
    assert usage["reserved_bytes"] >= SIZE
    untouched(bed)


def test_another_owner_sees_nothing_of_it(bed: Bed) -> None:
    statuses: list[int] = []

    def look(upload_id: str) -> None:
        bob = Uploader(bed, "bob")
        assert bob.http.get("/uploads").json()["data"] == []
        path = f"/uploads/{upload_id}"
        statuses.extend(
            answer.status_code
            for answer in (
                bob.http.get(path),
                bob.http.get(f"{path}/parts"),
                bob.http.post(f"{path}/cancel"),
                bob.http.post(f"{path}/complete", json={"part_ids": ["part_00001"]}),
                bob.http.post(f"{path}/part_urls", json={"part_numbers": [1]}),
                bob.http.post(f"{path}/parts", files={"data": ("a", b"x")}),
            )
        )

    assert on_its_way(bed, look).status == 200
    assert statuses == [404] * 6
    untouched(bed)


MEDDLING: dict[str, Callable[[Uploader, str], httpx2.Response]] = {
    "completes it": lambda alice, its_id: alice.http.post(
        f"/uploads/{its_id}/complete", json={"part_ids": ["part_00001"]}
    ),
    "completes it by its own id": lambda alice, its_id: alice.http.post(
        f"/uploads/{its_id}/complete", json={"part_ids": [its_id]}
    ),
    "completes it of nothing": lambda alice, its_id: alice.http.post(
        f"/uploads/{its_id}/complete", json={"part_ids": []}
    ),
    "asks for part URLs": lambda alice, its_id: alice.http.post(
        f"/uploads/{its_id}/part_urls", json={"part_numbers": [1]}
    ),
    "adds a part": lambda alice, its_id: alice.http.post(
        f"/uploads/{its_id}/parts", files={"data": ("a", b"x")}
    ),
}


@pytest.mark.parametrize("name", MEDDLING)
@pytest.mark.parametrize("first", ["purpose", "file"])
def test_it_takes_nothing_from_its_owner_s_other_calls(bed: Bed, name: str, first: str) -> None:
    answers: list[httpx2.Response] = []
    form = form_of(bed.http_of("alice"), first=first)
    created = on_its_way(bed, lambda it: answers.append(MEDDLING[name](Uploader(bed), it)), form)
    assert created.status == 200
    assert answers[0].status_code == 400
    assert "upload_id" in answers[0].text or "part_ids" in answers[0].text
    untouched(bed)


def test_a_large_part_for_it_is_refused_as_a_small_one(bed: Bed) -> None:
    statuses: list[int] = []

    def add(upload_id: str) -> None:
        http = bed.through("front_door").http_of("alice")
        files = {"data": ("a", bytes(SIZE))}
        statuses.append(http.post(f"/uploads/{upload_id}/parts", files=files).status_code)

    assert on_its_way(bed, add).status == 200
    assert statuses == [400]
    untouched(bed)


@pytest.mark.parametrize(
    ("at", "number"), [("UploadPart", 2), ("UploadPart", 10), ("CompleteMultipartUpload", 1)]
)
def test_cancelled_it_says_so_and_leaves_nothing(bed: Bed, at: str, number: int) -> None:
    cancelled: list[int] = []

    def cancel(upload_id: str) -> None:
        cancelled.append(Uploader(bed).http.post(f"/uploads/{upload_id}/cancel").status_code)

    answer = on_its_way(bed, cancel, at=at, number=number)
    assert cancelled == [200]
    assert answer.status == 400
    assert answer.json()["error"]["code"] in ("upload_not_pending", "parts_changed")
    bed.run_ttl()
    bed.run_stream()
    alice = Uploader(bed)
    assert alice.files() == []
    assert alice.usage() == {"bytes": 0, "reserved_bytes": 0, "files": 0}
    assert bed.object_keys() == []


def test_a_service_s_form_is_not_for_its_owner_to_end(bed: Bed) -> None:
    """As with every upload that a service writes for an owner."""
    form = form_of(bed.http_of("batch-system", acting_for="alice"), "batch-output")
    statuses: list[int] = []

    def meddle(upload_id: str) -> None:
        alice = Uploader(bed).http
        statuses.append(alice.post(f"/uploads/{upload_id}/parts", files={"data": b"x"}).status_code)

    answer = on_its_way(bed, meddle, form)
    assert (answer.status, answer.json()["purpose"]) == (200, "batch-output")
    assert statuses[0] in (400, 403)
    untouched(bed)


def test_what_expires_on_its_way_says_so(bed: Bed) -> None:
    """An hour is what a form may take; the session's bytes are given back then."""
    answer = on_its_way(bed, lambda _: bed.clock.move(seconds=3_601), at="UploadPart", number=10)
    assert answer.status in (200, 400)
    bed.run_ttl()
    bed.run_stream()
    alice = Uploader(bed)
    assert len(alice.files()) == (answer.status == 200)
    assert alice.usage()["reserved_bytes"] == 0

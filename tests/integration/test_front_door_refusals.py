"""What the front door refuses: before it reads a byte, and so that the client hears it."""

import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse

from tests.bed.bed import Bed
from tests.bed.front_door import ClientVanished
from tests.bed.gateway import HttpResponse
from tests.bed.proxy_event import HttpRequest
from tests.bed.uploader import MIB, Uploader
from tests.bed.wire import Call, Send

KIB = 2**10
SIZE = 2 * MIB
UNKNOWN_UPLOAD = "/uploads/upload_" + "0" * 26 + "/parts"


@dataclass
class Sender:
    """Alice, who sends forms to the front door."""

    bed: Bed

    def send(
        self, size: int = SIZE, path: str = "/files", *, sized: bool = True, **headers: str
    ) -> HttpResponse:
        """Send a form with so many bytes of content; a header of "" is left away."""
        asked = self.form(size, path, **headers)
        return self.bed.front_door.answer(asked, sized=sized)

    def form(self, size: int, path: str = "/files", **headers: str) -> HttpRequest:
        """Write that form, its content last."""
        content = "data" if path.endswith("/parts") else "file"
        files: Any = {
            "purpose": (None, headers.pop("purpose", "batch")),
            content: ("a", bytes(size)),
        }
        built = self.bed.http_of("alice").build_request("POST", "/", files=files)
        raw = {name.decode().lower(): value.decode() for name, value in built.headers.raw}
        raw.update({name.replace("_", "-"): value for name, value in headers.items()})
        kept = tuple((name, value) for name, value in raw.items() if value)
        return HttpRequest("POST", f"/v1{path}", kept, built.read())


@pytest.fixture
def sender(bed: Bed) -> Iterator[Sender]:
    limits: dict[str, Any] = {"file_bytes": MIB, "purpose_bytes": {}, "quota_bytes": 3 * MIB // 2}
    with bed.deployed_with(**limits), bed.front_door.with_settings(part_bytes=100 * KIB):
        yield Sender(bed)


def an_upload_of(size: int) -> Callable[[Sender], HttpResponse]:
    def send(sender: Sender) -> HttpResponse:
        begun = Uploader(sender.bed).begin(size)
        return sender.send(path=f"/uploads/{begun['id']}/parts")

    return send


def an_ended_upload(sender: Sender) -> HttpResponse:
    begun = Uploader(sender.bed).begin(1_000)
    Uploader(sender.bed).try_to_cancel(begun)
    return sender.send(path=f"/uploads/{begun['id']}/parts")


def full(sender: Sender) -> HttpResponse:
    sender.bed.set_quota("alice", 500 * KIB)
    return sender.send(600 * KIB)


AT_ONCE: dict[str, tuple[int, str | None, Callable[[Sender], HttpResponse]]] = {
    "no key": (401, "invalid_api_key", lambda sender: sender.send(authorization="")),
    "a wrong key": (401, "invalid_api_key", lambda sender: sender.send(authorization="Bearer x")),
    "no such path": (404, "unknown_url", lambda sender: sender.send(path="/models")),
    "no form": (400, None, lambda sender: sender.send(content_type="application/json")),
    "an unknown encoding": (415, None, lambda sender: sender.send(content_encoding="br")),
    "no Idempotency-Key": (400, None, lambda sender: sender.send(idempotency_key="\x7f")),
    "another's name": (403, "permission_denied", lambda sender: sender.send(larder_owner="bob")),
    "too much": (413, "content_too_large", lambda sender: sender.send()),
    "no room": (403, "storage_quota_exceeded", full),
    "an unknown upload": (404, None, lambda sender: sender.send(path=UNKNOWN_UPLOAD)),
    "an ended upload": (400, "upload_not_pending", an_ended_upload),
    "more than its upload": (413, "content_too_large", an_upload_of(1_000)),
}


@pytest.mark.parametrize("name", AT_ONCE)
def test_what_will_be_refused_is_refused_unread(sender: Sender, name: str) -> None:
    status, code, send = AT_ONCE[name]
    answer = send(sender)
    assert (answer.status, answer.json()["error"]["code"]) == (status, code)
    door = sender.bed.front_door
    assert door.taken == 0
    # The client is still sending, and reads its answer when it has sent all.
    assert answer.headers["connection"] == "close"
    assert door.drained >= 600 * KIB
    assert "UploadPart" not in [call.operation for call in sender.bed.wire.calls]


@pytest.mark.parametrize("name", ["no key", "no such path"])
def test_a_client_that_waits_to_be_told_sends_nothing(sender: Sender, name: str) -> None:
    headers: dict[str, Any] = {"authorization": ""} if name == "no key" else {}
    path = "/models" if name == "no such path" else "/files"
    answer = sender.send(path=path, expect="100-continue", **headers)
    assert answer.status in (401, 404)
    assert (sender.bed.front_door.taken, sender.bed.front_door.drained) == (0, 0)
    assert answer.headers["connection"] == "close"


def test_an_unknown_purpose_before_the_content_is_refused_at_its_first_byte(sender: Sender) -> None:
    answer = sender.send(900 * KIB, purpose="assistants")
    assert (answer.status, answer.json()["error"]["param"]) == (400, "purpose")
    assert sender.bed.front_door.taken <= 64 * KIB


@pytest.mark.parametrize("size", [MIB + 1, 2 * MIB])
def test_too_much_without_a_length_is_refused_when_it_has_come(sender: Sender, size: int) -> None:
    answer = sender.send(size, sized=False)
    assert (answer.status, answer.json()["error"]["code"]) == (413, "content_too_large")
    assert Uploader(sender.bed).usage() == {"bytes": 0, "reserved_bytes": 0, "files": 0}
    assert sender.bed.object_keys() == []


def test_no_room_without_a_length_is_said_in_the_owner_s_own_numbers(sender: Sender) -> None:
    assert sender.send(1_000 * KIB).status == 200
    answer = sender.send(900 * KIB, sized=False)
    assert (answer.status, answer.json()["error"]["code"]) == (403, "storage_quota_exceeded")
    assert f"{1_000 * KIB} of {3 * MIB // 2} bytes are used" in answer.json()["error"]["message"]
    assert Uploader(sender.bed).usage() == {"bytes": 1_000 * KIB, "reserved_bytes": 0, "files": 1}


def test_beyond_its_places_a_process_is_busy(sender: Sender) -> None:
    meanwhile: list[HttpResponse] = []

    def interceptor(call: Call, send: Send) -> AWSResponse:
        if call.operation == "PutObject" and not meanwhile:
            meanwhile.append(sender.send(1_000))
        return send()

    sender.bed.wire.interceptor = interceptor
    with sender.bed.front_door.with_settings(requests_at_once=1):
        assert sender.send(1_000).status == 200
    (answer,) = meanwhile
    assert (answer.status, answer.json()["error"]["code"]) == (503, "busy")
    assert answer.headers["retry-after"] == "1"
    assert "x-should-retry" not in answer.headers


def test_a_place_is_free_again_however_a_request_ends(sender: Sender) -> None:
    door = sender.bed.front_door
    with door.with_settings(requests_at_once=1):
        assert sender.send(1_000, purpose="no").status == 400
        assert sender.send(2 * MIB).status == 413
        with pytest.raises(ClientVanished):
            door.answer(sender.form(1_000), vanishes_at=500)
        assert sender.send(1_000).status == 200


def test_more_than_a_form_can_want_beside_its_content_is_refused(sender: Sender) -> None:
    asked = sender.form(1_000)
    longer = HttpRequest("POST", asked.target, asked.headers, asked.body + bytes(2 * MIB))
    answer = sender.bed.front_door.answer(longer, sized=False)
    assert (answer.status, answer.json()["error"]["param"]) == (400, None)
    assert "beside its content" in answer.json()["error"]["message"]
    assert sender.bed.object_keys() == []


SAME = ("method", "route", "path", "owner", "key_owner", "status", "code")
"""What a line has by either way in."""


class Log(logging.Handler):
    """The lines about requests."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[dict[str, Any]] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.getMessage() == "request":
            self.lines.append({name: getattr(record, name) for name in ("request_id", "ms", *SAME)})


@pytest.fixture
def log() -> Iterator[Log]:
    handler = Log()
    logging.getLogger("larder").addHandler(handler)
    yield handler
    logging.getLogger("larder").removeHandler(handler)


@pytest.mark.parametrize(
    ("headers", "owner"), [({}, "alice"), ({"authorization": ""}, None)], ids=["200", "401"]
)
def test_each_request_has_its_line_as_of_the_functions(
    sender: Sender, log: Log, headers: dict[str, Any], owner: str | None
) -> None:
    answer = sender.send(1_000, **headers)
    (line,) = log.lines
    assert line["ms"] >= 0
    assert (line["request_id"], line["status"]) == (answer.headers["x-request-id"], answer.status)
    assert (line["method"], line["path"], line["owner"]) == ("POST", "/files", owner)
    if owner:
        sender.bed.gateway.answer(sender.form(1_000))
        assert {name: log.lines[1][name] for name in SAME} == {name: line[name] for name in SAME}


def test_a_client_that_vanished_has_its_line_too(sender: Sender, log: Log) -> None:
    with pytest.raises(ClientVanished):
        sender.bed.front_door.answer(sender.form(1_000), vanishes_at=500)
    assert [line["status"] for line in log.lines] == [499]


def test_health_needs_no_key_and_has_no_line(bed: Bed, log: Log) -> None:
    answer = bed.front_door.answer(HttpRequest("GET", "/health"))
    assert (answer.status, json.loads(answer.body)) == (200, {"status": "ok"})
    assert log.lines == []

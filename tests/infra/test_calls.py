"""Each row allows what its function calls, and nothing that it never calls."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse

from infra.routes import AUTHORIZE, FUNCTIONS, REAP, ROUTES
from infra.rows import Function, Resource
from infra.stages import Limits
from tests.bed.bed import Bed
from tests.bed.environment import CATALOG_TABLE
from tests.bed.meanwhile import meanwhile
from tests.bed.proxy_event import STAGE, HttpRequest, match
from tests.bed.wire import Call, Interceptor, Send
from tests.infra.calls import Need, beyond, needs

LONGER_THAN_ANY_LIFE = 31 * 86_400
PART_BYTES = 8 * 2**20

# Lambda reads the stream and writes the dead letters with the function's role, and whoever has
# a presigned URL uses the role that signed it: no code of ours makes these calls.
MADE_BY_OTHERS = {
    (REAP.name, Resource.CATALOG_STREAM),
    (REAP.name, Resource.CATALOG_STREAMS),
    (REAP.name, Resource.DEAD_LETTERS),
    ("head_file_content", Resource.FILES),
    ("get_file_url", Resource.FILES),
    ("create_part_urls", Resource.FILES),
}


@dataclass
class Held:
    """A deployment whose functions' calls to AWS are held to their rows."""

    bed: Bed
    owner: str = "alice"
    needed: dict[str, set[Need]] = field(default_factory=lambda: defaultdict(set))

    def call(self, request: str, body: Any = None, **headers: str) -> Any:
        """Make a request such as "GET /files"; returns the answer, or its headers."""
        method, path = request.split()
        sent = [("Authorization", f"Bearer {self.bed.api_key(self.owner)}")]
        sent += [(name.replace("_", "-"), value) for name, value in headers.items()]
        if isinstance(body, bytes):
            sent.append(("Content-Type", "multipart/form-data; boundary=b"))
        content = body if isinstance(body, bytes) else json.dumps(body or {}).encode()
        asked = HttpRequest(method, f"/{STAGE}{path}", tuple(sent), content)
        (row,) = [route.function for route in ROUTES if match(route, asked) is not None]
        with self._holding(row):
            answered = self.bed.gateway.answer(asked)
        assert answered.status < 500
        return answered.json() if answered.body else answered.headers

    def run_stream(self) -> None:
        with self._holding(REAP):
            self.bed.run_stream()
        assert self.bed.stream.dead_letters == []

    def objects(self) -> list[str]:
        return [key for key in self.bed.object_keys() if f"/{self.owner}/" in key]

    @contextmanager
    def _holding(self, row: Function) -> Iterator[None]:
        before = len(self.bed.wire.calls)
        yield
        for call in self.bed.wire.calls[before:]:
            needed = set(needs(call))
            of_keys = any(resource is Resource.API_KEYS for _, resource, _ in needed)
            caller = AUTHORIZE if of_keys else row
            assert beyond(caller, call) == [], f"{caller.name} calls {call.operation}"
            self.needed[caller.name] |= needed


def form(name: str, content: bytes) -> bytes:
    purpose = b'--b\r\nContent-Disposition: form-data; name="purpose"\r\n\r\nbatch\r\n'
    head = f'--b\r\nContent-Disposition: form-data; name="{name}"; filename="f"\r\n\r\n'
    return purpose * (name == "file") + head.encode() + content + b"\r\n--b--\r\n"


SMALL = form("file", b"{}\n")


def body_of_upload(size: int) -> dict[str, Any]:
    return {"filename": "f", "purpose": "batch", "bytes": size, "mime_type": "text/plain"}


def begin(held: Held, size: int) -> str:
    upload = held.call("POST /uploads", body_of_upload(size), Idempotency_Key=f"{size} bytes")
    upload_id: str = upload["id"]
    return upload_id


def stage(held: Held, upload: str, content: bytes) -> str:
    part_id: str = held.call(f"POST /uploads/{upload}/parts", form("data", content))["id"]
    return part_id


def files(held: Held) -> None:
    file_id = held.call("POST /files", SMALL, Idempotency_Key="once")["id"]
    assert held.call("POST /files", SMALL, Idempotency_Key="once")["id"] == file_id
    assert held.call("GET /files")["data"]
    assert held.call("GET /files?purpose=batch")["data"]
    assert held.call(f"GET /files/{file_id}")["id"] == file_id
    assert held.call(f"GET /files/{file_id}/content") == {}
    assert held.call(f"HEAD /files/{file_id}/content")["x-larder-bytes"] == "3"
    assert held.call(f"GET /files/{file_id}/url")["url"]
    assert held.call("GET /usage")["files"] == 1
    assert held.call(f"DELETE /files/{file_id}")["deleted"]
    held.run_stream()


def parts_through_the_api(held: Held) -> None:
    upload = begin(held, 6)
    sent = [stage(held, upload, content) for content in (b"abc", b"def")]
    assert len(held.call(f"GET /uploads/{upload}/parts")["data"]) == 2
    complete = f"POST /uploads/{upload}/complete"
    assert "error" in held.call(complete, {"part_ids": sent[:1]}, Idempotency_Key="too few")
    completion = {"part_ids": sent}
    assert held.call(complete, completion, Idempotency_Key="all")["status"] == "completed"
    assert held.call(complete, completion)["status"] == "completed"
    assert held.call("GET /uploads")["data"]
    assert held.call(f"GET /uploads/{upload}")["status"] == "completed"


def presigned_parts(held: Held) -> None:
    upload = begin(held, PART_BYTES + 1)
    asked = {"part_numbers": [1, 2]}
    for part in held.call(f"POST /uploads/{upload}/part_urls", asked)["data"]:
        content = b"z" * part["bytes"]
        sent = held.bed.request("PUT", part["url"], part["headers"].items(), content)
        assert sent.status == 200
    completion = {"part_ids": ["part_00001", "part_00002"]}
    complete = f"POST /uploads/{upload}/complete"
    assert "error" in held.call(complete, {**completion, "md5": "0" * 32})
    assert held.call(complete, completion)["status"] == "completed"  # by now S3 has joined them


def a_cancelled_upload(held: Held) -> None:
    upload = begin(held, 6)
    part = stage(held, upload, b"abcdef")
    assert held.call(f"POST /uploads/{upload}/cancel")["status"] == "cancelled"
    assert "error" in held.call(f"POST /uploads/{upload}/parts", form("data", b"more"))
    assert "error" in held.call(f"POST /uploads/{upload}/complete", {"part_ids": [part]})


def a_quota_full_of_what_has_expired(held: Held) -> None:
    held.bed.set_quota(held.owner, 3)
    for create, body in (("POST /files", SMALL), ("POST /uploads", body_of_upload(3))):
        held.call("POST /files", SMALL)
        assert "error" in held.call(create, body, Idempotency_Key="refused")
        held.bed.clock.move(seconds=LONGER_THAN_ANY_LIFE)
        assert "id" in held.call(create, body)
        held.bed.clock.move(seconds=LONGER_THAN_ANY_LIFE)


def a_part_that_needs_the_room_of_what_has_expired(held: Held) -> None:
    held.call("POST /files", SMALL)
    held.bed.clock.move(seconds=LONGER_THAN_ANY_LIFE)
    held.bed.set_quota(held.owner, 9)
    upload = begin(held, 6)
    take_room(held, Limits().inline_bytes - 3)
    stage(held, upload, b"abcdef")


def a_part_whose_upload_ends_meanwhile(held: Held) -> None:
    upload = begin(held, 6)
    with meanwhile(held.bed.wire, "PutObject", lambda: end(held, upload)):
        assert "error" in held.call(f"POST /uploads/{upload}/parts", form("data", b"abcdef"))
    assert held.objects() == []


def end(held: Held, upload: str) -> None:
    held.bed.session.client("dynamodb").update_item(
        TableName=CATALOG_TABLE,
        Key={"owner": {"S": held.owner}, "id": {"S": upload}},
        UpdateExpression="SET #status = :cancelled",
        ExpressionAttributeNames={"#status": "status"},
        ExpressionAttributeValues={":cancelled": {"S": "cancelled"}},
    )


def a_quota_that_others_fill_in_between(held: Held) -> None:
    for create, body in (("POST /files", SMALL), ("POST /uploads", body_of_upload(3))):
        held.bed.wire.interceptor = filling_before_the_commit(held)
        refused = held.call(create, body)
        assert refused["error"]["code"] == "storage_quota_exceeded"
        take_room(held, -(2**31))
    assert held.objects() == []


def filling_before_the_commit(held: Held) -> Interceptor:
    def send_later(call: Call, send: Send) -> AWSResponse:
        if call.operation == "TransactWriteItems":
            held.bed.wire.interceptor = None
            take_room(held, 2**31)
        return send()

    return send_later


def take_room(held: Held, size: int) -> None:
    held.bed.session.client("dynamodb").update_item(
        TableName=CATALOG_TABLE,
        Key={"owner": {"S": held.owner}, "id": {"S": "usage"}},
        UpdateExpression="ADD used_bytes :size",
        ExpressionAttributeValues={":size": {"N": str(size)}},
    )


def what_ttl_removes(held: Held) -> None:
    held.call("POST /files", SMALL)
    stage(held, begin(held, 6), b"abc")
    held.bed.clock.move(seconds=LONGER_THAN_ANY_LIFE)
    assert held.bed.run_ttl()
    held.run_stream()
    assert held.objects() == []


Way = Callable[[Held], None]
WAYS: tuple[Way, ...] = (
    files,
    parts_through_the_api,
    presigned_parts,
    a_cancelled_upload,
    a_quota_full_of_what_has_expired,
    a_part_that_needs_the_room_of_what_has_expired,
    a_part_whose_upload_ends_meanwhile,
    a_quota_that_others_fill_in_between,
    what_ttl_removes,
)


@pytest.mark.parametrize("way", WAYS, ids=[way.__name__ for way in WAYS])
def test_no_function_calls_what_its_row_does_not_allow(way: Way, bed: Bed) -> None:
    way(Held(bed))


def test_no_row_allows_what_its_function_never_calls(bed: Bed) -> None:
    needed: dict[str, set[Need]] = defaultdict(set)
    for way in WAYS:
        way(Held(bed, way.__name__, needed))
    called = {(name, action, resource) for name in needed for action, resource, _ in needed[name]}
    allowed = {
        (row.name, action, permission.resource)
        for row in FUNCTIONS
        for permission in row.permissions
        for action in permission.actions
        if (row.name, permission.resource) not in MADE_BY_OTHERS
    }
    assert allowed - called == set()


def test_a_call_beyond_a_row_is_noticed(bed: Bed) -> None:
    Held(bed).call("POST /files", SMALL)
    refused = [needed for call in bed.wire.calls for needed in beyond(REAP, call)]
    assert ("s3:PutObject", Resource.FILES, None) in refused
    assert ("dynamodb:GetItem", Resource.API_KEYS, None) in refused

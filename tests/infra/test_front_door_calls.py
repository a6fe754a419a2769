"""The front door's row allows what it calls, and nothing that it never calls."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest

from infra.routes import FRONT_DOOR
from tests.bed.bed import Bed
from tests.bed.environment import CATALOG_TABLE
from tests.bed.front_door import ClientVanished
from tests.bed.gateway import HttpResponse
from tests.bed.meanwhile import meanwhile
from tests.bed.proxy_event import HttpRequest
from tests.bed.uploader import Uploader
from tests.infra.calls import Need, beyond, needs

KIB = 2**10
LARGE = bytes(250 * KIB)  # three parts
LONGER_THAN_ANY_LIFE = 31 * 86_400
PURPOSE = b'--b\r\nContent-Disposition: form-data; name="purpose"\r\n\r\nbatch\r\n'
SHORT = (
    b'--b\r\nContent-Disposition: form-data; name="expires_after[anchor]"\r\n\r\ncreated_at\r\n'
    b'--b\r\nContent-Disposition: form-data; name="expires_after[seconds]"\r\n\r\n3600\r\n'
)


class Held:
    """A front door whose calls to AWS are held to its row."""

    def __init__(self, bed: Bed, owner: str = "alice") -> None:
        self.bed = bed
        self.owner = owner
        self.needed: set[Need] = set()

    @property
    def uploader(self) -> Uploader:
        return Uploader(self.bed, self.owner)

    def call(self, method: str, path: str, body: bytes = b"", **headers: str) -> HttpResponse:
        with self._holding():
            answered = self.bed.front_door.answer(self._request(method, path, body, headers))
        assert answered.status < 500
        return answered

    def send_and_vanish(self, path: str, body: bytes, *, at: int) -> None:
        request = self._request("POST", path, body, {})
        with self._holding(), suppress(ClientVanished):
            self.bed.front_door.answer(request, vanishes_at=at)

    def create(self, content: bytes, *, before: bytes = PURPOSE, after: bytes = b"") -> str:
        file_id: str = self.call("POST", "/files", form("file", content, before, after)).json()[
            "id"
        ]
        return file_id

    def _request(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> HttpRequest:
        sent = [("Authorization", f"Bearer {self.bed.api_key(self.owner)}")]
        sent += [(name.replace("_", "-"), value) for name, value in headers.items()]
        if body:
            sent.append(("Content-Type", "multipart/form-data; boundary=b"))
        return HttpRequest(method, f"/v1{path}", tuple(sent), body)

    @contextmanager
    def _holding(self) -> Iterator[None]:
        before = len(self.bed.wire.calls)
        yield
        for call in self.bed.wire.calls[before:]:
            assert beyond(FRONT_DOOR, call) == [], f"it calls {call.operation}"
            self.needed |= set(needs(call))


def form(name: str, content: bytes, before: bytes = b"", after: bytes = b"") -> bytes:
    head = f'--b\r\nContent-Disposition: form-data; name="{name}"; filename="f"\r\n\r\n'
    return before + head.encode() + content + b"\r\n" + after + b"--b--\r\n"


def files_of_any_size(held: Held) -> None:
    for content in (b"{}\n", LARGE):
        file_id = held.create(content)
        assert held.call("GET", f"/files/{file_id}/content").body == content
        assert held.call("HEAD", f"/files/{file_id}/content").status == 200


def the_same_file_twice(held: Held) -> None:
    for content in (b"{}\n", LARGE):
        once = {"Idempotency_Key": f"once {len(content)}"}
        body = form("file", content, PURPOSE)
        files = {held.call("POST", "/files", body, **once).json()["id"] for _ in range(2)}
        assert len(files) == 1


def a_life_that_is_said_last(held: Held) -> None:
    held.create(LARGE, before=b"", after=PURPOSE + SHORT)


def a_form_that_turns_out_wrong(held: Held) -> None:
    refused = held.call("POST", "/files", form("file", LARGE, b"", PURPOSE.replace(b"ba", b"no")))
    assert refused.status == 400


def a_client_that_vanishes(held: Held) -> None:
    held.send_and_vanish("/files", form("file", LARGE, PURPOSE), at=240 * KIB)


def a_quota_full_of_what_has_expired(held: Held) -> None:
    for content in (b"abc", LARGE):
        held.bed.set_quota(held.owner, len(content))
        held.create(content)
        held.bed.clock.move(seconds=LONGER_THAN_ANY_LIFE)
        held.create(content)
        held.bed.clock.move(seconds=LONGER_THAN_ANY_LIFE)


def parts_of_any_size(held: Held) -> None:
    for content in (b"abc", LARGE):
        upload = held.uploader.begin(len(content))
        assert held.call("POST", f"/uploads/{upload['id']}/parts", form("data", content)).json()


def a_client_that_vanishes_with_a_part(held: Held) -> None:
    path = f"/uploads/{held.uploader.begin(len(LARGE))['id']}/parts"
    held.send_and_vanish(path, form("data", LARGE), at=240 * KIB)


def a_part_whose_upload_ends_meanwhile(held: Held) -> None:
    for operation, content in (("PutObject", b"abc"), ("CompleteMultipartUpload", LARGE)):
        upload = held.uploader.begin(len(content))["id"]
        with meanwhile(held.bed.wire, operation, lambda: end(held, upload)):  # noqa: B023
            refused = held.call("POST", f"/uploads/{upload}/parts", form("data", content))
        assert refused.status == 400


def end(held: Held, upload: str) -> None:
    held.bed.session.client("dynamodb").update_item(
        TableName=CATALOG_TABLE,
        Key={"owner": {"S": held.owner}, "id": {"S": upload}},
        UpdateExpression="SET #status = :cancelled",
        ExpressionAttributeNames={"#status": "status"},
        ExpressionAttributeValues={":cancelled": {"S": "cancelled"}},
    )


WAYS: tuple[Callable[[Held], None], ...] = (
    files_of_any_size,
    the_same_file_twice,
    a_life_that_is_said_last,
    a_form_that_turns_out_wrong,
    a_client_that_vanishes,
    a_quota_full_of_what_has_expired,
    parts_of_any_size,
    a_client_that_vanishes_with_a_part,
    a_part_whose_upload_ends_meanwhile,
)


@pytest.fixture(autouse=True)
def small_parts(bed: Bed) -> Iterator[None]:
    with bed.front_door.with_settings(part_bytes=100 * KIB):
        yield


@pytest.mark.parametrize("way", WAYS, ids=[way.__name__ for way in WAYS])
def test_the_front_door_calls_nothing_that_its_row_does_not_allow(
    way: Callable[[Held], None], bed: Bed
) -> None:
    held = Held(bed)
    way(held)
    assert held.needed


def test_the_row_allows_nothing_that_the_front_door_never_calls(bed: Bed) -> None:
    needed: set[Need] = set()
    for way in WAYS:
        held = Held(bed, way.__name__)
        way(held)
        needed |= held.needed
    called = {(action, resource) for action, resource, _ in needed}
    allowed = {
        (action, permission.resource)
        for permission in FRONT_DOOR.permissions
        for action in permission.actions
    }
    assert allowed - called == set()

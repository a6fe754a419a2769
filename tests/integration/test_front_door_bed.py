"""The front door in this process: what its server refuses to do, it does not do either."""

from collections.abc import Iterator

import pytest
from botocore.awsrequest import AWSResponse

from tests.bed.bed import Bed
from tests.bed.front_door import ClientVanished
from tests.bed.gateway import HttpResponse
from tests.bed.proxy_event import HttpRequest
from tests.bed.uploader import Uploader, content_of
from tests.bed.wire import Call, Killed, Send

KIB = 2**10


@pytest.fixture(autouse=True)
def small_parts(bed: Bed) -> Iterator[None]:
    with bed.front_door.with_settings(part_bytes=100 * KIB):
        yield


def creation(bed: Bed, content: bytes) -> HttpRequest:
    form = {"file": ("a.jsonl", content)}
    built = bed.http_of("alice").build_request(
        "POST", "/files", data={"purpose": "batch"}, files=form
    )
    headers = tuple((name.decode(), value.decode()) for name, value in built.headers.raw)
    return HttpRequest("POST", "/v1/files", headers, built.read())


@pytest.mark.parametrize("sized", [True, False])
@pytest.mark.parametrize("size", [0, 5, 250 * KIB + 1])
def test_a_form_of_any_size_becomes_a_file(bed: Bed, size: int, sized: bool) -> None:
    content = content_of(size)
    answered = bed.front_door.answer(creation(bed, content), sized=sized)
    assert answered.status == 200
    assert Uploader(bed).content(answered.json()) == content


def test_a_way_is_of_the_same_deployment(bed: Bed) -> None:
    file = (
        bed.through("front_door")
        .client_of("alice")
        .files.create(file=("a.jsonl", bytes(120 * KIB)), purpose="batch")
    )
    assert [each.id for each in bed.client_of("alice").files.list()] == [file.id]


def test_the_edge_chooses_by_size(bed: Bed) -> None:
    http = bed.through("edge").http_of("alice")
    for size in (1, 4 * 2**20):
        form = {"file": ("a.jsonl", bytes(size))}
        assert http.post("/files", data={"purpose": "batch"}, files=form).status_code == 200
    begun = [call.operation for call in bed.wire.calls].count("CreateMultipartUpload")
    assert begun == 1


@pytest.mark.parametrize("sized", [True, False])
def test_a_client_that_vanishes_leaves_no_file(bed: Bed, sized: bool) -> None:
    asked = creation(bed, bytes(250 * KIB))
    for vanishes_at in (0, 1, 240 * KIB, len(asked.body) - (1 if sized else 0)):
        with pytest.raises(ClientVanished):
            bed.front_door.answer(asked, sized=sized, vanishes_at=vanishes_at)
    assert Uploader(bed).files() == []
    assert Uploader(bed).usage() == {"bytes": 0, "reserved_bytes": 0, "files": 0}


def killed_at(operation: str) -> object:
    def interceptor(call: Call, send: Send) -> AWSResponse:
        if call.operation == operation:
            raise Killed
        return send()

    return interceptor


def test_a_killed_process_answers_nothing_and_another_comes(bed: Bed) -> None:
    asked = creation(bed, bytes(250 * KIB))
    bed.wire.interceptor = killed_at("UploadPart")  # type: ignore[assignment]
    assert bed.front_door.answer(asked).status == 502
    bed.wire.interceptor = None
    assert Uploader(bed).usage()["reserved_bytes"] > 250 * KIB
    assert bed.front_door.answer(asked).status == 200


def content_read(bed: Bed, reads: int | None) -> HttpResponse:
    file = bed.front_door.answer(creation(bed, bytes(120 * KIB))).json()
    key = bed.api_key("alice")
    asked = HttpRequest(
        "GET", f"/v1/files/{file['id']}/content", (("authorization", f"Bearer {key}"),)
    )
    return bed.front_door.answer(asked, reads=reads)


def test_a_client_may_vanish_while_it_reads(bed: Bed) -> None:
    with pytest.raises(ClientVanished):
        content_read(bed, 1000)
    assert content_read(bed, None).body == bytes(120 * KIB)


def test_smaller_parts_are_stored_when_a_test_wants_many(bed: Bed) -> None:
    with bed.front_door.with_settings(part_bytes=1000):
        assert bed.front_door.answer(creation(bed, bytes(9_500))).status == 200
    assert [call.operation for call in bed.wire.calls].count("UploadPart") == 10


def test_other_limits_are_the_front_door_s_too(bed: Bed) -> None:
    asked = creation(bed, bytes(120 * KIB))
    assert bed.front_door.answer(asked).status == 200
    with bed.deployed_with(file_bytes=500, purpose_bytes={}):
        assert bed.front_door.answer(asked).status == 413
    assert bed.front_door.answer(asked).status == 200

"""The five endpoints, as the unmodified SDK uses them."""

import json
from typing import Any

import httpx2
import openai
import pytest
from openai.types import FileObject

from lambdas.core.expiry import LONGEST
from tests.bed.bed import Bed
from tests.bed.environment import CATALOG_TABLE
from tests.bed.invariants import violations

DAY = 86_400


def create(client: openai.OpenAI, content: bytes = b"{}\n", **more: Any) -> FileObject:
    return client.files.create(file=("batch.jsonl", content), purpose="batch", **more)


def test_a_created_file_is_answered_whole(alice: openai.OpenAI, bed: Bed) -> None:
    file = create(alice, b"hello", expires_after={"anchor": "created_at", "seconds": 7 * DAY})
    created_at = int(bed.clock.now)
    assert file.to_dict() == {
        "id": file.id,
        "object": "file",
        "bytes": 5,
        "created_at": created_at,
        "expires_at": created_at + 7 * DAY,
        "filename": "batch.jsonl",
        "purpose": "batch",
        "status": "processed",
    }


def test_without_expires_after_a_file_lives_thirty_days(alice: openai.OpenAI) -> None:
    file = create(alice)
    assert file.expires_at == file.created_at + LONGEST


@pytest.mark.parametrize("size", [0, 1, 65_536, 4 * 2**20], ids=["0", "1", "64 KiB", "4 MiB"])
def test_content_is_read_back_byte_for_byte(alice: openai.OpenAI, size: int) -> None:
    content = (bytes(range(256)) * (size // 256 + 1))[:size]
    file = create(alice, content)
    assert file.bytes == size
    assert alice.files.content(file.id).content == content


@pytest.mark.parametrize(
    "filename", ["batch.jsonl", "größe 1.jsonl", "批次.jsonl", "a'b;c,d.jsonl", "\U0001f600"]
)
def test_a_filename_is_kept_and_names_the_download(alice: openai.OpenAI, filename: str) -> None:
    file = alice.files.create(file=(filename, b"x"), purpose="batch")
    assert alice.files.retrieve(file.id).filename == filename
    disposition = alice.files.content(file.id).response.headers["content-disposition"]
    _, _, encoded = disposition.partition("filename*=UTF-8''")
    assert disposition.startswith("attachment;")
    assert httpx2.QueryParams(f"name={encoded}")["name"] == filename


def test_a_retrieved_file_is_the_created_one(alice: openai.OpenAI) -> None:
    file = create(alice)
    assert alice.files.retrieve(file.id) == file


def test_listed_files_are_the_created_ones_newest_first(alice: openai.OpenAI) -> None:
    files = [create(alice) for _ in range(3)]
    assert alice.files.list().data == files[::-1]


def test_listed_files_are_oldest_first_when_asked(alice: openai.OpenAI) -> None:
    files = [create(alice) for _ in range(3)]
    assert alice.files.list(order="asc").data == files


def test_a_list_names_its_first_and_last(bed: Bed, alice: openai.OpenAI) -> None:
    files = [create(alice) for _ in range(3)]
    answer = bed.http_of("alice").get("/files", params={"limit": 2}).json()
    assert answer["object"] == "list"
    assert (answer["first_id"], answer["last_id"]) == (files[2].id, files[1].id)
    assert answer["has_more"] is True


def test_a_list_of_nothing_is_empty_and_names_nothing(bed: Bed) -> None:
    answer = bed.http_of("alice").get("/files").json()
    assert answer == {
        "object": "list",
        "data": [],
        "first_id": "",
        "last_id": "",
        "has_more": False,
    }


def test_the_sdk_pages_through_all_files_by_itself(alice: openai.OpenAI) -> None:
    files = [create(alice) for _ in range(5)]
    assert list(alice.files.list(limit=2, order="asc")) == files


@pytest.mark.parametrize("order", ["asc", "desc"])
def test_a_page_continues_behind_a_file_that_was_deleted_meanwhile(
    alice: openai.OpenAI, order: Any
) -> None:
    created = [create(alice).id for _ in range(6)]
    whole = created if order == "asc" else created[::-1]
    first = alice.files.list(limit=3, order=order)
    for file_id in whole[1:4]:
        alice.files.delete(file_id)
    rest = alice.files.list(limit=3, order=order, after=first.data[-1].id)
    assert [file.id for file in rest] == whole[4:]


def test_a_file_that_an_operator_put_back_is_deleted_and_given_back_no_more(
    bed: Bed, alice: openai.OpenAI
) -> None:
    file = create(alice)
    [item] = [item for item in bed.items("alice") if item["id"]["S"] == file.id]
    alice.files.delete(file.id)
    bed.session.client("dynamodb").put_item(TableName=CATALOG_TABLE, Item=item)
    assert alice.files.delete(file.id).deleted
    assert alice.files.list().data == []
    assert bed.http_of("alice").get("/usage").json()["bytes"] == 0
    assert violations(bed) == []


def test_a_deleted_file_is_gone(alice: openai.OpenAI) -> None:
    file = create(alice)
    assert alice.files.delete(file.id).to_dict() == {
        "id": file.id,
        "object": "file",
        "deleted": True,
    }
    assert alice.files.list().data == []
    for ask in (alice.files.retrieve, alice.files.content, alice.files.delete):
        with pytest.raises(openai.NotFoundError):
            ask(file.id)


def test_the_sdk_does_not_wait_for_processing(alice: openai.OpenAI) -> None:
    file = create(alice)
    assert alice.files.wait_for_processing(file.id, max_wait_seconds=0) == file


async def test_the_async_sdk_is_served_too(bed: Bed) -> None:
    alice = openai.AsyncOpenAI(
        api_key=bed.api_key("alice"),
        base_url=str(bed.client_of("alice").base_url),
        http_client=openai.DefaultAsyncHttpxClient(transport=bed.transport()),
    )
    file = await alice.files.create(file=("batch.jsonl", b"hello"), purpose="batch")
    content = await alice.files.content(file.id)
    assert content.content == b"hello"


FIELDS = {
    "purpose": ("purpose", (None, "batch")),
    "file": ("file", ("a.jsonl", b"hello")),
    "anchor": ("expires_after[anchor]", (None, "created_at")),
    "seconds": ("expires_after[seconds]", (None, "7200")),
}


@pytest.mark.parametrize(
    "order",
    [
        ("file", "purpose", "anchor", "seconds"),
        ("purpose", "anchor", "seconds", "file"),
        ("seconds", "file", "anchor", "purpose"),
    ],
)
def test_fields_come_in_any_order(bed: Bed, order: tuple[str, ...]) -> None:
    form: Any = [FIELDS[name] for name in order]
    file = bed.http_of("alice").post("/files", files=form).json()
    assert (file["bytes"], file["purpose"]) == (5, "batch")
    assert file["expires_at"] == file["created_at"] + 7200


@pytest.mark.parametrize(
    "expires_after",
    [
        {"anchor": "created_at", "seconds": 7200},
        {"seconds": 7200},
    ],
)
def test_expires_after_may_be_json(bed: Bed, expires_after: dict[str, Any]) -> None:
    form = {"purpose": "batch", "expires_after": json.dumps(expires_after)}
    file = bed.http_of("alice").post("/files", data=form, files={"file": ("a", b"x")}).json()
    assert file["expires_at"] == file["created_at"] + 7200


def test_every_answer_carries_a_request_id(bed: Bed, alice: openai.OpenAI) -> None:
    http = bed.http_of("alice")
    file = create(alice)
    answers = [
        http.post("/files", data={"purpose": "batch"}, files={"file": ("a", b"x")}),
        http.get("/files"),
        http.get(f"/files/{file.id}"),
        http.get(f"/files/{file.id}/content"),
        http.head(f"/files/{file.id}/content"),
        http.get(f"/files/{file.id}/url"),
        http.get("/usage"),
        http.delete(f"/files/{file.id}"),
        http.get(f"/files/{file.id}"),
        http.get("/nothing"),
        http.get("/files", headers={"Authorization": "Bearer wrong"}),
    ]
    assert all(answer.headers["x-request-id"] for answer in answers)
    assert len({answer.headers["x-request-id"] for answer in answers}) == len(answers)

"""An expired file is served by nothing, to the second, whether or not TTL has come by."""

from collections.abc import Callable

import openai
import pytest
from openai.types import FileObject

from tests.bed.bed import Bed
from tests.bed.uploader import Uploader

HOUR = 3600
LIVES = [HOUR, 86_400, 2_592_000]


def create(client: openai.OpenAI, seconds: int = HOUR) -> FileObject:
    return client.files.create(
        file=("batch.jsonl", b"hello"),
        purpose="batch",
        expires_after={"anchor": "created_at", "seconds": seconds},
    )


def end_of(file: FileObject) -> int:
    assert file.expires_at is not None
    return file.expires_at


def ids_of(client: openai.OpenAI) -> list[str]:
    return [file.id for file in client.files.list()]


@pytest.mark.parametrize("seconds", LIVES)
def test_a_file_is_served_to_its_last_millisecond(
    bed: Bed, alice: openai.OpenAI, seconds: int
) -> None:
    file = create(alice, seconds)
    bed.clock.set(end_of(file) - 0.001)
    assert alice.files.retrieve(file.id) == file
    bed.clock.set(end_of(file) - 0.001)
    assert ids_of(alice) == [file.id]


ASKS: list[Callable[[openai.OpenAI, str], object]] = [
    lambda client, file_id: client.files.retrieve(file_id),
    lambda client, file_id: client.files.content(file_id),
    lambda client, file_id: client.files.delete(file_id),
]


@pytest.mark.parametrize("ask", ASKS, ids=["retrieve", "content", "delete"])
@pytest.mark.parametrize("seconds", LIVES)
def test_from_its_second_of_expiry_on_it_is_not_found(
    bed: Bed, alice: openai.OpenAI, seconds: int, ask: Callable[[openai.OpenAI, str], object]
) -> None:
    file = create(alice, seconds)
    bed.clock.set(end_of(file))
    with pytest.raises(openai.NotFoundError) as raised:
        ask(alice, file.id)
    assert f"No such File object: {file.id}" in raised.value.message


def test_an_expired_file_is_not_listed(bed: Bed, alice: openai.OpenAI) -> None:
    file, other = create(alice, HOUR), create(alice, 2 * HOUR)
    bed.clock.set(end_of(file))
    assert ids_of(alice) == [other.id]
    assert [listed.id for listed in alice.files.list(purpose="batch")] == [other.id]


def test_an_expired_file_counts_no_more(bed: Bed, alice: openai.OpenAI) -> None:
    file = create(alice)
    http = bed.http_of("alice")
    assert http.get("/usage").json()["bytes"] == 5
    bed.clock.set(end_of(file))
    usage = http.get("/usage").json()
    assert (usage["bytes"], usage["files"]) == (0, 0)


def test_a_link_to_the_content_lives_fifteen_minutes(bed: Bed, alice: openai.OpenAI) -> None:
    file = create(alice)
    link = Uploader(bed).url_of(file.to_dict())
    bed.clock.move(seconds=899)
    assert bed.request("GET", link).body == b"hello"
    bed.clock.move(seconds=1)
    assert bed.request("GET", link).status == 403


@pytest.mark.parametrize("left", [1, 2, 899])
def test_a_link_never_outlives_the_file(bed: Bed, alice: openai.OpenAI, left: int) -> None:
    file = create(alice)
    bed.clock.set(end_of(file) - left)
    link = Uploader(bed).url_of(file.to_dict())
    bed.clock.set(end_of(file) - 0.001)
    assert bed.request("GET", link).status == 200
    bed.clock.set(end_of(file))
    assert bed.request("GET", link).status == 403


@pytest.mark.parametrize("left", [0.5, 0.002])
def test_a_file_in_its_last_second_still_has_a_link(
    bed: Bed, alice: openai.OpenAI, left: float
) -> None:
    file = create(alice)
    bed.clock.set(end_of(file) - left)
    assert alice.files.content(file.id).content == b"hello"

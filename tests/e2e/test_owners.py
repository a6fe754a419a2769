"""Owners are kept apart, and only the batch system acts for one."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import openai
import pytest

from tests.e2e.conftest import NewUser
from tests.e2e.user import User


@pytest.fixture
def alice(user: User) -> Iterator[openai.OpenAI]:
    """A client of the one owner."""
    with user.sdk() as client:
        yield client


@pytest.fixture
def bob(new_user: NewUser) -> Iterator[openai.OpenAI]:
    """A client of another owner."""
    with new_user().sdk() as client:
        yield client


@pytest.fixture
def service(user: User, new_user: NewUser) -> Iterator[openai.OpenAI]:
    """The batch system's client, acting for the first owner."""
    acting = replace(new_user("--scope", "service"), headers={"Larder-Owner": user.owner})
    with acting.sdk() as client:
        yield client


USES: dict[str, Callable[[openai.OpenAI, str], object]] = {
    "retrieve": lambda client, file_id: client.files.retrieve(file_id),
    "content": lambda client, file_id: client.files.content(file_id),
    "delete": lambda client, file_id: client.files.delete(file_id),
}


@pytest.mark.parametrize("use", USES.values(), ids=USES)
def test_a_file_of_another_owner_is_as_if_there_were_none(
    alice: openai.OpenAI, bob: openai.OpenAI, use: Callable[[openai.OpenAI, str], object]
) -> None:
    foreign = alice.files.create(file=("a.jsonl", b"{}\n"), purpose="batch").id
    missing = foreign[:-4] + "0000"
    answers = []
    for file_id in (foreign, missing):
        with pytest.raises(openai.NotFoundError) as refused:
            use(bob, file_id)
        answers.append(refused.value.response.text.replace(file_id, "ID"))
    assert answers[0] == answers[1]
    assert alice.files.content(foreign).read() == b"{}\n"


def test_a_list_holds_the_owners_own_files_alone(alice: openai.OpenAI, bob: openai.OpenAI) -> None:
    created = alice.files.create(file=("a.jsonl", b"{}\n"), purpose="batch")
    assert alice.files.list().data == [created]
    assert bob.files.list().data == []


def test_the_batch_system_reads_a_users_batch_and_writes_its_output(
    user: User, alice: openai.OpenAI, service: openai.OpenAI
) -> None:
    batch = alice.files.create(file=("in.jsonl", b"question\n"), purpose="batch")
    assert service.files.content(batch.id).read() == b"question\n"
    output = service.files.create(
        file=("out.jsonl", b"answer\n"),
        purpose="batch-output",  # type: ignore[arg-type]  # OpenAI's clients never send it
    )
    assert alice.files.content(output.id).read() == b"answer\n"
    assert alice.files.list(purpose="batch-output").data == [output]
    usage = user.usage()
    assert (usage["bytes"], usage["files"]) == (len(b"question\nanswer\n"), 2)


def test_the_batch_system_does_the_same_with_the_command(user: User, new_user: NewUser) -> None:
    service = new_user("--scope", "service")
    (service.home / "out.jsonl").write_bytes(b"answer\n")
    (stored,) = service.larder("upload", "out.jsonl", "--owner", user.owner)
    assert stored.pop("path") == "out.jsonl"
    assert stored["purpose"] == "batch-output"
    assert service.larder("list", "--owner", user.owner) == [stored] == user.larder("list")
    service.larder("download", stored["id"], "-o", "copy.jsonl", "--owner", user.owner)
    assert (service.home / "copy.jsonl").read_bytes() == b"answer\n"
    (usage,) = service.larder("usage", "--owner", user.owner)
    assert (usage["bytes"], usage["files"]) == (len(b"answer\n"), 1)


def test_a_user_cannot_write_batch_output(alice: openai.OpenAI) -> None:
    with pytest.raises(openai.PermissionDeniedError, match="batch-output"):
        alice.files.create(
            file=("out.jsonl", b"{}\n"),
            purpose="batch-output",  # type: ignore[arg-type]
        )

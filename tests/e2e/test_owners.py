"""The batch system acts for an owner; that owners are kept apart, `test_check.py` sees."""

from collections.abc import Iterator
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
def service(user: User, new_user: NewUser) -> Iterator[openai.OpenAI]:
    """The batch system's client, acting for the first owner."""
    acting = replace(new_user("--scope", "service"), headers={"Larder-Owner": user.owner})
    with acting.sdk() as client:
        yield client


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

"""The unmodified Python SDK against the deployed stacks."""

import openai
import pytest

from tests.e2e.batches import MIB, batch_of

WEEK = 7 * 86_400


def test_a_batch_file_lives_from_its_creation_to_its_deletion(client: openai.OpenAI) -> None:
    content = batch_of(4 * MIB)
    created = client.files.create(
        file=("Äpfel 日本.jsonl", content),
        purpose="batch",
        expires_after={"anchor": "created_at", "seconds": WEEK},
    )
    assert (created.bytes, created.filename) == (len(content), "Äpfel 日本.jsonl")
    assert (created.purpose, created.status) == ("batch", "processed")
    assert created.expires_at == created.created_at + WEEK
    assert client.files.list().data == [created]
    assert client.files.retrieve(created.id) == created
    assert client.files.content(created.id).read() == content
    assert client.files.delete(created.id).deleted
    for gone in (client.files.retrieve, client.files.content, client.files.delete):
        with pytest.raises(openai.NotFoundError, match=f"No such File object: {created.id}"):
            gone(created.id)
    assert client.files.list().data == []

"""The five endpoints as the unmodified SDK uses them."""

import openai


def test_a_created_file_is_read_back_byte_for_byte(alice: openai.OpenAI) -> None:
    content = bytes(range(256)) * 16
    file = alice.files.create(file=("batch.jsonl", content), purpose="batch")
    assert alice.files.content(file.id).content == content

"""Other people's clients against the deployed stacks, each with an environment of its own.

The scripts are in `clients/`; the environments are made from `requirements/`, by `make setup`.
"""

import hashlib
from typing import Any

import pytest

from tests.e2e.batches import MIB, large_file
from tests.e2e.user import User

CONTENT = '{"custom_id": "1"}\n'


def check_life(life: dict[str, Any]) -> None:
    """What a script saw of a file must be what it wanted and was told."""
    created = life["created"]
    assert (created["filename"], created["bytes"]) == ("größe 1.jsonl", len(CONTENT))
    assert (created["purpose"], created["status"]) == ("batch", "processed")
    assert created["expires_at"] - created["created_at"] == 7200
    assert life["retrieved"] == created
    assert life["listed"] == [created["id"]]
    assert life["content"] == CONTENT
    assert life["deleted"] is True
    assert f"No such File object: {created['id']}" in life["afterwards"]


def test_litellm_has_files_sync_and_async_and_of_more_than_one_part(user: User) -> None:
    path = large_file(user.home / "größer.jsonl", 20 * MIB + 1)
    seen = user.python("clients", "litellm_files.py", path)
    assert len(seen["lives"]) == 2
    for life in seen["lives"]:
        check_life(life)
    created = seen["large"]["created"]
    assert (created["bytes"], created["filename"]) == (path.stat().st_size, path.name)
    assert seen["large"]["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("environment", ["openai-1", "openai-2"])
def test_an_older_openai_sdk_works_and_every_answer_is_of_its_types(
    user: User, environment: str
) -> None:
    lives = user.python(environment, "openai_files.py")
    assert len(lives) == 2
    for life in lives:
        check_life(life)
        assert life["empty"] == []
        assert life["joined"] == CONTENT


def test_forms_of_plain_http_libraries_are_understood_and_content_is_read(user: User) -> None:
    for way, (created, content) in user.python("clients", "plain_http.py").items():
        filename = "plain.jsonl" if way == "aiohttp" else "größe 1.jsonl"
        life = created["expires_at"] - created["created_at"]
        assert (way, created["filename"], life, content) == (way, filename, 7200, CONTENT)

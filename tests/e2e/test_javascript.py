"""The JavaScript client with the unmodified Node SDK against the deployed stacks."""

import hashlib

from tests.e2e.batches import MIB, large_file
from tests.e2e.user import User

SIZE = 20 * MIB + 5


def test_files_go_and_come_whole_and_uploads_are_paused_and_given_up(user: User) -> None:
    path = large_file(user.home / "large.jsonl", SIZE)
    seen = user.node("larder.mjs", path)

    created = seen["created"]
    assert (created["bytes"], created["filename"]) == (SIZE, "large.jsonl")
    assert created["expires_at"] - created["created_at"] == 7200
    assert seen["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert seen["progress"] == sorted(seen["progress"])
    assert seen["progress"][-1] == SIZE
    assert len(seen["progress"]) > 20

    small = seen["small"]
    assert small["expires_at"] - small["created_at"] == 3600
    assert small["downloaded"] == ["täglich.jsonl", "{}\n"]
    assert small["linked"] == "{}\n"

    assert seen["paused"]["name"] == "AbortError"
    assert seen["paused"]["parts"] == 1
    assert seen["loaded"][0] == 8 * MIB
    assert seen["loaded"][-1] == SIZE
    assert seen["continued"]["filename"] == "paused.jsonl"
    assert seen["stopped"] == {"name": "AbortError", "status": "cancelled"}
    usage = user.usage()
    assert (usage["files"], usage["uploads"], usage["reserved_bytes"]) == (3, 0, 0)
    assert usage["bytes"] == 2 * SIZE + 3

    refused = seen["refused"]
    assert (refused["name"], refused["status"], refused["param"]) == ("LarderError", 400, "purpose")
    assert refused["requestId"]
    assert refused["cause"] == "BadRequestError"

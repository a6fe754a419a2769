"""The JavaScript client in a real browser, on a page of one of the stage's origins."""

import os
from typing import Any

import pytest

from infra.stages import STAGES
from tests.e2e.batches import MIB, large_file
from tests.e2e.conftest import NewUser
from tests.e2e.user import User

SIZE = 20 * MIB + 5  # three parts of 8 MiB at most
[PAGE] = STAGES["local"].cors_origins


@pytest.fixture(scope="module")
def user(new_user: NewUser) -> User:
    """Whose key the page's own server has."""
    return new_user()


@pytest.fixture(scope="module")
def seen(user: User) -> Any:
    """What the page has come to; see `node/browser.mjs`."""
    path = large_file(user.home / "large.jsonl", SIZE)
    seen = user.node("browser.mjs", path, PAGE)
    if unavailable := seen.get("unavailable"):
        assert not os.environ.get("CI"), unavailable
        pytest.skip(f"Chromium does not run here: {unavailable}")
    return seen


def test_a_file_goes_straight_to_s3_with_smooth_progress(seen: Any) -> None:
    whole = seen["whole"]
    assert (whole["file"]["bytes"], whole["file"]["filename"]) == (SIZE, "large.jsonl")
    assert sorted(whole["sent"]) == [1, 2, 3]
    assert whole["progress"] == sorted(whole["progress"])
    assert whole["progress"][-1] == SIZE
    assert len(whole["progress"]) > 8


def test_it_comes_back_whole(seen: Any) -> None:
    assert seen["whole"]["downloaded"] == {"name": "large.jsonl", "isSame": True}


def test_an_abort_cancels_the_upload(seen: Any) -> None:
    assert seen["given"]["error"]["name"] == "AbortError"
    assert seen["given"]["status"] == "cancelled"


def test_a_pause_keeps_it_and_the_page_goes_on_after_it_was_loaded_anew(seen: Any) -> None:
    assert seen["paused"]["error"]["name"] == "AbortError"
    assert seen["paused"]["status"] == "pending"
    continued = seen["continued"]
    assert continued["sent"] == [2, 3]
    assert continued["progress"][0] == 8 * MIB
    assert continued["file"]["bytes"] == SIZE
    assert continued["kept"] == 0


def test_a_page_of_another_origin_is_kept_out_by_the_browser(seen: Any) -> None:
    forbidden = seen["forbidden"]
    assert forbidden["error"]["code"] == "no_answer"
    assert "S3 allows no such page" in forbidden["error"]["message"]
    assert forbidden["status"] == "cancelled"


def test_nothing_is_left_of_what_was_given_up(user: User, seen: Any) -> None:
    usage = user.usage()
    assert (usage["files"], usage["uploads"], usage["reserved_bytes"]) == (2, 0, 0)
    assert usage["bytes"] == 2 * SIZE

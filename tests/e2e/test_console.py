"""The console's page in a real browser."""

import os
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.e2e.batches import large_file
from tests.e2e.conftest import NewUser
from tests.e2e.user import User

SIZE = 100_000_000  # twelve parts of 8 MiB at most
PARTS = 12
MOST_SECONDS = 480  # it takes a tenth of it where nothing else runs
SMALL = b'{"custom_id":"1"}\n'

pytestmark = [pytest.mark.slow, pytest.mark.timeout(MOST_SECONDS + 120)]


@pytest.fixture(scope="module")
def user(new_user: NewUser) -> User:
    """Who opens the page."""
    return new_user()


@pytest.fixture(scope="module")
def seen(user: User, new_user: NewUser) -> Any:
    """What they see; see `node/console.mjs`."""
    large = large_file(user.home / "embeddings.jsonl", SIZE)
    small = user.home / "hello.jsonl"
    small.write_bytes(SMALL)
    poor = new_user()
    poor.larder("admin", "quota", "--owner", poor.owner, "--set", len(SMALL))
    pictures = os.environ.get("PICTURES", "")
    seen = user.node("console.mjs", large, small, poor.key, pictures, seconds=MOST_SECONDS)
    if unavailable := seen.get("unavailable"):
        assert not os.environ.get("CI"), unavailable
        pytest.skip(f"Chromium does not run here: {unavailable}")
    return seen


def test_a_wrong_key_is_told_where_it_was_typed(seen: Any) -> None:
    assert seen["wrongKey"] == {"alert": "The service does not know this key.", "isFocused": True}


def test_whoever_has_nothing_is_told_what_to_do(seen: Any) -> None:
    assert seen["empty"] is True


def test_100_mb_are_paused_and_resumed_without_sending_anything_twice(seen: Any) -> None:
    assert seen["paused"]["state"].startswith("Paused at ")
    assert seen["resumed"]["again"] == []
    assert 0 < seen["resumed"]["after"] < PARTS
    assert "95.4 MiB" in seen["arrived"]


def test_what_is_sent_from_this_page_is_not_told_as_unfinished_from_elsewhere(seen: Any) -> None:
    assert seen["paused"]["elsewhere"] == 0


def test_a_page_that_was_loaded_anew_goes_on_with_the_same_file(seen: Any) -> None:
    assert seen["reloaded"]["again"] == []
    assert 0 < seen["reloaded"]["after"] < PARTS


def test_a_lost_network_is_told_and_the_upload_goes_on_by_itself(seen: Any) -> None:
    assert "cannot be reached" in seen["lost"]["state"]
    assert seen["back"]["again"] == []
    assert 0 < seen["back"]["after"] < PARTS


def test_files_are_found_sorted_copied_and_downloaded(seen: Any) -> None:
    assert seen["found"] == 2  # with the head
    assert "hello.jsonl" in seen["sorted"]["first"]
    assert seen["sorted"]["direction"] == "ascending"
    assert seen["copied"].startswith("file-")
    assert seen["downloaded"] == {"name": "hello.jsonl", "content": SMALL.decode()}


def test_a_delete_is_asked_about_and_works_by_the_keyboard(seen: Any) -> None:
    assert seen["kept"] == 1
    assert seen["deleted"] == "hello.jsonl is deleted."
    assert seen["focusStays"]


def test_a_full_quota_is_told_by_the_bar_and_by_the_file_that_does_not_fit(seen: Any) -> None:
    assert "quota" in seen["full"]["state"]
    assert "Nothing more fits" in seen["full"]["usage"]


def test_every_state_is_for_screen_readers_too(seen: Any) -> None:
    assert len(seen["violations"]) >= 8
    assert {state: found for state, found in seen["violations"].items() if found} == {}


def test_it_fits_a_telephone(seen: Any) -> None:
    assert seen["scrollsSideways"] is False


def test_the_key_stays_in_the_tab_and_is_forgotten_on_demand(user: User, seen: Any) -> None:
    assert user.key not in seen["stored"]
    assert seen["forgotten"] == 0


def test_nobody_else_is_asked_and_nothing_is_against_the_pages_policy(
    user: User, seen: Any
) -> None:
    own = urlsplit(user.deployment.base_url).netloc
    s3 = urlsplit(user.deployment.endpoint_url)
    assert set(seen["hosts"]) == {own, f"localhost:{s3.port}"}
    assert seen["complaints"] == []


def test_what_was_cancelled_or_deleted_holds_nothing(user: User, seen: Any) -> None:
    assert seen["cancelled"] == 0
    usage = user.usage()
    assert (usage["files"], usage["uploads"], usage["reserved_bytes"]) == (3, 0, 0)
    assert usage["bytes"] == 3 * SIZE

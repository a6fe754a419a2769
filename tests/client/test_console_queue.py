"""The console's queue of uploads, run by Node; see `js/queue.mjs`."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.client.javascript import NODE

SCRIPT = Path(__file__).parent / "js" / "queue.mjs"


@pytest.fixture(scope="module")
def seen() -> Any:
    """What each scene came to."""
    done = subprocess.run([NODE, SCRIPT], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_what_is_paused_lets_the_next_begin(seen: Any) -> None:
    assert seen["pausedBoth"] == {"a": "paused", "b": "paused", "c": "sending"}


def test_a_file_that_is_on_its_way_is_not_sent_beside_itself(seen: Any) -> None:
    assert seen["chosenTwice"] == {"a": "sending", "b": "sending"}


def test_a_file_that_has_arrived_may_be_sent_again(seen: Any) -> None:
    assert seen["chosenAgainWhenDone"] == ["done", "sending"]


def test_a_small_file_that_is_paused_and_resumed_is_the_same_request(seen: Any) -> None:
    assert seen["pausedAndResumed"] == {
        "isSameKey": True,
        "isOwnKey": True,
        "notices": ["a stored", "reserved"],
    }


def test_without_a_connection_nothing_begins_and_with_it_all_goes_on(seen: Any) -> None:
    assert seen["offline"]["lost"] == {"a": "failed", "b": "failed", "c": "waiting"}
    assert seen["offline"]["back"] == {"a": "sending", "b": "sending", "c": "waiting"}


def test_what_was_refused_is_told_and_does_not_go_on_by_itself(seen: Any) -> None:
    assert seen["refused"] == {
        "state": "failed",
        "message": "It is refused.",
        "notices": ["a failed"],
    }


def test_what_is_cancelled_lets_the_next_begin_and_the_usage_be_read(seen: Any) -> None:
    assert seen["cancelled"] == {
        "states": {"b": "sending", "c": "sending"},
        "notices": ["reserved"],
    }


def test_what_is_cancelled_while_it_is_opened_gives_back_what_it_reserved(seen: Any) -> None:
    assert seen["cancelledWhileItIsOpened"] == {
        "paths": ["/v1/uploads", "/v1/uploads/upload_1/cancel"],
        "before": ["reserved"],
        "meanwhile": ["reserved"],
        "notices": ["reserved", "reserved"],
    }


def test_reloads_that_are_asked_for_meanwhile_are_one(seen: Any) -> None:
    assert seen["reloads"] == 2


def test_a_browser_that_keeps_nothing_is_borne(seen: Any) -> None:
    assert seen["keyWithoutStorage"] is None

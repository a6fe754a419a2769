"""Uploads of the JavaScript client that stop, and what the next call does."""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.client.conftest import Larder
from tests.client.fakes.faults import Fault, wait_for
from tests.client.javascript import JavaScript, Seen

MakeFile = Callable[..., Path]
Upload = Callable[..., Seen]
KIB = 1024
PART = 64 * KIB
SIZE = 300 * KIB  # five parts, of which the last is shorter


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """What stands for localStorage."""
    return tmp_path / "store.json"


@pytest.fixture
def upload(javascript: JavaScript, larder: Larder, store: Path) -> Upload:
    """`uploadFile` with the purpose `batch`, one part at a time, and with `resume`."""

    def run(path: Path, **what: Any) -> Seen:
        options = {"purpose": "batch", "threads": 1, **what.pop("options", {})}
        return javascript.run(
            larder, "upload", **{"path": path, "store": store, "options": options, **what}
        )

    return run


@pytest.fixture
def another_node() -> Iterator[JavaScript]:
    """A process that a test may kill."""
    node = JavaScript()
    yield node
    node.kill()


def test_an_upload_is_told_when_it_begins_and_when_it_goes_on(
    larder: Larder, upload: Upload, a_file: MakeFile
) -> None:
    path = a_file(SIZE)
    paused = upload(path, given={"abortAt": PART})
    assert paused.uploads == [*larder.service.uploads]
    assert upload(path).uploads == paused.uploads
    assert upload(a_file(10)).uploads == []


def test_an_abort_without_a_store_leaves_nothing(
    larder: Larder, upload: Upload, a_file: MakeFile
) -> None:
    error = upload(a_file(SIZE), store=None, given={"abortAt": 2 * PART}).error
    assert error["name"] == "AbortError"
    [only] = larder.service.uploads.values()
    assert only["status"] == "cancelled"
    assert len(larder.storage.received) < 5


def test_an_abort_while_the_upload_is_being_opened_cancels_it_all_the_same(
    larder: Larder, upload: Upload, a_file: MakeFile
) -> None:
    assert upload(a_file(SIZE), store=None, given={"abortDuring": "/uploads"}).error
    wait_for(lambda: [u["status"] for u in larder.service.uploads.values()] == ["cancelled"])
    assert larder.storage.received == []


def test_an_abort_before_anything_asks_nothing(
    larder: Larder, upload: Upload, a_file: MakeFile
) -> None:
    for size in (10, SIZE):
        seen = upload(a_file(size), store=None, given={"abortDuring": "nothing"})
        assert seen.error["name"] == "AbortError"
    assert larder.service.requests == []


def test_what_was_paused_goes_on_with_the_parts_that_are_missing(
    larder: Larder, upload: Upload, a_file: MakeFile
) -> None:
    path = a_file(SIZE)
    assert upload(path, given={"abortAt": 3 * PART}).error["name"] == "AbortError"
    had = list(larder.storage.received)
    assert 2 <= len(had) < 5
    seen = upload(path)
    assert larder.service.content(seen.result["id"]) == path.read_bytes()
    assert sorted(larder.storage.received) == [1, 2, 3, 4, 5]
    assert len(larder.service.uploads) == 1
    assert seen.progress[0] == [PART, SIZE]
    assert seen.progress[-1] == [SIZE, SIZE]


def test_nothing_is_kept_once_it_is_done(upload: Upload, a_file: MakeFile, store: Path) -> None:
    path = a_file(SIZE)
    upload(path, given={"abortAt": PART})
    assert len(json.loads(store.read_text())) == 1
    assert upload(path).result
    assert json.loads(store.read_text()) == {}


def test_no_key_is_kept(upload: Upload, a_file: MakeFile, store: Path) -> None:
    upload(a_file(SIZE), given={"abortAt": PART})
    assert "sk-larder" not in store.read_text()


def test_a_process_that_was_killed_is_continued_by_the_next(
    larder: Larder, another_node: JavaScript, upload: Upload, a_file: MakeFile, store: Path
) -> None:
    path = a_file(SIZE)
    larder.storage.hold_after(3)
    options = {"purpose": "batch", "threads": 1}
    another_node.start(larder, "upload", path=path, store=store, options=options)
    wait_for(lambda: larder.storage.waiting == 1)
    another_node.kill()
    larder.storage.release()
    file = upload(path).result
    assert larder.service.content(file["id"]) == path.read_bytes()
    assert sorted(larder.storage.received) == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    "other", [{"purpose": "other"}, {"expiresAfter": 7200}, {"filename": "b.jsonl"}]
)
def test_another_choice_makes_another_upload(
    other: Any, larder: Larder, upload: Upload, a_file: MakeFile
) -> None:
    larder.service.purposes.append("other")
    path = a_file(SIZE)
    upload(path, given={"abortAt": PART})
    assert upload(path, options=other).result
    assert len(larder.service.uploads) == 2


def test_a_file_that_was_changed_is_another(
    larder: Larder, upload: Upload, a_file: MakeFile
) -> None:
    path = a_file(SIZE)
    upload(path, given={"abortAt": PART})
    path.write_bytes(os.urandom(SIZE))
    assert larder.service.content(upload(path).result["id"]) == path.read_bytes()
    assert len(larder.service.uploads) == 2


@pytest.mark.parametrize("kind", ["bytes", "blob"])
def test_bytes_are_told_by_their_checksum(
    kind: str, larder: Larder, upload: Upload, a_file: MakeFile
) -> None:
    path = a_file(SIZE)
    upload(path, given={"abortAt": 3 * PART, "input": kind})
    file = upload(path, given={"input": kind}).result
    assert larder.service.content(file["id"]) == path.read_bytes()
    assert sorted(larder.storage.received) == [1, 2, 3, 4, 5]
    upload(path, given={"abortAt": 3 * PART, "input": kind})
    path.write_bytes(os.urandom(SIZE))
    file = upload(path, given={"input": kind}).result
    assert larder.service.content(file["id"]) == path.read_bytes()
    assert len(larder.service.uploads) == 3


@pytest.mark.parametrize("kind", ["blob", "file"])
def test_two_of_one_name_and_size_at_once_stay_apart(
    kind: str, larder: Larder, javascript: JavaScript, a_file: MakeFile, store: Path
) -> None:
    paths = [a_file(SIZE, name) for name in ("one", "other")]
    given = {"paths": paths, "input": kind, "secondAt": 2 * PART}
    options = {"purpose": "batch", "threads": 1}
    seen = javascript.run(larder, "uploadTwo", store=store, options=options, given=given)
    contents = [larder.service.content(file["id"]) for file in seen.result]
    assert contents == [path.read_bytes() for path in paths]
    assert json.loads(store.read_text()) == {}


@pytest.mark.parametrize("is_deleted", [True, False])
def test_a_file_of_other_content_is_not_the_answer(
    is_deleted: bool, larder: Larder, upload: Upload, a_file: MakeFile, store: Path
) -> None:
    """The first upload was completed, but its answer was lost, and the store still has its id."""
    larder.fail_api(Fault("/complete", "lost"))
    larder.fail_api(Fault("/complete", "reset", times=5))
    path = a_file(SIZE)
    assert upload(path, given={"input": "file"}).error["code"] == "no_answer"
    assert len(json.loads(store.read_text())) == 1
    if is_deleted:
        larder.service.files.clear()
    else:
        path.write_bytes(os.urandom(SIZE))
    file = upload(path, given={"input": "file"}).result
    assert larder.service.content(file["id"]) == path.read_bytes()
    assert len(larder.service.uploads) == 2


def test_parts_of_other_content_are_sent_again(
    larder: Larder, upload: Upload, a_file: MakeFile
) -> None:
    """Where name, size and time of change are the same, checksums tell the parts apart."""
    path = a_file(SIZE)
    upload(path, given={"abortAt": 3 * PART, "input": "file"})
    path.write_bytes(os.urandom(PART) + path.read_bytes()[PART:])
    file = upload(path, given={"input": "file"}).result
    assert larder.service.content(file["id"]) == path.read_bytes()
    assert len(larder.service.uploads) == 1
    assert sorted(larder.storage.received) == [1, 1, 2, 3, 4, 5]


@pytest.mark.parametrize("status", ["cancelled", "expired"])
def test_an_upload_that_has_ended_is_begun_anew(
    status: str, larder: Larder, upload: Upload, a_file: MakeFile
) -> None:
    path = a_file(SIZE)
    upload(path, given={"abortAt": PART})
    [left] = larder.service.uploads.values()
    left["status"] = status
    assert larder.service.content(upload(path).result["id"]) == path.read_bytes()


def test_an_upload_that_is_gone_is_begun_anew(
    larder: Larder, upload: Upload, a_file: MakeFile
) -> None:
    path = a_file(SIZE)
    upload(path, given={"abortAt": PART})
    larder.service.uploads.clear()
    assert larder.service.content(upload(path).result["id"]) == path.read_bytes()


def test_an_answer_that_was_lost_for_good_is_found_by_the_next_call(
    larder: Larder, upload: Upload, a_file: MakeFile
) -> None:
    larder.fail_api(Fault("/complete", "lost"))
    larder.fail_api(Fault("/complete", "reset", times=99))
    path = a_file(SIZE)
    assert upload(path).error["code"] == "no_answer"
    assert upload(path).result["bytes"] == SIZE
    assert len(larder.service.files) == 1


def test_parts_that_are_joined_and_not_yet_shown_are_the_file(
    larder: Larder, upload: Upload, a_file: MakeFile
) -> None:
    fault = larder.fail_api(Fault("/complete", "reset", times=99))
    path = a_file(SIZE)
    assert upload(path).error["code"] == "no_answer"
    fault.times = 0
    [session] = larder.service.uploads
    larder.storage.join(f"/{session}")
    assert larder.service.content(upload(path).result["id"]) == path.read_bytes()
    assert [*larder.service.uploads] == [session]


@pytest.mark.parametrize("status", [400, 404, 409])
def test_what_failed_for_good_is_not_continued(
    status: int, larder: Larder, upload: Upload, a_file: MakeFile, store: Path
) -> None:
    never = {"x-should-retry": "false"}
    larder.fail_api(Fault("/complete", "status", status=status, headers=never))
    path = a_file(SIZE)
    assert upload(path).error["status"] == status
    assert json.loads(store.read_text()) == {}
    [only] = larder.service.uploads.values()
    assert only["status"] == "cancelled"


def test_a_file_that_another_call_completed_is_the_answer(
    larder: Larder, javascript: JavaScript, another_node: JavaScript, a_file: MakeFile, store: Path
) -> None:
    path = a_file(SIZE)
    larder.storage.hold_after(4)
    what: Any = {"path": path, "store": store, "options": {"purpose": "batch", "threads": 1}}
    javascript.start(larder, "upload", **what)
    wait_for(lambda: larder.storage.waiting == 1)
    another_node.start(larder, "upload", **what)
    wait_for(lambda: larder.storage.waiting == 2)
    larder.storage.release()
    first, second = javascript.seen().result, another_node.seen().result
    assert first == second
    assert len(larder.service.files) == 1


@pytest.mark.parametrize("kept", ["nonsense", "null", "[]", '{"upload_id": "../files"}'])
def test_what_the_store_has_may_be_anything(
    kept: str, upload: Upload, a_file: MakeFile, store: Path
) -> None:
    path = a_file(SIZE)
    upload(path, given={"abortAt": PART})
    [key] = json.loads(store.read_text())
    store.write_text(json.dumps({key: kept}))
    assert upload(path).result


def test_a_store_that_is_full_does_no_harm(upload: Upload, a_file: MakeFile, store: Path) -> None:
    store.mkdir()
    assert upload(a_file(SIZE)).result


@pytest.mark.parametrize("said", [(403, "AccessDenied"), (503, "SlowDown"), (400, "ExpiredToken")])
def test_what_s3_may_take_later_is_kept(
    said: tuple[int, str], larder: Larder, upload: Upload, a_file: MakeFile
) -> None:
    status, code = said
    body = f"<Error><Code>{code}</Code></Error>".encode()
    larder.fail_s3(Fault("PUT", "status", times=6, status=status, body=body))
    path = a_file(SIZE)
    refused = upload(path)
    assert (refused.error["code"], refused.error["status"]) == ("no_answer", status)
    assert upload(path).uploads == refused.uploads


class TestForgetting:
    """What a page has kept of uploads, it can forget."""

    @pytest.fixture
    def others(self, store: Path) -> dict[str, str]:
        """What else the page keeps in its store."""
        others = {"theme": "dark", "larder-uploads": "3", "a larder-upload": "{}"}
        store.write_text(json.dumps(others))
        return others

    def test_all_are_forgotten_and_nothing_else(
        self,
        others: Any,
        larder: Larder,
        javascript: JavaScript,
        upload: Upload,
        a_file: MakeFile,
        store: Path,
    ) -> None:
        for name in ("a", "b", "c"):
            upload(a_file(SIZE, name), given={"abortAt": PART})
        assert len(json.loads(store.read_text())) == len(others) + 3
        assert not javascript.run(larder, "forgetUploads", store=store).error
        assert json.loads(store.read_text()) == others

    def test_one_is_forgotten_by_its_id(
        self,
        others: Any,
        larder: Larder,
        javascript: JavaScript,
        upload: Upload,
        a_file: MakeFile,
        store: Path,
    ) -> None:
        paths = [a_file(SIZE, name) for name in ("a", "b")]
        [first], [second] = (upload(path, given={"abortAt": PART}).uploads for path in paths)
        store.write_text(json.dumps({**json.loads(store.read_text()), "larder-upload x": "{"}))
        assert not javascript.run(larder, "forgetUpload", store=store, id=first).error
        assert first not in store.read_text()
        assert upload(paths[1]).uploads == [second]
        assert upload(paths[0]).uploads != [first]

    def test_an_id_that_is_not_there_is_no_error(
        self, others: Any, larder: Larder, javascript: JavaScript, store: Path
    ) -> None:
        assert not javascript.run(larder, "forgetUpload", store=store, id="upload_1").error
        assert json.loads(store.read_text()) == others

    def test_a_store_that_cannot_be_gone_through_is_refused(
        self, larder: Larder, javascript: JavaScript
    ) -> None:
        error = javascript.run(larder, "forgetUploads", given={"isNoStore": True}).error
        assert (error["code"], error["param"]) == ("invalid_argument", "store")
        assert "localStorage" in error["message"]

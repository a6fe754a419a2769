"""Uploads that are cut, killed, refused and damaged, and what comes of them."""

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from larder.cli import main
from tests.client.conftest import Larder, Process
from tests.client.fakes.faults import Fault, wait_for

pytestmark = pytest.mark.slow

MakeFile = Callable[..., Path]
Capture = pytest.CaptureFixture[str]
Start = Callable[..., Process]

# 80 parts of 64 KiB, and too large for one call.
SIZE = 5 * 2**20
PARTS = set(range(1, 81))
PART = r"PUT /upload_"


def stopped_after(larder: Larder, process: Process, parts: int, how: signal.Signals) -> set[int]:
    """Ends the upload once S3 has so many parts, and says which."""
    wait_for(lambda: len(larder.storage.received) == parts)
    process.send_signal(how)
    process.wait(20)
    larder.storage.release()
    first = set(larder.storage.received)
    larder.storage.received.clear()
    return first


def only_content(larder: Larder) -> bytes:
    (file,) = larder.service.files.values()
    return larder.service.content(file["id"])


@pytest.mark.parametrize("parts", [1, 37, 79])
def test_a_killed_upload_continues_with_what_is_missing(
    parts: int, larder: Larder, a_file: MakeFile, command: Start
) -> None:
    path = a_file(SIZE)
    larder.storage.hold_after(parts)
    first = stopped_after(larder, command("upload", path), parts, signal.SIGKILL)
    assert main(["upload", str(path)]) == 0
    assert sorted(larder.storage.received) == sorted(PARTS - first)
    assert only_content(larder) == path.read_bytes()


def test_ctrl_c_says_that_the_same_command_continues(
    larder: Larder, a_file: MakeFile, command: Start
) -> None:
    path = a_file(SIZE)
    larder.storage.hold_after(10)
    process = command("upload", path)
    first = stopped_after(larder, process, 10, signal.SIGINT)
    assert process.returncode == 130
    assert process.communicate()[1] == (
        b"larder: interrupted: the same command continues the upload\n"
    )
    assert main(["upload", str(path)]) == 0
    assert set(larder.storage.received) == PARTS - first


@pytest.mark.parametrize("kind", ["hold", "lost"])
def test_an_upload_killed_during_complete_ends_as_one_file(
    kind: str, larder: Larder, a_file: MakeFile, command: Start
) -> None:
    path = a_file(SIZE)
    fault = Fault("complete", "hold") if kind == "hold" else Fault("complete", "lost", times=100)
    larder.fail_api(fault)
    process = command("upload", path)
    wait_for(lambda: fault.times == (0 if kind == "hold" else 98))
    process.kill()
    process.wait(20)
    fault.times = 0
    fault.released.set()
    larder.storage.received.clear()
    assert main(["upload", str(path)]) == 0
    assert larder.storage.received == []
    assert only_content(larder) == path.read_bytes()


def test_a_lost_answer_to_complete_is_asked_again(larder: Larder, a_file: MakeFile) -> None:
    larder.fail_api(Fault("complete", "lost", times=3))
    assert main(["upload", str(a_file(SIZE))]) == 0
    assert len(larder.service.files) == 1


def test_an_upload_whose_network_fails_continues_with_what_is_missing(
    larder: Larder, a_file: MakeFile, capsys: Capture
) -> None:
    path = a_file(SIZE)
    outage = larder.fail_s3(Fault(PART, "reset", skip=30, times=1000))
    assert main(["upload", str(path)]) == 6
    assert "did not get through" in capsys.readouterr().err
    outage.times = 0
    assert len(larder.storage.received) == 30
    assert main(["upload", str(path)]) == 0
    assert sorted(larder.storage.received) == sorted(PARTS)
    assert only_content(larder) == path.read_bytes()


@pytest.mark.parametrize("after_bytes", [0, 1, 30_000, 65_536])
def test_a_connection_reset_within_a_part_sends_it_again(
    after_bytes: int, larder: Larder, a_file: MakeFile
) -> None:
    path = a_file(SIZE)
    larder.fail_s3(Fault(PART, "reset", skip=5, times=5, after_bytes=after_bytes))
    assert main(["upload", str(path)]) == 0
    assert only_content(larder) == path.read_bytes()


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (500, "InternalError"),
        (503, "SlowDown"),
        (400, "RequestTimeout"),
        (400, "IncompleteBody"),
        (400, "BadDigest"),
        (403, "AccessDenied"),
        (400, "ExpiredToken"),
        (400, "TokenRefreshRequired"),
        (400, "InvalidToken"),
    ],
)
def test_a_part_that_s3_does_not_take_is_sent_again_to_a_fresh_url(
    status: int, code: str, larder: Larder, a_file: MakeFile
) -> None:
    path = a_file(SIZE)
    body = f"<Error><Code>{code}</Code></Error>".encode()
    larder.fail_s3(Fault(PART, "status", skip=5, times=3, status=status, body=body))
    assert main(["upload", str(path)]) == 0
    assert only_content(larder) == path.read_bytes()
    asked = [
        json.loads(call.body)["part_numbers"] for call in larder.service.called(".*/part_urls")
    ]
    assert sum(map(len, asked)) == len(PARTS) + 3


def test_urls_that_expire_on_the_way_are_renewed(
    larder: Larder, a_file: MakeFile, command: Start
) -> None:
    path = a_file(SIZE)
    larder.storage.hold_after(10)
    process = command("upload", path)
    wait_for(lambda: len(larder.storage.received) == 10)
    larder.storage.expire_urls()
    larder.storage.release()
    assert process.wait(30) == 0
    assert only_content(larder) == path.read_bytes()


def test_a_part_that_s3_refuses_for_good_ends_the_session(
    larder: Larder, a_file: MakeFile, capsys: Capture
) -> None:
    path = a_file(SIZE)
    body = b"<Error><Code>NoSuchUpload</Code></Error>"
    larder.fail_s3(Fault(PART, "status", skip=5, status=404, body=body))
    assert main(["upload", str(path)]) == 1
    assert "NoSuchUpload" in capsys.readouterr().err
    assert main(["upload", str(path)]) == 0
    assert [upload["status"] for upload in larder.service.uploads.values()] == [
        "cancelled",
        "completed",
    ]


@pytest.mark.parametrize("size", [SIZE - 1, SIZE + 1])
def test_a_file_that_changes_while_being_uploaded_is_not_stored(
    size: int, larder: Larder, a_file: MakeFile, command: Start
) -> None:
    path = a_file(SIZE)
    larder.storage.hold_after(10)
    process = command("upload", path)
    wait_for(lambda: len(larder.storage.received) == 10)
    os.truncate(path, size)
    larder.storage.release()
    assert process.wait(30) == 7
    assert process.communicate()[1].endswith(
        b"changed while it was being uploaded: nothing was stored\n"
    )
    assert larder.service.files == {}
    assert [upload["status"] for upload in larder.service.uploads.values()] == ["cancelled"]


def test_a_session_that_is_gone_is_started_over(
    larder: Larder, a_file: MakeFile, command: Start
) -> None:
    path = a_file(SIZE)
    larder.storage.hold_after(10)
    stopped_after(larder, command("upload", path), 10, signal.SIGKILL)
    larder.service.uploads.clear()
    assert main(["upload", str(path)]) == 0
    assert sorted(larder.storage.received) == sorted(PARTS)


@pytest.mark.parametrize("difference", ["content", "purpose", "expires", "key"])
def test_another_upload_does_not_continue_the_session(
    difference: str,
    larder: Larder,
    a_file: MakeFile,
    command: Start,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = a_file(SIZE)
    larder.storage.hold_after(10)
    stopped_after(larder, command("upload", path), 10, signal.SIGKILL)
    arguments = ["upload", str(path)]
    if difference == "content":
        a_file(SIZE)
    if difference == "expires":
        arguments += ["--expires-after", "1d"]
    if difference == "purpose":
        arguments += ["--purpose", "other"]
        larder.service.purposes.append("other")
    if difference == "key":
        monkeypatch.setenv("OPENAI_API_KEY", "sk-larder-bob")
        larder.service.keys.append("sk-larder-bob")
    assert main(arguments) == 0
    assert len(larder.service.uploads) == 2
    assert only_content(larder) == path.read_bytes()


def test_a_part_that_differs_from_what_arrived_is_sent_again(
    larder: Larder, a_file: MakeFile, command: Start
) -> None:
    path = a_file(SIZE)
    larder.storage.hold_after(10)
    first = stopped_after(larder, command("upload", path), 10, signal.SIGKILL)
    (parts,) = larder.storage.parts.values()
    other = min(first)
    parts[other] = bytes(len(parts[other]))
    assert main(["upload", str(path)]) == 0
    assert sorted(larder.storage.received) == sorted((PARTS - first) | {other})
    assert only_content(larder) == path.read_bytes()

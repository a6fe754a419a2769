"""Downloads that are cut, killed, refused and damaged, and what comes of them."""

import io
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import urllib3

from larder.cli import main
from larder.transfer.partial import RANGE_BYTES
from tests.client.conftest import Larder, Process, ranges_noted
from tests.client.fakes.faults import Fault, wait_for

Capture = pytest.CaptureFixture[str]
Start = Callable[..., Process]

CONTENT = os.urandom(RANGE_BYTES * 5 + 1)
RANGES = 6
GET = "GET /content/"


@pytest.fixture
def file_id(larder: Larder) -> str:
    """A file of six ranges."""
    return str(larder.service.add_file(CONTENT)["id"])


@pytest.fixture
def target(tmp_path: Path) -> Path:
    (tmp_path / "downloads").mkdir()
    return tmp_path / "downloads" / "out"


def killed_after(larder: Larder, target: Path, process: Process) -> None:
    """Ends the download once two ranges are on disk."""
    wait_for(lambda: ranges_noted(target) == 2)
    process.kill()
    process.wait(20)
    larder.s3.faults.release()
    larder.storage.ranges.clear()


def test_a_killed_download_continues_with_what_is_missing(
    larder: Larder, file_id: str, target: Path, command: Start
) -> None:
    larder.fail_s3(Fault(GET, "hold", skip=2, times=4))
    killed_after(larder, target, command("download", file_id, "-o", target))
    assert not target.exists()
    assert main(["download", file_id, "-o", str(target)]) == 0
    assert len(larder.storage.ranges) == RANGES - 2
    assert target.read_bytes() == CONTENT


def test_ctrl_c_says_that_the_same_command_continues(
    larder: Larder, file_id: str, target: Path, command: Start
) -> None:
    larder.fail_s3(Fault(GET, "hold", skip=2, times=4))
    process = command("download", file_id, "-o", target)
    wait_for(lambda: ranges_noted(target) == 2)
    process.send_signal(signal.SIGINT)
    assert process.wait(20) == 130
    message = b"larder: interrupted: the same command continues the download\n"
    assert process.communicate()[1] == message


def test_what_was_damaged_on_disk_since_is_read_again(
    larder: Larder, file_id: str, target: Path, command: Start
) -> None:
    larder.fail_s3(Fault(GET, "hold", skip=2, times=4))
    killed_after(larder, target, command("download", file_id, "-o", target))
    (part,) = target.parent.glob(".larder-*.part")
    with part.open("r+b") as file:
        file.write(bytes(RANGE_BYTES * 6)[: len(CONTENT)])
    assert main(["download", file_id, "-o", str(target)]) == 0
    assert len(larder.storage.ranges) == RANGES
    assert target.read_bytes() == CONTENT


def test_a_range_that_is_cut_goes_on_where_it_was_cut(
    larder: Larder, file_id: str, target: Path
) -> None:
    larder.fail_s3(Fault(GET, "cut", after_bytes=2 * 2**20))
    assert main(["download", file_id, "-o", str(target)]) == 0
    assert target.read_bytes() == CONTENT
    starts = [int(range_.removeprefix("bytes=").split("-")[0]) for range_ in larder.storage.ranges]
    assert [start for start in starts if start % RANGE_BYTES != 0] != []


def test_more_cuts_than_attempts_are_survived_while_bytes_arrive(
    larder: Larder, file_id: str, target: Path
) -> None:
    larder.fail_s3(Fault(GET, "cut", times=30, after_bytes=600_000))
    assert main(["download", file_id, "-o", str(target)]) == 0
    assert target.read_bytes() == CONTENT


@pytest.mark.parametrize("kind", ["reset", "status"])
def test_a_network_that_stays_away_is_given_up(
    kind: str, larder: Larder, file_id: str, target: Path
) -> None:
    larder.fail_s3(Fault(GET, "reset" if kind == "reset" else "status", times=1000, status=503))
    assert main(["download", file_id, "-o", str(target)]) == 6
    assert not target.exists()


def test_a_stalled_connection_is_given_up_and_the_range_read_again(
    larder: Larder, file_id: str, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("larder.transfer.ranges._TIMEOUT", urllib3.Timeout(0.5))
    larder.fail_s3(Fault(GET, "hold", skip=1, times=2))
    assert main(["download", file_id, "-o", str(target)]) == 0
    assert target.read_bytes() == CONTENT


def test_an_expired_url_is_renewed_once_for_all(
    larder: Larder, file_id: str, target: Path, command: Start
) -> None:
    larder.fail_s3(Fault(GET, "hold", skip=2, times=4))
    process = command("download", file_id, "-o", target)
    wait_for(lambda: ranges_noted(target) == 2)
    larder.storage.expire_urls()
    larder.s3.faults.release()
    assert process.wait(30) == 0
    assert target.read_bytes() == CONTENT
    assert len(larder.service.called("GET .*/url")) == 2


@pytest.mark.parametrize("code", ["ExpiredToken", "TokenRefreshRequired", "InvalidToken"])
def test_a_url_whose_signers_credentials_ended_is_renewed(
    code: str, larder: Larder, file_id: str, target: Path
) -> None:
    body = f"<Error><Code>{code}</Code></Error>".encode()
    larder.fail_s3(Fault(GET, "status", skip=2, status=400, body=body))
    assert main(["download", file_id, "-o", str(target)]) == 0
    assert target.read_bytes() == CONTENT
    assert len(larder.service.called("GET .*/url")) == 2


def test_a_range_that_timed_out_is_read_again_at_the_same_url(
    larder: Larder, file_id: str, target: Path
) -> None:
    body = b"<Error><Code>RequestTimeout</Code></Error>"
    larder.fail_s3(Fault(GET, "status", skip=2, status=400, body=body))
    assert main(["download", file_id, "-o", str(target)]) == 0
    assert len(larder.service.called("GET .*/url")) == 1


def test_content_that_s3_refuses_for_good_is_not_asked_for_again(
    larder: Larder, file_id: str, target: Path, capsys: Capture
) -> None:
    body = b"<Error><Code>InvalidArgument</Code></Error>"
    larder.fail_s3(Fault(GET, "status", times=100, status=400, body=body))
    assert main(["download", file_id, "-o", str(target)]) == 1
    assert "InvalidArgument" in capsys.readouterr().err


def test_content_with_another_checksum_does_not_get_the_name(
    larder: Larder, file_id: str, target: Path, capsys: Capture
) -> None:
    larder.service.wrong_checksum = True
    assert main(["download", file_id, "-o", str(target)]) == 7
    assert "arrived damaged" in capsys.readouterr().err
    assert list(target.parent.iterdir()) == []


def test_nothing_but_the_file_is_left(larder: Larder, file_id: str, target: Path) -> None:
    assert main(["download", file_id, "-o", str(target)]) == 0
    assert list(target.parent.iterdir()) == [target]


def test_a_file_deleted_meanwhile_is_not_found(
    larder: Larder, file_id: str, target: Path, command: Start
) -> None:
    larder.fail_s3(Fault(GET, "hold", skip=2, times=4))
    process = command("download", file_id, "-o", target)
    wait_for(lambda: ranges_noted(target) == 2)
    larder.service.files.clear()
    larder.storage.expire_urls()
    larder.s3.faults.release()
    assert process.wait(30) == 4
    assert b"No such File object" in process.communicate()[1]


def test_a_stream_that_is_cut_goes_on_without_a_gap(
    larder: Larder, file_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = io.TextIOWrapper(io.BytesIO())
    monkeypatch.setattr(sys, "stdout", output)
    larder.fail_s3(Fault(GET, "cut", times=3, after_bytes=3_000_000))
    assert main(["download", file_id, "-o", "-"]) == 0
    output.seek(0)
    assert output.buffer.read() == CONTENT


def test_a_stream_with_another_checksum_exits_with_7(
    larder: Larder, file_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO()))
    larder.service.wrong_checksum = True
    assert main(["download", file_id, "-o", "-"]) == 7

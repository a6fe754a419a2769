"""Lines that are slow, and lines that are dead."""

from collections.abc import Callable
from pathlib import Path

import pytest
import urllib3

from larder.cli import main
from tests.client.conftest import Larder
from tests.client.fakes.faults import Fault

# More than the buffers of both ends hold, so that the sending itself has to wait.
SIZE = 16 * 2**20


@pytest.fixture
def path(larder: Larder, a_file: Callable[[int], Path]) -> Path:
    """A file of one part."""
    larder.service.part_bytes = SIZE
    return a_file(SIZE)


def only_content(larder: Larder) -> bytes:
    (file,) = larder.service.files.values()
    return larder.service.content(file["id"])


@pytest.mark.slow
def test_a_slow_line_gets_through_at_the_first_attempt(
    larder: Larder, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("larder.transfer.parts._TIMEOUT", urllib3.Timeout(connect=0.1, read=20))
    slow = larder.fail_s3(Fault("PUT", "trickle", times=100, seconds=2))
    assert main(["upload", str(path)]) == 0
    assert slow.times == 99


def test_a_line_that_takes_nothing_any_more_is_given_up(
    larder: Larder, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("larder.net.connections._SEND_SECONDS", 0.3)
    larder.fail_s3(Fault("PUT", "hold"))
    assert main(["upload", str(path)]) == 0
    assert only_content(larder) == path.read_bytes()


def test_a_part_that_nobody_answers_is_sent_again(
    larder: Larder, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    larder.service.part_bytes = 64 * 1024
    monkeypatch.setattr("larder.transfer.parts._TIMEOUT", urllib3.Timeout(0.2))
    larder.fail_s3(Fault("PUT", "hold", skip=5, times=2))
    assert main(["upload", str(path)]) == 0
    assert only_content(larder) == path.read_bytes()

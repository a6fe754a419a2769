"""What can be uploaded, and what of it can no longer be read."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from larder.cli import main
from larder.errors import DamagedError
from larder.transfer.sources import FileSource
from tests.client.conftest import Larder


@pytest.fixture(params=["pipe", "device", "directory"])
def no_regular_file(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    if request.param == "device":
        return Path("/dev/null")
    path = tmp_path / "other"
    if request.param == "pipe":
        os.mkfifo(path)
    else:
        path.mkdir()
    return path


def test_what_is_no_regular_file_is_refused(
    no_regular_file: Path, larder: Larder, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["upload", str(no_regular_file)]) == 2
    assert "it is no regular file" in capsys.readouterr().err
    assert larder.service.requests == []


def test_a_file_that_is_gone_is_named_in_one_sentence(a_file: Callable[[int], Path]) -> None:
    source = FileSource(a_file(10))
    source.path.unlink()
    with pytest.raises(DamagedError) as error:
        list(source.read(0, 10))
    assert str(error.value) == f"cannot read {source.path} any more: No such file or directory"

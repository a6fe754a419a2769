"""`larder uploads`: what an interrupted upload reserves is seen and given back."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from larder.cli import main
from tests.client.conftest import Larder
from tests.client.fakes.faults import Fault

Capture = pytest.CaptureFixture[str]
MakeFile = Callable[..., Path]


@pytest.fixture
def interrupted(larder: Larder, a_file: MakeFile, capsys: Capture) -> str:
    """The id of an upload of 100 kB of which one part never got through."""
    larder.fail_s3(Fault("PUT", "status", skip=1, times=6, status=503))
    assert main(["upload", str(a_file(100_000)), "--threads", "1"]) == 6
    larder.s3.faults.clear()
    capsys.readouterr()
    (upload_id,) = larder.service.uploads
    return upload_id


def test_an_unfinished_upload_is_listed(larder: Larder, interrupted: str, capsys: Capture) -> None:
    assert main(["usage"]) == 0
    assert "97.7 KiB reserved by unfinished uploads" in capsys.readouterr().out
    assert main(["uploads", "list"]) == 0
    header, row = capsys.readouterr().out.splitlines()
    assert header.split() == [
        "ID",
        "SIZE",
        "PURPOSE",
        "STATUS",
        "CREATED",
        "EXPIRES",
        "FILENAME",
    ]
    assert row.startswith(f"{interrupted}  97.7 KiB  batch    pending")


def test_it_is_cancelled_and_gives_back_what_it_reserved(
    larder: Larder, interrupted: str, a_file: MakeFile, capsys: Capture
) -> None:
    assert main(["uploads", "cancel", interrupted]) == 0
    assert capsys.readouterr().out == f"Cancelled {interrupted}: 97.7 KiB given back.\n"
    assert larder.service.uploads[interrupted]["status"] == "cancelled"
    assert main(["uploads", "list", "--json"]) == 0
    assert capsys.readouterr().out == ""
    assert main(["upload", str(a_file(100_000))]) == 0  # begins anew


def test_all_are_listed_page_by_page(
    larder: Larder, interrupted: str, a_file: MakeFile, capsys: Capture
) -> None:
    assert main(["upload", str(a_file(100_000))]) == 0
    capsys.readouterr()
    larder.service.page_size = 1
    assert main(["uploads", "list", "--all", "--json"]) == 0
    uploads = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [upload["status"] for upload in uploads] == ["completed", "pending"]
    assert len(larder.service.called("GET /v1/uploads")) == 2


def test_one_that_is_none_does_not_stop_the_others(
    larder: Larder, interrupted: str, capsys: Capture
) -> None:
    assert main(["uploads", "cancel", "upload_none", interrupted, "--json"]) == 4
    captured = capsys.readouterr()
    assert captured.err == "larder: No such Upload object: upload_none\n"
    assert json.loads(captured.out)["status"] == "cancelled"

"""`larder.download_file` with the openai SDK's clients."""

import errno
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openai
import pytest
from openai.types import FileObject

import larder as larder_package
from larder.errors import (
    DamagedError,
    LarderError,
    NoAnswerError,
    NotUnderstoodError,
    TargetError,
    TargetExistsError,
    UsageError,
)
from larder.transfer.targets import (
    destination_of,
    must_be_a_directory_if_said,
    must_be_free,
)
from tests.client.conftest import Larder
from tests.client.fakes.faults import Fault
from tests.client.fakes.service import API_KEY
from tests.client.sdk_downloads import Download, download_in_a_loop, download_sync

RANGE_BYTES = 2**19
CONTENT = os.urandom(RANGE_BYTES * 2 + 1)
GET = "GET /content/"


@pytest.fixture(autouse=True)
def small_ranges(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("larder.transfer.partial.RANGE_BYTES", RANGE_BYTES)


@pytest.fixture(params=[download_sync, download_in_a_loop], ids=["sync", "async"])
def download(
    request: pytest.FixtureRequest, larder: Larder, monkeypatch: pytest.MonkeyPatch
) -> Download:
    """`larder.download_file` with a client of the SDK."""
    monkeypatch.setattr("openai._base_client.INITIAL_RETRY_DELAY", 0.01)
    way: Download = request.param
    return way


@pytest.fixture
def file_id(larder: Larder) -> str:
    """A file of three ranges."""
    return str(larder.service.add_file(CONTENT)["id"])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "downloads").mkdir()
    return tmp_path / "downloads"


@pytest.mark.parametrize("size", [0, 10, len(CONTENT)])
def test_a_path_gets_the_content_and_the_answer_tells_of_it(
    size: int, larder: Larder, download: Download, folder: Path
) -> None:
    file = larder.service.add_file(CONTENT[:size])
    done = download(file["id"], folder / "out")
    assert done == larder_package.Downloaded(
        FileObject.construct(**file), folder / "out", verified=True
    )
    assert (folder / "out").read_bytes() == CONTENT[:size]
    assert list(folder.iterdir()) == [folder / "out"]


@pytest.mark.parametrize("spelling", ["a path", "a text", "with a slash"])
def test_a_directory_takes_the_files_own_name(
    spelling: str, larder: Larder, download: Download, folder: Path
) -> None:
    file = larder.service.add_file(b"x", "größe 1.jsonl")
    target = {"a path": folder, "a text": str(folder), "with a slash": f"{folder}{os.sep}"}
    done = download(file["id"], target[spelling])
    assert done.path == folder / "größe 1.jsonl"
    assert done.path.read_bytes() == b"x"


@pytest.mark.parametrize("name", ["../../evil", "..\\evil", "/etc/evil"])
def test_a_hostile_name_does_not_lead_out_of_the_directory(
    name: str, larder: Larder, download: Download, folder: Path, tmp_path: Path
) -> None:
    done = download(larder.service.add_file(b"x", name)["id"], folder)
    assert done.path == folder / "evil"
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [done.path]


@pytest.mark.parametrize("name", ["..", ".", "a/..", "", "a\x1b[2J", "a\0b", "x/"])
def test_a_name_that_is_none_is_refused(
    name: str, larder: Larder, download: Download, folder: Path
) -> None:
    file = larder.service.add_file(b"x", name)
    with pytest.raises(TargetError, match="is not one for a file here: give the path of a file"):
        download(file["id"], folder)
    assert list(folder.iterdir()) == []
    assert larder.storage.ranges == []


def test_what_is_at_the_path_is_not_replaced(
    larder: Larder, file_id: str, download: Download, folder: Path
) -> None:
    target = folder / "out"
    target.write_bytes(b"the user's")
    with pytest.raises(FileExistsError) as error:
        download(file_id, target)
    assert isinstance(error.value, TargetExistsError)
    assert str(error.value) == f"{target} exists: replace=True replaces it"
    assert (error.value.errno, error.value.filename) == (errno.EEXIST, str(target))
    assert target.read_bytes() == b"the user's"
    assert larder.storage.ranges == []


def test_what_comes_to_be_at_the_path_meanwhile_is_not_replaced_either(
    file_id: str, download: Download, folder: Path
) -> None:
    target = folder / "out"
    with pytest.raises(FileExistsError, match="replace=True"):
        download(file_id, target, on_progress=lambda done, total: target.write_bytes(b"user's"))
    assert target.read_bytes() == b"user's"


def test_what_is_at_the_path_is_replaced_when_that_is_said(
    file_id: str, download: Download, folder: Path
) -> None:
    (folder / "out").write_bytes(b"old")
    (folder / "link").symlink_to("out")
    assert download(file_id, folder / "link", replace=True).path == folder / "link"
    assert (folder / "link").is_symlink()
    assert (folder / "out").read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("below", "number", "message"),
    [
        ("none/", errno.ENOTDIR, "is no directory: make it"),
        ("none/out", errno.ENOENT, "cannot write .*/none/out: No such file or directory"),
    ],
)
def test_a_directory_that_is_missing_is_an_os_error(
    below: str, number: int, message: str, file_id: str, download: Download, folder: Path
) -> None:
    with pytest.raises(TargetError, match=message) as error:
        download(file_id, f"{folder}/{below}")
    assert isinstance(error.value, OSError)
    assert error.value.errno == number
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("replace", [False, True])
def test_a_name_that_is_too_long_is_an_error_before_anything_is_read(
    replace: bool, larder: Larder, file_id: str, download: Download, folder: Path
) -> None:
    with pytest.raises(TargetError, match=r"cannot write .*: File name too long") as error:
        download(file_id, folder / ("y" * 300), replace=replace)
    assert error.value.errno == errno.ENAMETOOLONG
    assert larder.storage.ranges == []
    assert list(folder.iterdir()) == []


@pytest.fixture
def unsearchable(folder: Path) -> Iterator[Path]:
    """A directory in which nobody may look for anything, as whom also root runs for a while."""
    (folder / "in").mkdir(mode=0)
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    yield folder / "in"
    os.seteuid(user)


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="POSIX's modes")
@pytest.mark.parametrize("replace", [False, True])
def test_a_directory_that_may_not_be_searched_is_an_error(
    replace: bool, unsearchable: Path
) -> None:
    file: Any = {"filename": "a"}
    destination = destination_of(file, f"{unsearchable}/out")
    assert destination == unsearchable / "out"
    with pytest.raises(TargetError, match=r"cannot write .*/out: Permission denied"):
        must_be_free(destination, replace=replace)
    with pytest.raises(TargetError, match="is no directory"):
        must_be_a_directory_if_said(f"{unsearchable}/out/")


@pytest.mark.skipif(not Path("/dev/null").exists(), reason="there is none")
def test_a_device_is_written_to(file_id: str, download: Download) -> None:
    done = download(file_id, "/dev/null")
    assert (done.path, done.verified) == (Path("/dev/null"), True)
    assert Path("/dev/null").is_char_device()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="POSIX's pipes")
def test_a_pipe_that_is_refused_is_an_error(
    file_id: str, download: Download, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.mkfifo(folder / "pipe")

    def refuse(*arguments: Any, **options: Any) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(Path, "open", refuse)  # root may write all
    with pytest.raises(TargetError, match=r"cannot write .*/pipe: Permission denied"):
        download(file_id, folder / "pipe")


@pytest.mark.parametrize("target", [None, 7, b"out", "", "a\0b", [], object()])
def test_what_is_no_target_is_said_to_be_none(
    target: Any, larder: Larder, file_id: str, download: Download
) -> None:
    with pytest.raises(UsageError, match="target must be "):
        download(file_id, target)
    assert larder.service.requests == []


@pytest.mark.parametrize("file_id", ["", None, 7, b"file-1"])
def test_what_is_no_id_is_said_to_be_none(
    file_id: Any, larder: Larder, download: Download, folder: Path
) -> None:
    with pytest.raises(UsageError, match="file_id must be the id of a file"):
        download(file_id, folder)
    assert larder.service.requests == []


@pytest.mark.parametrize("client", [None, "sk-larder-x", openai])
def test_what_is_no_client_is_said_to_be_none(client: Any, folder: Path) -> None:
    with pytest.raises(UsageError, match="client must be an openai"):
        larder_package.download_file(client, "file-1", folder)
    with pytest.raises(UsageError, match="client must be an openai"):
        larder_package.upload_file(client, b"x", purpose="batch")


@pytest.mark.parametrize("threads", [0, 33, "4", 1.5, None])
def test_a_senseless_number_of_threads_is_refused(
    threads: Any, larder: Larder, file_id: str, download: Download, folder: Path
) -> None:
    with pytest.raises(UsageError, match="threads must be 1 to 32"):
        download(file_id, folder, threads=threads)
    assert larder.service.requests == []


def test_a_file_that_is_not_there_is_the_sdks_own_exception(
    larder: Larder, download: Download, folder: Path
) -> None:
    with pytest.raises(openai.NotFoundError, match="No such File object: file-none"):
        download("file-none", folder)
    assert len(larder.service.requests) == 1
    assert list(folder.iterdir()) == []


def test_a_service_that_does_not_answer_is_a_connection_error(
    larder: Larder, file_id: str, download: Download, folder: Path
) -> None:
    larder.fail_api(Fault("GET /v1/files/.*/url", "reset", times=100))
    with pytest.raises(openai.APIConnectionError):
        download(file_id, folder)


def test_the_clients_own_retries_are_used(
    larder: Larder, file_id: str, download: Download, folder: Path
) -> None:
    larder.fail_api(Fault("GET /v1/files/", "status", times=3, status=503))
    with pytest.raises(openai.InternalServerError):
        download(file_id, folder / "out", client={"max_retries": 2})
    larder.fail_api(Fault("GET /v1/files/", "status", times=2, status=503))
    assert download(file_id, folder / "out", client={"max_retries": 2}).verified


def test_the_clients_key_headers_and_query_go_with_every_call(
    larder: Larder, file_id: str, download: Download, folder: Path
) -> None:
    client = {
        "api_key": f" {API_KEY}\n",
        "default_headers": {"Larder-Owner": "bob"},
        "default_query": {"api-version": "1"},
        "base_url": f"{larder.base_url}/",
    }
    download(file_id, folder, client=client)
    sent = [(request.headers["larder-owner"], request.query) for request in larder.service.requests]
    assert sent == [("bob", {"api-version": "1"})] * 2


def test_a_key_that_is_none_is_not_shown(file_id: str, download: Download, folder: Path) -> None:
    with pytest.raises(UsageError, match="api_key is no key") as error:
        download(file_id, folder, client={"api_key": "hid\nden"})
    assert "hid" not in str(error.value)


def test_an_answer_that_no_larder_gives_is_not_understood(
    larder: Larder, file_id: str, download: Download, folder: Path
) -> None:
    larder.fail_api(Fault("GET /v1/files/[^/]*$", "status", status=200, body=b"<html>"))
    with pytest.raises(NotUnderstoodError):
        download(file_id, folder)


def test_an_interrupted_download_continues(
    larder: Larder, file_id: str, download: Download, folder: Path
) -> None:
    larder.fail_s3(Fault(GET, "reset", skip=1, times=100))
    with pytest.raises(NoAnswerError):
        download(file_id, folder / "out", threads=1)
    assert not (folder / "out").exists()
    larder.s3.faults.clear()
    larder.storage.ranges.clear()
    calls: list[int] = []
    assert download(
        file_id, folder / "out", on_progress=lambda done, total: calls.append(done)
    ).verified
    assert len(larder.storage.ranges) == 2
    assert (calls[0], calls[-1]) == (RANGE_BYTES, len(CONTENT))
    assert (folder / "out").read_bytes() == CONTENT


def test_a_url_that_expires_midway_is_renewed(
    larder: Larder, file_id: str, download: Download, folder: Path
) -> None:
    def expire_once(done: int, total: int) -> None:
        if done >= RANGE_BYTES and not expired:
            expired.append(True)
            larder.storage.expire_urls()

    expired: list[bool] = []
    assert download(file_id, folder / "out", threads=1, on_progress=expire_once).verified
    assert (folder / "out").read_bytes() == CONTENT
    assert len(larder.service.called("GET .*/url")) == 2


def test_a_file_that_is_deleted_midway_is_the_sdks_own_exception(
    larder: Larder, file_id: str, download: Download, folder: Path
) -> None:
    def delete(done: int, total: int) -> None:
        larder.service.files.clear()
        larder.storage.expire_urls()

    with pytest.raises(openai.NotFoundError):
        download(file_id, folder / "out", threads=1, on_progress=delete)


def test_damaged_content_does_not_get_the_name(
    larder: Larder, file_id: str, download: Download, folder: Path
) -> None:
    larder.service.wrong_checksum = True
    with pytest.raises(DamagedError, match="arrived damaged"):
        download(file_id, folder / "out")
    assert list(folder.iterdir()) == []


def test_content_without_a_checksum_is_said_not_to_be_verified(
    larder: Larder, file_id: str, download: Download, folder: Path
) -> None:
    larder.service.tells_checksums = False
    assert not download(file_id, folder / "out").verified
    assert (folder / "out").read_bytes() == CONTENT


def test_two_downloads_to_one_path_never_mix(
    file_id: str, download: Download, folder: Path
) -> None:
    def second(done: int, total: int) -> None:
        if not refused:
            with pytest.raises(LarderError, match="another download to"):
                download_sync(file_id, folder / "out")
            refused.append(True)

    refused: list[bool] = []
    download(file_id, folder / "out", threads=1, on_progress=second)
    assert refused
    assert (folder / "out").read_bytes() == CONTENT


def test_what_on_progress_raises_ends_the_download(
    file_id: str, download: Download, folder: Path
) -> None:
    def enough(done: int, total: int) -> None:
        raise InterruptedError("enough")

    with pytest.raises(InterruptedError, match="enough"):
        download(file_id, folder / "out", on_progress=enough)
    assert not (folder / "out").exists()

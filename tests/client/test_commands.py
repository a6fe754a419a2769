"""Each verb of the command line against the fake service."""

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from larder.cli import main
from tests.client.conftest import Larder
from tests.client.fakes.faults import Fault

MakeFile = Callable[..., Path]
Capture = pytest.CaptureFixture[str]


def run_json(capsys: Capture, *arguments: object) -> list[Any]:
    """The JSON objects that the command prints, one a line."""
    assert main([*map(str, arguments), "--json"]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_small_file_goes_in_one_call(larder: Larder, a_file: MakeFile, capsys: Capture) -> None:
    path = a_file(1000, "täglich 1.jsonl")
    (file,) = run_json(capsys, "upload", path)
    assert file["filename"] == "täglich 1.jsonl"
    assert larder.service.content(file["id"]) == path.read_bytes()
    paths = [request.path for request in larder.service.requests]
    assert paths == ["/v1/usage", "/v1/files"]


def test_upload_prints_the_id_for_a_person(
    larder: Larder, a_file: MakeFile, capsys: Capture
) -> None:
    assert main(["upload", str(a_file(100))]) == 0
    assert capsys.readouterr().out.strip() in larder.service.files


def test_a_large_file_goes_in_parts(larder: Larder, a_file: MakeFile, capsys: Capture) -> None:
    path = a_file(5 * 2**20)
    (file,) = run_json(capsys, "upload", path, "--expires-after", "7d")
    assert larder.service.content(file["id"]) == path.read_bytes()
    assert sorted(larder.storage.received) == list(range(1, 81))
    assert file["expires_at"] - file["created_at"] == 7 * 86400


def test_a_file_that_is_too_large_for_one_call_here_goes_in_parts(
    larder: Larder, a_file: MakeFile, capsys: Capture
) -> None:
    (file,) = run_json(capsys, "upload", a_file(100_000))
    assert file["bytes"] == 100_000
    assert len(larder.storage.received) == 2


def test_a_file_above_the_limit_is_refused_before_a_byte_is_sent(
    larder: Larder, a_file: MakeFile, capsys: Capture
) -> None:
    larder.service.file_bytes = 2**20
    assert main(["upload", str(a_file(5 * 2**20))]) == 5
    assert "at most 1048576 bytes" in capsys.readouterr().err
    assert larder.storage.received == []


def test_an_empty_file_can_be_uploaded_and_downloaded(
    larder: Larder, a_file: MakeFile, tmp_path: Path, capsys: Capture
) -> None:
    (file,) = run_json(capsys, "upload", a_file(0), "--no-validate")
    run_json(capsys, "download", file["id"], "-o", tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == b""


def test_one_unreadable_file_does_not_stop_the_others(
    larder: Larder, a_file: MakeFile, capsys: Capture
) -> None:
    assert main(["upload", "/no/such/file", str(a_file(100))]) == 2
    assert len(larder.service.files) == 1
    assert "cannot read /no/such/file: No such file or directory" in capsys.readouterr().err


def test_what_a_message_does_not_name_is_named_before_it(
    larder: Larder, a_file: MakeFile, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(a_file(100, "e").parent)
    larder.fail_api(Fault("POST", "status", status=400, body=b'{"error":{"message":"Never."}}'))
    assert main(["upload", "e"]) == 1
    assert capsys.readouterr().err == "larder: e: Never.\n"


def test_list_follows_the_pages(larder: Larder, capsys: Capture) -> None:
    larder.service.page_size = 2
    ids = [larder.service.add_file(b"x")["id"] for _ in range(5)]
    assert [file["id"] for file in run_json(capsys, "list")] == ids[::-1]
    assert [file["id"] for file in run_json(capsys, "list", "--order", "asc")] == ids


def test_list_stops_at_its_limit(larder: Larder, capsys: Capture) -> None:
    larder.service.page_size = 2
    ids = [larder.service.add_file(b"x")["id"] for _ in range(5)]
    assert [file["id"] for file in run_json(capsys, "list", "--limit", 3)] == ids[:1:-1]
    assert len(larder.service.called(r"GET /v1/files")) == 2


def test_list_shows_a_table(larder: Larder, capsys: Capture) -> None:
    file = larder.service.add_file(b"x" * 2048)
    assert main(["list"]) == 0
    header, row = capsys.readouterr().out.splitlines()
    assert header.split() == ["ID", "SIZE", "PURPOSE", "CREATED", "EXPIRES", "FILENAME"]
    assert row.startswith(f"{file['id']}  2.0 KiB")


def test_show_prints_the_file(larder: Larder, capsys: Capture) -> None:
    file = larder.service.add_file(b"x")
    assert run_json(capsys, "show", file["id"]) == [file]


@pytest.mark.parametrize("as_json", [True, False])
def test_show_prints_those_that_are_there(as_json: bool, larder: Larder, capsys: Capture) -> None:
    first, last = (larder.service.add_file(b"x") for _ in range(2))
    words = ["show", first["id"], "file-none", last["id"], "file-nor-this"]
    assert main([*words, "--json"] if as_json else words) == 4
    captured = capsys.readouterr()
    assert [file["id"] in captured.out for file in (first, last)] == [True, True]
    assert captured.err.splitlines() == [
        "larder: No such File object: file-none",
        "larder: No such File object: file-nor-this",
    ]


def test_delete_removes_the_file(larder: Larder, capsys: Capture) -> None:
    file = larder.service.add_file(b"x")
    assert run_json(capsys, "delete", file["id"])[0]["deleted"] is True
    assert larder.service.files == {}


def test_usage_says_what_is_held(larder: Larder, capsys: Capture) -> None:
    larder.service.add_file(b"x" * 2**20)
    assert main(["usage"]) == 0
    assert capsys.readouterr().out == "alice: 1.0 MiB of 2.0 GiB in 1 file\n"


def test_an_unknown_file_exits_with_4(larder: Larder, capsys: Capture) -> None:
    assert main(["show", "file-unknown"]) == 4
    assert capsys.readouterr().err == "larder: No such File object: file-unknown\n"


def test_a_wrong_key_exits_with_3(
    larder: Larder, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-larder-wrong")
    assert main(["list"]) == 3
    assert "Incorrect API key" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["OPENAI_BASE_URL", "OPENAI_API_KEY"])
def test_a_missing_setting_is_named(
    name: str, larder: Larder, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(name)
    assert main(["list"]) == 2
    assert name in capsys.readouterr().err


@pytest.mark.parametrize("code", ["storage_quota_exceeded", "catalog_full"])
def test_where_there_is_no_room_it_exits_with_5(
    code: str, larder: Larder, a_file: MakeFile
) -> None:
    body = b'{"error":{"message":"Full.","code":"%s"}}' % code.encode()
    larder.fail_api(Fault("POST /v1/files", "status", status=403, body=body))
    assert main(["upload", str(a_file(100))]) == 5


def test_no_answer_exits_with_6(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-larder-any")
    assert main(["list", "--base-url", "http://127.0.0.1:1/v1"]) == 6
    message = "larder: no answer from http://127.0.0.1:1/v1: Connection refused\n"
    assert capsys.readouterr().err == message


@pytest.mark.parametrize("life", ["5m", "59m", "31d", "0"])
def test_a_life_that_no_file_can_have_exits_with_2_and_names_the_range(
    life: str, larder: Larder, a_file: MakeFile, capsys: Capture
) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["upload", str(a_file(10)), f"--expires-after={life}"])
    assert "is out of bounds: 1h to 30d" in capsys.readouterr().err
    assert larder.service.requests == []


def test_an_argument_that_the_service_refuses_exits_with_2(
    larder: Larder, a_file: MakeFile, capsys: Capture
) -> None:
    assert main(["upload", str(a_file(10)), "--purpose", "lunch"]) == 2
    assert "Invalid purpose: 'lunch'" in capsys.readouterr().err


@pytest.mark.parametrize("size", ["x", "7 parsecs", "-1d"])
def test_a_wrong_duration_exits_with_2(size: str, capsys: Capture) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["upload", "a", f"--expires-after={size}"])
    assert "is not a duration" in capsys.readouterr().err


def test_download_takes_the_files_own_name(
    larder: Larder, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    file = larder.service.add_file(b"content", "results.jsonl")
    assert main(["download", file["id"]]) == 0
    assert capsys.readouterr().out == "results.jsonl\n"
    assert (tmp_path / "results.jsonl").read_bytes() == b"content"


def test_download_into_a_directory_takes_the_files_own_name(larder: Larder, tmp_path: Path) -> None:
    file = larder.service.add_file(b"content", "results.jsonl")
    assert main(["download", file["id"], "-o", str(tmp_path)]) == 0
    assert (tmp_path / "results.jsonl").read_bytes() == b"content"


def test_what_ends_as_a_directory_is_made_one(larder: Larder, tmp_path: Path) -> None:
    file = larder.service.add_file(b"content", "results.jsonl")
    assert main(["download", file["id"], "-o", f"{tmp_path}/new/deep/"]) == 0
    assert (tmp_path / "new/deep/results.jsonl").read_bytes() == b"content"


def test_what_ends_as_a_directory_does_not_replace_a_file(
    larder: Larder, tmp_path: Path, capsys: Capture
) -> None:
    file = larder.service.add_file(b"content")
    (tmp_path / "mine").write_bytes(b"mine")
    assert main(["download", file["id"], "-o", f"{tmp_path}/mine/"]) == 1
    assert "cannot make the directory" in capsys.readouterr().err
    assert (tmp_path / "mine").read_bytes() == b"mine"


def test_a_directory_may_be_said_to_be_one(larder: Larder, tmp_path: Path) -> None:
    file = larder.service.add_file(b"content", "results.jsonl")
    assert main(["download", file["id"], "-o", f"{tmp_path}/"]) == 0
    assert (tmp_path / "results.jsonl").read_bytes() == b"content"


def test_download_replaces_nothing_unless_forced(
    larder: Larder, tmp_path: Path, capsys: Capture
) -> None:
    target = tmp_path / "out"
    target.write_bytes(b"old")
    file = larder.service.add_file(b"new")
    assert main(["download", file["id"], "-o", str(target)]) == 1
    assert "--force" in capsys.readouterr().err
    assert target.read_bytes() == b"old"
    assert main(["download", file["id"], "-o", str(target), "--force"]) == 0
    assert target.read_bytes() == b"new"


@pytest.mark.parametrize("name", ["..", "a/..", "", "a\x1b[2J"])
def test_a_filename_that_is_none_here_needs_an_output(
    name: str, larder: Larder, capsys: Capture
) -> None:
    file = larder.service.add_file(b"x", name)
    assert main(["download", file["id"]]) == 1
    assert "use -o" in capsys.readouterr().err


def test_a_hostile_filename_stays_in_the_directory(
    larder: Larder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory = tmp_path / "in"
    directory.mkdir()
    monkeypatch.chdir(directory)
    file = larder.service.add_file(b"x", "../../evil")
    assert main(["download", file["id"]]) == 0
    assert [path.name for path in directory.iterdir()] == ["evil"]


def test_download_to_standard_output_streams(
    larder: Larder, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = io.TextIOWrapper(io.BytesIO())
    monkeypatch.setattr(sys, "stdout", output)
    content = bytes(range(256)) * 10_000
    file = larder.service.add_file(content)
    assert main(["download", file["id"], "-o", "-"]) == 0
    output.seek(0)
    assert output.buffer.read() == content


def test_an_output_that_cannot_be_written_is_one_line(
    larder: Larder, tmp_path: Path, capsys: Capture
) -> None:
    file = larder.service.add_file(b"x")
    assert main(["download", file["id"], "-o", str(tmp_path / "no" / "dir")]) == 1
    target = tmp_path / "no" / "dir"
    assert capsys.readouterr().err == f"larder: cannot write {target}: No such file or directory\n"

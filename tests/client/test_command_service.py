"""The command where the service is another, is not there, or is asked for an owner."""

import json
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from larder.api import calls
from larder.api.files import get_usage
from larder.api.http import HttpApi
from larder.cli import main
from larder.errors import NoAnswerError
from tests.client.conftest import Larder
from tests.client.fakes.faults import Fault
from tests.client.fakes.server import Response, serving
from tests.client.fakes.service import API_KEY

Capture = pytest.CaptureFixture[str]
MakeFile = Callable[..., Path]


@pytest.mark.parametrize("key", ["{}\n", " {}", "\t{}\r\n", "\N{NO-BREAK SPACE}{}"])
def test_white_space_around_the_key_is_no_part_of_it(
    key: str, larder: Larder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", key.format(API_KEY))
    assert main(["usage"]) == 0


@pytest.mark.parametrize("key", ["hid den", "hid\nden", "hiddené", "hid\x1bden", "hid\udcffden"])
def test_a_key_that_is_none_is_one_line_that_shows_none_of_it(
    key: str, larder: Larder, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", key)
    assert main(["usage"]) == 2
    error = capsys.readouterr().err
    assert error.startswith("larder: OPENAI_API_KEY is no key")
    assert error.count("\n") == 1
    assert "hid" not in error
    assert larder.service.requests == []


@pytest.mark.parametrize("url", ["{} ", "{}\n", " {}/", "{}/ ", "{}//"])
def test_white_space_around_the_base_url_is_no_part_of_it(
    url: str, larder: Larder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", url.format(larder.base_url))
    assert main(["usage"]) == 0
    assert main(["usage", "--base-url", url.format(larder.base_url)]) == 0


@pytest.mark.parametrize(
    "url",
    [
        "host/v1",
        "localhost:4580/v1",
        "//host/v1",
        "http://[::1/v1",
        "http://host:port/v1",
        "http://host:99999/v1",
        "http://",
        "ftp://host/v1",
        "http://ho st/v1",
        "http://host/v1?key=1",
        "http://host/v1#there",
        "http://ann:secret@host/v1",
        "http://h\N{LATIN SMALL LETTER E WITH ACUTE}/v1",
    ],
)
@pytest.mark.parametrize("given", ["as a setting", "as an option"])
def test_a_base_url_that_is_none_is_one_line(
    url: str, given: str, larder: Larder, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    if given == "as a setting":
        monkeypatch.setenv("OPENAI_BASE_URL", url)
        assert main(["usage"]) == 2
    else:
        assert main(["usage", "--base-url", url]) == 2
    error = capsys.readouterr().err
    assert error.startswith("larder: the base URL ")
    assert error.count("\n") == 1
    assert "secret" not in error


@pytest.fixture(
    params=[
        Response(404, b"<html>Not here</html>", {"content-type": "text/html"}),
        Response(404, b'{"detail":"Not Found"}', {"content-type": "application/json"}),
        Response(404),
        Response(405, b"Method Not Allowed"),
        Response(403, b'{"message":"Missing Authentication Token"}'),
        Response(404, b'{"error":{"message":"Unknown request URL","code":"unknown_url"}}'),
    ],
    ids=["html", "json", "nothing", "method", "another gateway", "another path"],
)
def elsewhere(request: pytest.FixtureRequest) -> Iterator[str]:
    """A base URL that is not Larder's."""
    with serving("127.0.0.1", lambda _: request.param) as server:
        yield f"{server.url}/v1"


@pytest.mark.parametrize("command", ["list", "show", "upload", "download", "delete", "usage"])
def test_a_url_of_another_is_said_to_be_no_larders(
    command: str, elsewhere: str, larder: Larder, a_file: MakeFile, capsys: Capture
) -> None:
    arguments = {"list": [], "usage": [], "upload": [str(a_file(10))]}.get(command, ["file-x"])
    assert main([command, *arguments, "--base-url", elsewhere]) == 6
    error = capsys.readouterr().err
    assert f"{elsewhere} is no Larder: it answered " in error
    assert error.count("\n") == 1


def test_where_nobody_listens_nobody_is_asked_again(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", API_KEY)
    monkeypatch.setattr(calls, "delays", lambda: iter([0.0, 0.0]))
    with socket.socket() as bound:  # and does not listen
        bound.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{bound.getsockname()[1]}/v1"
        assert main(["list", "--base-url", url]) == 6
    assert capsys.readouterr().err == f"larder: no answer from {url}: Connection refused\n"


def test_a_service_that_goes_away_meanwhile_is_asked_again(larder: Larder) -> None:
    messages: list[str] = []
    with serving("127.0.0.1", larder.service.answer) as server:
        api = HttpApi(f"{server.url}/v1", API_KEY, on_retry=messages.append)
        get_usage(api)
        server.faults.add(Fault("GET", "reset"))  # the connection that it kept
    with pytest.raises(NoAnswerError):
        get_usage(api)
    assert len(messages) == 4
    assert all("Connection refused; retrying in" in line for line in messages)


def test_what_is_tried_again_and_again_is_said(larder: Larder, capsys: Capture) -> None:
    larder.fail_api(Fault("GET", "reset", times=2))
    larder.fail_api(Fault("GET", "status", status=503))
    assert main(["list", "--json"]) == 0
    lines = capsys.readouterr().err.splitlines()
    assert lines == [
        f"larder: no answer from {larder.base_url}: Connection reset by peer; retrying in 0.0 s",
        "larder: the service answered 503; retrying in 0.0 s",
    ]


def test_what_is_tried_again_once_is_not_worth_a_word(larder: Larder, capsys: Capture) -> None:
    larder.fail_api(Fault("GET", "reset"))
    assert main(["list", "--json"]) == 0
    assert capsys.readouterr().err == ""


READS = [
    ["list"],
    ["show", "FILE"],
    ["download", "FILE", "-o", "OUT"],
    ["usage"],
    ["uploads", "list"],
]


@pytest.mark.parametrize("command", READS, ids=lambda command: command[0])
def test_a_service_reads_for_an_owner(command: list[str], larder: Larder, tmp_path: Path) -> None:
    words = {"FILE": larder.service.add_file(b"x")["id"], "OUT": str(tmp_path / "out")}
    assert main([*(words.get(word, word) for word in command), "--owner", "bob"]) == 0
    owners = [request.headers.get("larder-owner") for request in larder.service.requests]
    assert set(owners) == {"bob"}


@pytest.mark.parametrize("size", [10, 5 * 2**20])
def test_a_service_stores_results_for_an_owner(
    size: int, larder: Larder, a_file: MakeFile, capsys: Capture
) -> None:
    larder.service.purposes = ["batch-output"]
    assert main(["upload", str(a_file(size)), "--owner", "bob", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["purpose"] == "batch-output"
    owners = [request.headers.get("larder-owner") for request in larder.service.requests]
    assert set(owners) == {"bob"}


def test_an_upload_for_another_owner_is_another_upload(
    larder: Larder, a_file: MakeFile, capsys: Capture
) -> None:
    larder.service.purposes = ["batch-output"]
    path = str(a_file(100_000))
    larder.fail_s3(Fault("PUT", "status", times=12, status=503))
    assert main(["upload", path, "--owner", "bob"]) == 6
    larder.s3.faults.clear()
    assert main(["upload", path, "--owner", "carol"]) == 0
    assert [upload["status"] for upload in larder.service.uploads.values()] == [
        "pending",
        "completed",
    ]


def test_nobody_acts_for_what_is_no_owner(larder: Larder, capsys: Capture) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["usage", "--owner", "b/b"])
    assert "cannot name an owner" in capsys.readouterr().err
    assert larder.service.requests == []


def test_no_owner_is_sent_unless_named(larder: Larder) -> None:
    assert main(["usage"]) == 0
    assert "larder-owner" not in larder.service.requests[0].headers

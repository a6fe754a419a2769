"""`larder validate`, and what `larder upload` makes of a file that is no batch."""

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from larder.cli import main
from larder.values import format_exactly
from tests.client.conftest import Larder
from tests.client.fakes.faults import Fault
from tests.client.fakes.server import Response

MakeFile = Callable[..., Path]
Capture = pytest.CaptureFixture[str]


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """No service is set."""
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def lines(*ids: str, url: str = "/v1/x") -> str:
    request = {"method": "POST", "url": url, "body": {}}
    return "".join(f"{json.dumps({'custom_id': each, **request})}\n" for each in ids)


def put(path: Path, *parts: str) -> Path:
    path.write_text("".join(parts))
    return path


def test_a_valid_batch_is_a_line(larder: Larder, here: Path, capsys: Capture) -> None:
    path = put(here / "a.jsonl", lines("1", "2"))
    assert main(["validate", "a.jsonl"]) == 0
    size = format_exactly(path.stat().st_size)
    assert capsys.readouterr() == (f"a.jsonl: valid, 2 requests, {size}\n", "")


def test_faults_are_lines_that_editors_follow(larder: Larder, here: Path, capsys: Capture) -> None:
    put(here / "a.jsonl", lines("1", "1"))
    put(here / "b.jsonl", lines("1"), "[]\n")
    put(here / "c.jsonl", lines("1"))
    assert main(["validate", "a.jsonl", "b.jsonl", "c.jsonl"]) == 8
    out, err = capsys.readouterr()
    assert out.splitlines()[:2] == [
        'a.jsonl:2:15: custom_id "1" is that of line 1 already',
        "b.jsonl:2:1: an array, where a request is an object",
    ]
    assert out.splitlines()[2].startswith("c.jsonl: valid, 1 request, ")
    assert err.splitlines() == [
        "larder: a.jsonl: 1 fault in 2 requests",
        "larder: b.jsonl: 1 fault in 2 requests",
    ]


@pytest.mark.parametrize(
    ("options", "shown", "summary"),
    [
        ([], 20, ", of which 20 are shown"),
        (["--limit", "3"], 3, ", of which 3 are shown"),
        (["--all"], 29, ""),
    ],
)
def test_the_first_faults_are_shown_and_all_counted(
    options: list[str], shown: int, summary: str, larder: Larder, here: Path, capsys: Capture
) -> None:
    put(here / "a.jsonl", lines(*["1"] * 30))
    assert main(["validate", "a.jsonl", *options]) == 8
    out, err = capsys.readouterr()
    assert len(out.splitlines()) == shown
    assert err == f"larder: a.jsonl: 29 faults in 30 requests{summary}\n"


def test_as_json_each_fault_is_an_object_and_then_the_report(
    larder: Larder, here: Path, capsys: Capture
) -> None:
    path = put(here / "a.jsonl", lines("1", "1"))
    assert main(["validate", "a.jsonl", "--json"]) == 8
    fault, report = map(json.loads, capsys.readouterr().out.splitlines())
    assert fault == {
        "object": "batch.fault",
        "path": "a.jsonl",
        "line": 2,
        "column": 15,
        "code": "duplicate_custom_id",
        "message": 'custom_id "1" is that of line 1 already',
    }
    assert report == {
        "object": "batch.report",
        "path": "a.jsonl",
        "is_valid": False,
        "requests": 2,
        "bytes": path.stat().st_size,
        "fault_count": 1,
        "limits": {"bytes": larder.service.file_bytes, "requests": 50_000, "one_url": True},
    }


def test_standard_input_is_validated(
    larder: Larder, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = io.BytesIO(b"[]\n")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(content))
    assert main(["validate", "-"]) == 8
    out, err = capsys.readouterr()
    assert out == "stdin:1:1: an array, where a request is an object\n"
    assert err == "larder: -: 1 fault in 1 request\n"


def test_a_missing_file_is_a_wrong_argument_and_the_others_are_read(
    larder: Larder, here: Path, capsys: Capture
) -> None:
    put(here / "a.jsonl", lines("1"))
    assert main(["validate", "none", "a.jsonl"]) == 2
    out, err = capsys.readouterr()
    assert out.startswith("a.jsonl: valid")
    assert err == "larder: cannot read none: No such file or directory\n"


def test_the_service_says_how_many_requests_there_may_be(
    larder: Larder, here: Path, capsys: Capture
) -> None:
    put(here / "a.jsonl", lines("1", "2", "3"))
    larder.service.batch_requests = 2
    assert main(["validate", "a.jsonl"]) == 8
    assert capsys.readouterr().out == "a.jsonl:3:1: request 3, and a batch has at most 2\n"
    larder.service.batch_requests = None
    assert main(["validate", "a.jsonl"]) == 0


def report_of(capsys: Capture, *arguments: str) -> tuple[dict[str, Any], str]:
    assert main(["validate", *arguments, "--json"]) == 0
    out, err = capsys.readouterr()
    report: dict[str, Any] = json.loads(out)
    return report, err


OPENAIS = {"bytes": 200 * 2**20, "requests": 50_000, "one_url": True}
SAID = "larder: OpenAI's limits hold, 200 MiB and 50000 requests, since no service says its: "


@pytest.mark.usefixtures("alone")
def test_without_a_service_openais_limits_hold_which_is_said(here: Path, capsys: Capture) -> None:
    put(here / "a.jsonl", lines("1"))
    report, err = report_of(capsys, "a.jsonl")
    assert report["limits"] == OPENAIS
    assert err.startswith(f"{SAID}no base URL is set: run `larder login`")


@pytest.mark.usefixtures("alone")
@pytest.mark.parametrize(
    ("options", "variables", "words"),
    [
        (["--profile", "typo"], {}, "--profile 'typo' is no profile"),
        (["--base-url", "nonsense"], {}, "the base URL of --base-url must be like"),
        (["--base-url", ""], {}, "the base URL '' of --base-url must be like"),
        ([], {"LARDER_PROFILE": "typo"}, "LARDER_PROFILE 'typo' is no profile"),
        ([], {"LARDER_BASE_URL": "nonsense"}, "the base URL of LARDER_BASE_URL must be like"),
        ([], {"LARDER_API_KEY": "sk-larder-a"}, "LARDER_API_KEY is set, and no base URL"),
    ],
)
def test_a_service_that_is_named_wrongly_is_an_error(
    options: list[str],
    variables: dict[str, str],
    words: str,
    here: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Capture,
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    put(here / "a.jsonl", lines("1"))
    assert main(["validate", "a.jsonl", *options]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"larder: {words}")


@pytest.mark.usefixtures("alone")
@pytest.mark.parametrize("key", ["sk-proj-of-openai", "gsk_of-somebody"])
def test_a_key_of_the_sdks_alone_keeps_nobody_from_validating(
    key: str, here: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", key)
    put(here / "a.jsonl", lines("1"))
    assert report_of(capsys, "a.jsonl")[0]["limits"] == OPENAIS


def test_a_service_that_does_not_answer_keeps_nobody_from_validating(
    larder: Larder, here: Path, capsys: Capture
) -> None:
    put(here / "a.jsonl", lines("1"))
    larder.service.keys.clear()
    report, err = report_of(capsys, "a.jsonl")
    assert report["limits"] == OPENAIS
    assert err == f"{SAID}Incorrect API key provided.\n"


def test_a_service_of_an_older_version_is_understood(
    larder: Larder, here: Path, capsys: Capture
) -> None:
    put(here / "a.jsonl", lines("1"))
    larder.service.says_limits = False
    report, err = report_of(capsys, "a.jsonl")
    assert report["limits"] == OPENAIS
    assert err == f"{SAID}it is of an older version\n"
    assert main(["usage"]) == 0


@pytest.mark.parametrize(
    "limits", [None, {}, {"file_bytes": 1, "batch_bytes": 1}, {"file_bytes": 1, "batch_bytes": "x"}]
)
def test_limits_that_are_none_are_not_understood(
    limits: object, larder: Larder, capsys: Capture
) -> None:
    def alter(response: Response) -> Response:
        body = json.dumps({**json.loads(response.body), "limits": limits}).encode()
        return Response(200, body, {"content-type": "application/json"})

    larder.fail_api(Fault("GET /v1/usage$", "alter", times=100, alter=alter))
    assert main(["usage"]) == 6
    assert "is no Larder" in capsys.readouterr().err


def test_several_urls_are_valid_where_asked_for(
    larder: Larder, here: Path, capsys: Capture
) -> None:
    put(here / "a.jsonl", lines("1"), lines("2", url="/v1/y"))
    assert main(["validate", "a.jsonl"]) == 8
    assert 'url is "/v1/y", but "/v1/x" on line 1' in capsys.readouterr().out
    assert main(["validate", "a.jsonl", "--mixed-urls"]) == 0


# --- before an upload ---

REMEDY = "; it was not uploaded: --no-validate uploads it all the same"


def test_a_batch_with_faults_is_not_uploaded_and_the_others_are(
    larder: Larder, here: Path, capsys: Capture
) -> None:
    put(here / "a.jsonl", lines("1", "1"))
    put(here / "b.jsonl", lines("1"))
    assert main(["upload", "a.jsonl", "b.jsonl"]) == 8
    out, err = capsys.readouterr()
    assert err.splitlines() == [
        'larder: a.jsonl:2:15: custom_id "1" is that of line 1 already',
        f"larder: a.jsonl: 1 fault in 2 requests{REMEDY}",
    ]
    assert [file["filename"] for file in larder.service.files.values()] == ["b.jsonl"]
    assert out.strip() in larder.service.files
    assert len(larder.service.called("GET /v1/usage")) == 1


def test_a_batch_with_faults_is_uploaded_where_asked_for(larder: Larder, here: Path) -> None:
    put(here / "a.jsonl", lines("1", "1"))
    assert main(["upload", "a.jsonl", "--no-validate"]) == 0
    assert [request.path for request in larder.service.requests] == ["/v1/files"]


def test_what_is_no_batch_is_not_validated(larder: Larder, here: Path) -> None:
    larder.service.purposes.append("user_data")
    put(here / "a.txt", "x")
    assert main(["upload", "a.txt", "--purpose", "user_data"]) == 0
    assert [request.path for request in larder.service.requests] == ["/v1/files"]


def test_several_urls_are_uploaded_where_asked_for(larder: Larder, here: Path) -> None:
    put(here / "a.jsonl", lines("1"), lines("2", url="/v1/y"))
    assert main(["upload", "a.jsonl"]) == 8
    assert main(["upload", "a.jsonl", "--mixed-urls"]) == 0


def test_more_requests_than_the_service_says_are_not_uploaded(
    larder: Larder, here: Path, capsys: Capture
) -> None:
    put(here / "a.jsonl", lines("1", "2", "3"))
    larder.service.batch_requests = 2
    assert main(["upload", "a.jsonl"]) == 8
    assert "request 3, and a batch has at most 2" in capsys.readouterr().err
    assert larder.service.files == {}


def test_standard_input_is_validated_and_uploaded_whole(
    larder: Larder, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = lines("1", "2").encode()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
    assert main(["upload", "-"]) == 0
    assert larder.service.content(*larder.service.files) == content

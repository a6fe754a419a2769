"""A service that answers with something else than Larder would: one line, and never success."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest

from larder.cli import main
from tests.client.conftest import Larder
from tests.client.fakes.faults import Fault
from tests.client.fakes.other_shapes import WHOLE_BODIES, Altered, other_fields
from tests.client.fakes.server import Response
from tests.seed import drawn

pytestmark = pytest.mark.slow

Capture = pytest.CaptureFixture[str]
Altering = Callable[[Response], Response]
SIZE = 100_000  # too much for one call of the fake service: two parts


@dataclass(frozen=True)
class Case:
    """A command, and which of its calls is answered with something else.

    `unread` are fields of the answer that the command has no use for, or that may be null.
    """

    call: str
    command: tuple[str, ...]
    size: int = 10
    resumed: bool = False
    unread: frozenset[str] = field(default_factory=frozenset)

    def __str__(self) -> str:
        return f"{self.command[0]}: {self.call}"


FIELDS_EACH = 20
"""How many other fields a run gives a command, but for `make prove`, which gives all."""

FILE = "/v1/files/[^/]+$"
UPLOAD = "/v1/uploads/[^/]+"
UNREAD = frozenset({"first_id", "seconds", "checksum", "headers"})
CASES = [
    Case("GET /v1/files$", ("list",), unread=UNREAD | {"last_id"}),
    Case(f"GET {FILE}", ("show", "FILE")),
    Case(f"DELETE {FILE}", ("delete", "FILE")),
    Case("GET /v1/usage$", ("usage",), unread=UNREAD | {"owner", "limits"}),
    Case("POST /v1/files$", ("upload", "PATH", "--no-validate")),
    Case("POST /v1/uploads$", ("upload", "PATH", "--no-validate"), SIZE, unread=UNREAD),
    Case(
        f"POST {UPLOAD}/part_urls$",
        ("upload", "PATH", "--no-validate"),
        SIZE,
        unread=UNREAD | {"object", "id"},
    ),
    Case(f"POST {UPLOAD}/complete$", ("upload", "PATH", "--no-validate"), SIZE, unread=UNREAD),
    Case(f"GET {UPLOAD}$", ("upload", "PATH", "--no-validate"), SIZE, resumed=True, unread=UNREAD),
    Case(
        f"GET {UPLOAD}/parts$",
        ("upload", "PATH", "--no-validate"),
        SIZE,
        resumed=True,
        unread=UNREAD | {"part_number", "has_more", "object"},
    ),
    Case("GET /v1/uploads$", ("uploads", "list"), SIZE, resumed=True, unread=UNREAD | {"last_id"}),
    Case(
        f"POST {UPLOAD}/cancel$", ("uploads", "cancel", "UPLOAD"), SIZE, resumed=True, unread=UNREAD
    ),
    Case(f"GET {FILE}", ("download", "FILE", "-o", "OUT")),
    Case(
        "GET /v1/files/[^/]+/url$",
        ("download", "FILE", "-o", "OUT"),
        unread=frozenset({"crc64nvme"}),
    ),
]


class Scene:
    """Runs a case's command on a service of which one call goes wrong, as often as it is asked."""

    def __init__(self, larder: Larder, directory: Path, capsys: Capture) -> None:
        self.larder = larder
        self.directory = directory
        self.capsys = capsys

    def run(self, case: Case, alter: Altering, *, as_json: bool = True) -> tuple[int, str, str]:
        """The exit code, and what came on standard output and standard error."""
        self._prepare(case)
        fault = self.larder.fail_api(Fault(case.call, "alter", times=100, alter=alter))
        file = self.larder.service.add_file(b"content")
        arguments = self._arguments(case, file["id"], self.directory / "out")
        code = main([*arguments, *(["--json"] if as_json else [])])
        self.larder.api.faults.clear()
        assert fault.times < 100, f"{case} does not make the call"
        assert not (self.directory / "out").exists()
        output = self.capsys.readouterr()
        return code, output.out, output.err

    def true_answer(self, case: Case) -> bytes:
        """What the service answers when nothing is wrong."""
        answers: list[bytes] = []

        def note(response: Response) -> Response:
            answers.append(response.body)
            return response

        self._prepare(case)
        file = self.larder.service.add_file(b"content")
        arguments = self._arguments(case, file["id"], self.directory / "true")
        self.larder.fail_api(Fault(case.call, "alter", times=100, alter=note))
        assert main(arguments) == 0
        self.larder.api.faults.clear()
        self.capsys.readouterr()
        return answers[0]

    @property
    def path(self) -> Path:
        return self.directory / "in.jsonl"

    def _arguments(self, case: Case, file_id: str, out: Path) -> list[str]:
        words = {"FILE": file_id, "PATH": str(self.path), "OUT": str(out)}
        words["UPLOAD"] = next(reversed(self.larder.service.uploads), "")
        return [words.get(word, word) for word in case.command]

    def _prepare(self, case: Case) -> None:
        self.larder.service.files.clear()
        self.path.write_bytes(b"x" * case.size)
        if case.resumed:
            self.larder.fail_s3(Fault("PUT", "status", skip=1, times=6, status=503))
            assert main(["upload", str(self.path), "--threads", "1", "--no-validate"]) == 6
            self.larder.s3.faults.clear()
            self.capsys.readouterr()


@pytest.fixture
def scene(
    larder: Larder, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> Scene:
    monkeypatch.setattr("larder.api.retry._FIRST_DELAY", 0)
    return Scene(larder, tmp_path, capsys)


def assert_not_understood(difference: str, outcome: tuple[int, str, str]) -> None:
    code, out, err = outcome
    assert (code, out, err.count("\n")) == (6, "", 1), (difference, outcome)
    assert err.startswith("larder: "), difference
    assert "is no Larder: it answered" in err, difference
    assert len(err) < 500, difference


@pytest.mark.parametrize("case", CASES, ids=str)
@pytest.mark.parametrize("as_json", [True, False], ids=["json", "text"])
def test_another_body_is_one_line_and_exit_6(scene: Scene, case: Case, as_json: bool) -> None:
    for difference, body in WHOLE_BODIES.items():
        assert_not_understood(difference, scene.run(case, Altered(body), as_json=as_json))


@pytest.mark.slow
@pytest.mark.drawn
@pytest.mark.parametrize("case", CASES, ids=str)
def test_another_field_is_one_line_and_exit_6(
    scene: Scene, case: Case, pytestconfig: pytest.Config
) -> None:
    others = list(other_fields(scene.true_answer(case), case.unread))
    for difference, body in drawn(pytestconfig, str(case), others, FIELDS_EACH):
        assert_not_understood(difference, scene.run(case, Altered(body)))


@pytest.mark.parametrize("status", [204, 300, 302, 304])
@pytest.mark.parametrize("case", CASES, ids=str)
def test_another_status_is_one_line_and_exit_6(scene: Scene, case: Case, status: int) -> None:
    assert_not_understood(str(status), scene.run(case, lambda response: Response(status)))


@pytest.mark.parametrize(
    "location",
    [
        "http://[bad",
        "https://",
        "//host/x",
        "/v1/elsewhere",
        "",
        "file:///etc/passwd",
        "ftp://host/x",
        "javascript:alert(1)",
        "http://host:99999999/",
        "http://host:x/",
        "http://host:0/",
        "http:///x",
        "http://a b/",
        "http://h\xe9/",
    ],
)
def test_content_at_an_odd_place_is_one_line_and_exit_6(scene: Scene, location: str) -> None:
    odd = altered_json(lambda answer: answer.update(url=location))
    assert_not_understood(location, scene.run(CASES[-1], odd))


@pytest.mark.parametrize("checksum", ["", "x", "AAAAAAAAAAA", "\xe9", "AAAAAAAAAAA= x"])
def test_a_checksum_that_is_none_is_one_line_and_exit_6(scene: Scene, checksum: str) -> None:
    wrong = altered_json(lambda answer: answer.update(crc64nvme=checksum))
    assert_not_understood(checksum, scene.run(CASES[-1], wrong))


def altered_json(change: Callable[[Any], object]) -> Altering:
    """What `change` does to the answer's JSON."""

    def alter(response: Response) -> Response:
        answer = json.loads(response.body)
        change(answer)
        return Response(200, json.dumps(answer).encode())

    return alter


@pytest.mark.parametrize("case", [CASES[1], CASES[2], CASES[-2]], ids=str)
def test_another_files_answer_is_not_this_ones(scene: Scene, case: Case) -> None:
    other = altered_json(lambda file: file.update(id="file-other"))
    assert_not_understood("id", scene.run(case, other))


def test_a_file_that_was_not_deleted_is_not_told_as_deleted(scene: Scene) -> None:
    kept = altered_json(lambda deletion: deletion.update(deleted=False))
    assert_not_understood("deleted", scene.run(CASES[2], kept, as_json=False))


@pytest.mark.parametrize("case", [CASES[4], CASES[5], CASES[7], CASES[8]], ids=str)
def test_a_file_of_another_size_is_not_what_was_uploaded(scene: Scene, case: Case) -> None:
    larger = altered_json(lambda answer: answer.update(bytes=answer["bytes"] + 1))
    assert_not_understood("bytes", scene.run(case, larger))


def test_a_session_completed_without_a_file_is_no_success(scene: Scene) -> None:
    without = altered_json(lambda upload: upload.update(file=None))
    assert_not_understood("file", scene.run(CASES[7], without))


@pytest.mark.parametrize(("size", "count"), [(0, 2), (65_536, 3), (1, 100_000), (2**40, 2)])
def test_a_session_cut_into_senseless_parts_is_not_begun(
    scene: Scene, size: int, count: int
) -> None:
    cut = altered_json(lambda upload: upload.update(part_size=size, part_count=count))
    assert_not_understood("parts", scene.run(CASES[5], cut))


def renumber(*numbers: int) -> Callable[[Any], None]:
    def change(answer: Any) -> None:
        first = answer["data"][0]
        answer["data"] = [{**first, "part_number": number} for number in numbers]

    return change


@pytest.mark.parametrize("numbers", [(), (1,), (1, 1), (1, 3), (0, 1), (1, 2, 3), (1, 2, 2)])
def test_urls_of_other_parts_than_asked_for_are_not_used(
    scene: Scene, numbers: tuple[int, ...]
) -> None:
    assert_not_understood("urls", scene.run(CASES[6], altered_json(renumber(*numbers))))
    assert scene.larder.storage.received == []


def change_url(**fields: Any) -> Altering:
    return altered_json(lambda answer: answer["data"][0].update(fields))


@pytest.mark.parametrize(
    "fields",
    [
        {"url": "http://[bad"},
        {"url": "file:///etc/passwd"},
        {"url": "/x"},
        {"url": "http://h/\r\nx: y"},
        {"method": "DELETE"},
        {"headers": {"a": "b\r\nc: d"}},
        {"headers": {"a\r\nb": "c"}},
        {"headers": {"": "c"}},
        {"headers": {"a": "\u20ac"}},
        {"headers": {"a": 1}},
    ],
    ids=str,
)
def test_a_part_url_that_no_request_can_follow_is_not_used(
    scene: Scene, fields: dict[str, Any]
) -> None:
    assert_not_understood("url", scene.run(CASES[6], change_url(**fields)))


@pytest.mark.parametrize("as_json", [True, False])
@pytest.mark.parametrize(
    "page",
    [
        {"has_more": True},
        {"has_more": True, "last_id": None},
        {"has_more": True, "last_id": ""},
        {"has_more": True, "data": []},
        {"has_more": True, "data": [], "last_id": "file-1"},
    ],
    ids=str,
)
def test_a_list_without_progress_ends_with_an_error(
    scene: Scene, page: dict[str, Any], as_json: bool
) -> None:
    same = altered_json(lambda answer: answer.update(page))
    code, _, err = scene.run(CASES[0], same, as_json=as_json)
    assert (code, err.count("\n")) == (6, 1)
    assert len(scene.larder.service.called("GET /v1/files")) <= 2


def test_a_list_that_goes_in_circles_ends_with_an_error(larder: Larder, capsys: Capture) -> None:
    ids = cycle([larder.service.add_file(b"x")["id"] for _ in range(3)][1:])
    circle = altered_json(lambda answer: answer.update(has_more=True, last_id=next(ids)))
    larder.fail_api(Fault("GET", "alter", times=1000, alter=circle))
    larder.service.page_size = 1
    assert main(["list", "--json"]) == 6
    assert "its list of files has no end" in capsys.readouterr().err
    assert len(larder.service.requests) == 3


def test_a_page_of_more_than_asked_for_is_not_understood(scene: Scene) -> None:
    case = Case("GET /v1/files$", ("list", "--limit", "1"))
    twice = altered_json(lambda answer: answer.update(data=answer["data"] * 2))
    assert_not_understood("page", scene.run(case, twice))


def test_an_answer_of_gigabytes_is_not_read_to_its_end(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("larder.api.http._MOST_BYTES", 2**20)
    body = b'{"x": "' + b"x" * 2**22 + b'"}'
    assert_not_understood("long", scene.run(CASES[3], Altered(body)))


def test_content_of_another_range_is_not_taken(
    larder: Larder, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def another(response: Response) -> Response:
        return Response(206, response.body, {"content-range": "bytes 5-11/12"})

    larder.fail_s3(Fault("GET", "alter", times=100, alter=another))
    file = larder.service.add_file(b"content")
    assert main(["download", file["id"], "-o", str(tmp_path / "out")]) == 6
    assert "another range" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("message", [None, [], {"a": 1}, "", 5])
def test_a_refusal_without_words_says_its_status(
    message: object, larder: Larder, capsys: Capture
) -> None:
    body = json.dumps({"error": {"message": message, "code": {}}}).encode()
    larder.fail_api(Fault("GET", "status", status=400, body=body))
    assert main(["usage"]) == 1
    assert capsys.readouterr().err == "larder: the service answered 400 without a reason\n"


@pytest.mark.parametrize("body", [b"[" * 100_000, b'{"error":' * 100_000, b"\xff", b"9" * 5000])
def test_a_refusal_of_another_shape_is_not_larders(
    body: bytes, larder: Larder, capsys: Capture
) -> None:
    larder.fail_api(Fault("GET", "status", status=404, body=body))
    assert main(["usage"]) == 6
    error = capsys.readouterr().err
    assert "is no Larder: it answered GET /usage with status 404" in error
    assert error.count("\n") == 1


def test_a_message_of_pages_is_cut_to_a_line(larder: Larder, capsys: Capture) -> None:
    body = json.dumps({"error": {"message": "word\n" * 10_000}}).encode()
    larder.fail_api(Fault("GET", "status", status=400, body=body))
    assert main(["usage"]) == 1
    assert len(capsys.readouterr().err) < 1100


@pytest.mark.parametrize(
    "url", ["http://[bad", "ftp://host", "http://", "http://host:x", "http://\n"]
)
def test_a_base_url_that_is_none_exits_with_2(url: str, larder: Larder, capsys: Capture) -> None:
    assert main(["list", "--base-url", url]) == 2
    assert "the base URL" in capsys.readouterr().err


@pytest.mark.parametrize("key", ["sk\n-", "sk-\u20ac", "two words", "\udcff"])
def test_a_key_that_is_none_exits_with_2(
    key: str, larder: Larder, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", key)
    assert main(["list"]) == 2
    assert "OPENAI_API_KEY" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["show", "delete", "download"])
@pytest.mark.parametrize("file_id", ["\udcff", "..", "", "a/../b", "%", "\x1b"])
def test_an_id_that_is_none_is_not_found(
    command: str, file_id: str, larder: Larder, capsys: Capture
) -> None:
    assert main([command, file_id]) in {4, 6}
    assert capsys.readouterr().err.count("\n") == 1

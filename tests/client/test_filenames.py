"""Filenames on their way to the service and from it."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lambdas.api.form import parse_form
from larder.api.calls import Answer, Call
from larder.api.files import create_file
from larder.api.uploads import NewFile
from larder.net.connections import Pools
from larder.transfer.targets import is_plain
from tests.client.fakes.service import FakeService


class Recorder:
    """An API that only notes what it is asked."""

    def __init__(self) -> None:
        self.calls: list[Call] = []

    base_url = "http://recorder/v1"
    pools = Pools()

    def send(self, call: Call) -> Answer:
        self.calls.append(call)
        return Answer(200, {}, json.dumps(FakeService().add_file(b"x")).encode())


@given(name=st.text(st.characters(exclude_categories=["Cs"])))
@example("a%22b.jsonl")
@example(r"a\\b.jsonl")
@example('täglich "1"; name=x.jsonl')
@example("=?utf-8?q?x?=.jsonl")
def test_the_service_reads_a_small_files_name_as_it_is(name: str) -> None:
    api = Recorder()
    create_file(api, NewFile(name, 1, "batch", "text/plain", None), b"x")
    (call,) = api.calls
    assert call.body is not None
    file = parse_form(call.headers["Content-Type"], call.body).file("file")
    assert (file.filename, bytes(file.content), file.content_type) == (name, b"x", "text/plain")


@pytest.mark.parametrize(
    "name",
    [
        "C:evil.txt",
        "a:b",
        "results.jsonl::$DATA",
        "NUL",
        "nul.txt",
        "Con .tar.gz",
        "COM1",
        "lpt².log",
        "CONIN$",
        "a*",
        "what?",
        'a"b',
        "a|b",
        "<a>",
        "a.",
        "a ",
    ],
)
def test_a_name_that_windows_gives_another_meaning_is_plain_elsewhere_only(name: str) -> None:
    assert not is_plain(name, windows=True)
    assert is_plain(name, windows=False)


@pytest.mark.parametrize("name", ["a.jsonl", "täglich 1.jsonl", "null", "con1", "a.nul", ".env"])
def test_an_ordinary_name_is_plain_everywhere(name: str) -> None:
    assert is_plain(name, windows=True)
    assert is_plain(name, windows=False)


@pytest.mark.parametrize("windows", [False, True])
@pytest.mark.parametrize("name", ["", ".", "..", "a\x1b[2J", "a\n", "a\x9b2J", "\ud800"])
def test_what_names_no_file_is_plain_nowhere(name: str, windows: bool) -> None:
    assert not is_plain(name, windows=windows)

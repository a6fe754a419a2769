"""Filenames on their way to the service and from it."""

from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from lambdas.api.form import parse_form
from larder.api.calls import Call
from larder.api.files import create_file
from larder.api.uploads import NewFile


class Recorder:
    """An API that only notes what it is asked."""

    def __init__(self) -> None:
        self.calls: list[Call] = []

    def call(self, call: Call) -> Any:
        self.calls.append(call)


@given(name=st.text(st.characters(exclude_categories=["Cs"])))
@example("a%22b.jsonl")
@example(r"a\\b.jsonl")
@example('täglich "1"; name=x.jsonl')
def test_the_service_reads_a_small_files_name_as_it_is(name: str) -> None:
    api = Recorder()
    create_file(api, NewFile(name, 1, "batch", "text/plain", None), b"x")
    (call,) = api.calls
    assert call.body is not None
    file = parse_form(call.headers["Content-Type"], call.body).file("file")
    assert (file.filename, bytes(file.content), file.content_type) == (name, b"x", "text/plain")

"""Thousands of hostile forms: each is read exactly as it was sent, or refused, in linear time."""

import time
from collections.abc import Callable
from contextlib import suppress

import pytest

from lambdas.api.form import Form, parse_form
from lambdas.core.errors import InvalidRequest
from tests.bed.hostile_forms import HostileForm, hostile_form

FORMS = 3000


def read(form: HostileForm) -> Form | None:
    """Read a form as an endpoint does, None when it is refused."""
    with suppress(InvalidRequest):
        return parse_form(form.content_type, form.body)
    return None


def contents(form: Form) -> list[bytes]:
    """What the form holds, in any order."""
    texts = [text.encode() for text in form.fields.values()]
    return sorted([*texts, *(bytes(file.content) for file in form.files.values())])


@pytest.mark.parametrize("first", range(0, FORMS, FORMS // 4))
def test_each_is_read_as_it_was_sent_or_refused(first: int) -> None:
    for seed in range(first, first + FORMS // 4):
        form = hostile_form(seed)
        found = read(form)
        if found is not None:
            assert contents(found) == sorted(form.parts or []), f"seed {seed}"
        if form.is_good:
            assert found is not None, f"the form of seed {seed} is refused"
            assert bytes(found.files["file"].content) == dict(form.sent)["file"], f"seed {seed}"
            assert found.field("purpose") == "batch", f"seed {seed}"


def test_both_kinds_come_and_some_of_the_spoiled_are_still_forms() -> None:
    """Or the test above would say nothing."""
    read_or_not = [(form.is_good, read(form) is not None) for form in map(hostile_form, range(400))]
    assert read_or_not.count((True, True)) == 200
    assert read_or_not.count((False, True)) > 10
    assert read_or_not.count((False, False)) > 100


BOMBS: dict[str, Callable[[int], str]] = {
    "parameters": lambda size: ';x="y"' * (size // 6),
    "quotes": lambda size: '"' * size,
    "open quotes": lambda size: ';x="' * (size // 4),
    "escaped quotes": lambda size: ';x="' + '\\"' * (size // 2),
    "escapes that end": lambda size: ';x="\\"' * (size // 6),
    "backslashes": lambda size: ';x="' + "\\" * size,
    "semicolons": lambda size: ";" * size,
    "spaces": lambda size: ' ;x="' + " " * size + 'z"',
    "spaces without a value": lambda size: ";" + " " * size + "=",
    "names": lambda size: ";" + "x" * size,
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_header_of_any_kind_takes_no_time_to_speak_of(name: str) -> None:
    """Measured: under a millisecond for the 8 KiB that a part's headers may have."""
    bomb = BOMBS[name](8000)
    part = f'--b\r\nContent-Disposition: form-data{bomb};name="a"\r\n\r\n\r\n'.encode()

    def seconds() -> float:
        started = time.process_time()
        with suppress(InvalidRequest):
            parse_form("multipart/form-data; boundary=b", part + b"--b--")
        return time.process_time() - started

    assert min(seconds() for _ in range(3)) < 0.1

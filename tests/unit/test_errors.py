"""The tree of errors: every class says its status, type and code, and the docstring tells all."""

import re
from collections.abc import Iterator

import pytest

from lambdas.core import errors
from lambdas.core.errors import LarderError

# OpenAI's own types, and ours where it has none.
TYPES = {
    "invalid_request_error",
    "permission_error",
    "insufficient_quota",
    "idempotency_error",
    "server_error",
}


def subclasses(base: type[LarderError]) -> Iterator[type[LarderError]]:
    for child in base.__subclasses__():
        if child.__module__ == errors.__name__:
            yield child
            yield from subclasses(child)


EVERY_ERROR: list[type[LarderError]] = [LarderError, *subclasses(LarderError)]


def depth(error: type[LarderError]) -> int:
    return len(error.__mro__) - len(LarderError.__mro__)


def told() -> dict[str, tuple[int, int, str, str | None]]:
    """What the docstring says of each name: its depth, status, type and code."""
    pattern = re.compile(
        r"^    (?P<lead>[│├└─ ]*)(?P<name>[A-Z]\w+)"
        r" +(?P<status>\d{3}) +(?P<type>\w+)(?: +(?P<code>\w+))?$",
        re.MULTILINE,
    )
    return {
        line["name"]: (len(line["lead"]) // 4, int(line["status"]), line["type"], line["code"])
        for line in pattern.finditer(errors.__doc__ or "")
    }


@pytest.mark.parametrize("error", EVERY_ERROR)
def test_the_docstring_tells_of_the_error(error: type[LarderError]) -> None:
    assert told().get(error.__name__) == (depth(error), error.status, error.type, error.code)


def test_the_docstring_tells_of_no_other_error() -> None:
    assert set(told()) == {error.__name__ for error in EVERY_ERROR}


@pytest.mark.parametrize("error", EVERY_ERROR)
def test_an_error_has_a_status_and_a_type_that_go_together(error: type[LarderError]) -> None:
    assert error.type in TYPES
    assert (error.status >= 500) == (error.type == "server_error")


def test_only_what_may_pass_by_itself_is_not_permanent() -> None:
    passing = {error.__name__ for error in EVERY_ERROR if not error.permanent}
    assert passing == {"IdempotencyKeyInUse", "Busy", "TooSlow", "Unavailable"}


def test_the_quota_s_message_names_used_limit_and_needed() -> None:
    message = errors.TooManyBytes(used=11, quota=22, needed=33).message
    assert all(figure in message for figure in ("11", "22", "33"))


def test_a_file_that_is_not_found_is_told_in_one_way() -> None:
    error = errors.FileNotFound("file-abc")
    assert error.message == "No such File object: file-abc (not found, deleted or expired)"
    assert error.param == "file_id"

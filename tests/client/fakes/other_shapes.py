"""Answers that are valid HTTP, and mostly valid JSON, but not what the client asked for."""

import copy
import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from tests.client.fakes.server import Response

WHOLE_BODIES = {
    "nothing": b"",
    "no UTF-8": b"\xff\xfe",
    "HTML": b"<html><h1>Log in</h1></html>",
    "null": b"null",
    "a list": b"[]",
    "an empty object": b"{}",
    "a text": b'"x"',
    "a number": b"1",
    "true": b"true",
    "NaN": b"NaN",
    "a huge number": b"9" * 5000,
    "lists nested deep": b"[" * 100_000,
    "objects nested deep": b'{"data":' * 100_000,
    "lists in every place": b'{"id": [], "object": [], "data": {}, "has_more": [], "bytes": []}',
}

_OTHERS: tuple[Any, ...] = (None, [], {}, 1.5, True, "x", -1, 10**30, [None])


@dataclass(frozen=True)
class Altered:
    """What an answer becomes: another body, and nothing else."""

    body: bytes

    def __call__(self, response: Response) -> Response:
        return Response(200, self.body, {"content-type": "application/json"})


def other_fields(body: bytes, unread: Collection[str]) -> Iterator[tuple[str, bytes]]:
    """The JSON with one field at a time missing or of another type, `unread` apart."""
    answer = json.loads(body)
    for path, value in _fields(answer, unread):
        for other in _OTHERS:
            if not _is_of_the_kind_of(value, other):
                yield f"{path} is {other!r}", _with(answer, path, other)
        if isinstance(path[-1], str):
            yield f"{path} is missing", _with(answer, path, None, missing=True)


def _with(answer: Any, path: tuple[Any, ...], other: Any, *, missing: bool = False) -> bytes:
    place = altered = copy.deepcopy(answer)
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = other
    if missing:
        del place[path[-1]]
    return json.dumps(altered).encode()


def _fields(
    value: Any, unread: Collection[str], path: tuple[Any, ...] = ()
) -> Iterator[tuple[tuple[Any, ...], Any]]:
    steps: Any = value.items() if isinstance(value, dict) else enumerate(value)
    for step, inner in steps:
        if step in unread:
            continue
        yield (*path, step), inner
        if isinstance(inner, dict | list):
            yield from _fields(inner, unread, (*path, step))


def _is_of_the_kind_of(value: Any, other: Any) -> bool:
    if isinstance(value, dict) or value is None:
        return value is other
    if isinstance(value, list):
        return bool(other == [])
    return type(value) is type(other) and other not in {-1, 10**30}

"""Reading a part of content: how many bytes there are, and then four headers, a line each."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from werkzeug.http import parse_range_header

from lambdas.api.content import Span, span_of
from lambdas.api.request import Request
from lambdas.core.errors import RangeNotSatisfiable
from lambdas.core.file import new_file
from tests.fuzz.fakes import FILE_OF_ALICE, NOW

TOKENS = (
    b"100\nbytes=",
    b"bytes=0-99",
    b"bytes=-",
    b"bytes=-0",
    b"0-",
    b", ",
    b"99999999999999999999",
    b"*",
    b"W/",
    f'"{FILE_OF_ALICE.id}"'.encode(),
    b"\nTue, 18 Mar 2030 17:46:40 GMT",
    b"items=",
)


_GRAMMAR = re.compile(r"bytes=[ \t]*([0-9]+-[0-9]*|-[0-9]+)[ \t]*", re.IGNORECASE | re.ASCII)


def _last_of(header: str) -> int:
    """Return how many last bytes are asked for, -1 when it is a Range of another kind."""
    found = re.fullmatch(r"bytes=[ \t]*-([0-9]+)[ \t]*", header, re.IGNORECASE | re.ASCII)
    return int(found[1]) if found else -1


@dataclass(frozen=True)
class Difference:
    """What werkzeug reads otherwise, what the standard says, and when it is that."""

    what: str
    standard: str
    is_in: Callable[[str, int], bool]
    example: tuple[str, int]
    """A Range of content of so many bytes that werkzeug reads otherwise."""

    gives_all: bool = True
    """Whether all of the content is given; else the range cannot be satisfied."""


DIFFERENCES = (
    Difference(
        "a Range with a number of twenty digits is passed over",
        "RFC 9110, 14.2: a server may ignore a Range",
        lambda header, length: re.search("[0-9]{20}", header) is not None,
        (f"bytes=1-{10**20}", 100),
    ),
    Difference(
        "more last bytes than there are, are all of them; of nothing, without a Content-Range",
        "RFC 9110, 14.1.2",
        lambda header, length: length <= _last_of(header) != 0,
        ("bytes=-101", 100),
    ),
    Difference(
        "several ranges are passed over, and what the grammar has not: `bytes =0-`, `bytes=0--0`",
        "RFC 9110, 14.1.1 and 14.2",
        lambda header, length: _GRAMMAR.fullmatch(header) is None,
        ("bytes=0--0", 100),
    ),
    Difference(
        "no last bytes cannot be given, and are not all of them",
        "RFC 9110, 14.1.2",
        lambda header, length: _last_of(header) == 0,
        ("bytes=-0", 100),
        gives_all=False,
    ),
)


def run(data: bytes) -> None:
    """Try the headers of one GET."""
    size, *values = data.decode("latin-1").split("\n")
    names = ("range", "if-range", "if-none-match", "if-modified-since")
    headers = {name: value for name, value in zip(names, values, strict=False) if value}
    length = int(size) if size.isascii() and size.isdigit() and len(size) < 15 else 100
    file = new_file(
        owner="alice", filename="a", purpose="batch", size=length, seconds=3600, now=NOW
    )
    try:
        span = span_of(Request({}, headers, NOW), file)
    except RangeNotSatisfiable:
        found: tuple[int, int] | None = None
    else:
        if span is None:
            assert {"if-none-match", "if-modified-since"} & set(headers)
            return
        _must_be_sound(span, length)
        found = span.start, span.stop
    if not {"if-range", "if-none-match", "if-modified-since"} & set(headers):
        _must_agree(headers.get("range", ""), length, found)


def _must_be_sound(span: Span, length: int) -> None:
    assert 0 <= span.start <= span.stop <= length
    if span.status == 200:
        assert (span.start, span.stop) == (0, length)
    else:
        assert span.status == 206
        assert span.start < span.stop
        said = f"bytes {span.start}-{span.stop - 1}/{length}"
        assert span.headers["content-range"] == said


def _must_agree(header: str, length: int, found: tuple[int, int] | None) -> None:
    meant = by_werkzeug(header, length)
    assert found in (meant, *_explained(header, length)), f"{found}, and {meant} to werkzeug"


def by_werkzeug(header: str, length: int) -> tuple[int, int] | None:
    """Return the bytes that werkzeug would give, None when it can give none."""
    ranges = parse_range_header(header)
    if ranges is None or ranges.units != "bytes":
        return 0, length
    return ranges.range_for_length(length)


def _explained(header: str, length: int) -> list[tuple[int, int] | None]:
    """Return what is given in place of that, where a difference is in the list."""
    found = [one for one in DIFFERENCES if one.is_in(header, length)]
    return [(0, length) if one.gives_all else None for one in found]


def superfluous() -> list[str]:
    """Return the listed differences whose example does not show them."""
    return [one.what for one in DIFFERENCES if not _is_shown(one)]


def _is_shown(one: Difference) -> bool:
    (given,) = _explained(*one.example)
    return given != by_werkzeug(*one.example)

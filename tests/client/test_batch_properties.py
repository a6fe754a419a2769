"""Any batch is valid, any one thing wrong is found where it is, and a plain reader agrees."""

import json
from collections.abc import Callable, Iterator
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

import larder
from larder import BatchLimits

MARK = b"\xef\xbb\xbf"
LIMITS = BatchLimits(bytes=3000, requests=6)
Request = dict[str, Any]
# No lone surrogates, of which UTF-8 has none.
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
NUMBERS = st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda values: st.lists(values, max_size=3) | st.dictionaries(TEXTS, values, max_size=3),
    max_leaves=6,
)
OBJECTS = st.dictionaries(TEXTS | st.sampled_from(["custom_id", "url"]), VALUES, max_size=3)
ENDS = st.sampled_from(["\n", "\r\n", " \n"])


@st.composite
def requests(draw: st.DrawFn, least: int = 0) -> list[Request]:
    ids = draw(st.lists(TEXTS.filter(bool), min_size=least, max_size=6, unique=True))
    url = draw(TEXTS.map("/{}".format))
    return [
        {"custom_id": custom_id, "method": "POST", "url": url, "body": draw(OBJECTS)}
        for custom_id in ids
    ]


@st.composite
def written(draw: st.DrawFn, request: Request) -> str:
    """The request as some program writes it: members in any order, escapes or none."""
    members = draw(st.permutations(list(request.items())))
    separators = draw(st.sampled_from([(",", ":"), (", ", ": "), (" , ", "\t:\t")]))
    ascii_only = draw(st.booleans())
    return json.dumps(dict(members), ensure_ascii=ascii_only, separators=separators)


@st.composite
def batches(draw: st.DrawFn) -> list[str]:
    return [draw(written(request)) for request in draw(requests(least=1))]


@settings(deadline=None, max_examples=50)
@given(batches(), ENDS, st.sampled_from(["", "\n", " \n\n"]))
def test_any_list_of_requests_is_valid(lines: list[str], end: str, last: str) -> None:
    report = larder.validate_batch((end.join(lines) + last).encode())
    assert report.faults == ()
    assert report.requests == len(lines)


def without(name: str) -> Callable[[Request], str]:
    return lambda request: json.dumps({key: request[key] for key in request if key != name})


def having(name: str, value: object) -> Callable[[Request], str]:
    return lambda request: json.dumps({**request, name: value})


MUTATIONS: dict[str, Callable[[Request], str]] = {
    "missing_custom_id": without("custom_id"),
    "missing_method": without("method"),
    "missing_url": without("url"),
    "missing_body": without("body"),
    "invalid_custom_id": having("custom_id", [1]),
    "invalid_method": having("method", "GET"),
    "invalid_url": having("url", "https://example.com"),
    "invalid_body": having("body", "{}"),
    "not_an_object": lambda request: json.dumps([request]),
    "byte_order_mark": lambda request: "\ufeff" + json.dumps(request),
    "duplicate_key": lambda request: json.dumps(request)[:-1] + ',"custom_id":"other"}',
    "duplicate_key escaped": lambda request: (
        json.dumps(request)[:-1] + ',"\\u0063ustom_id":"other"}'
    ),
    "invalid_json": lambda request: json.dumps(request)[:-1],
    "blank_line": lambda request: "\n" + json.dumps(request),
}


@settings(deadline=None, max_examples=50)
@given(requests(least=1), st.sampled_from(sorted(MUTATIONS)), st.data())
def test_one_thing_wrong_is_found_at_its_line(
    good: list[Request], kind: str, data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(good) - 1))
    lines = [data.draw(written(request)) for request in good]
    lines[at] = MUTATIONS[kind](good[at])
    faults = larder.validate_batch("\n".join(lines).encode()).faults
    assert [(fault.code, fault.line) for fault in faults] == [(kind.partition(" ")[0], at + 1)]


@settings(deadline=None, max_examples=50)
@given(requests(least=2), st.data())
def test_a_duplicate_is_found_at_its_line_and_names_the_other(
    good: list[Request], data: st.DataObject
) -> None:
    at = data.draw(st.integers(1, len(good) - 1))
    other = data.draw(st.integers(0, at - 1))
    good[at] = {**good[at], "custom_id": good[other]["custom_id"]}
    lines = [data.draw(written(request)) for request in good]
    (fault,) = larder.validate_batch("\n".join(lines).encode()).faults
    assert (fault.code, fault.line) == ("duplicate_custom_id", at + 1)
    assert fault.message.endswith(f"is that of line {other + 1} already")
    value, _ = json.JSONDecoder().raw_decode(lines[at], fault.column - 1)
    assert value == good[at]["custom_id"]


# --- against a reader that is slow and plain ---

_PIECES = st.sampled_from(
    [
        *(b"\n", b"\r\n", b"", b" ", b"{", b"}", b"[", b"]", b'"', b",", b"\\", b"\0", b"\xff"),
        *(b"\xef\xbb\xbf", b"NaN", b"1e999", b"\\ud800", b"null"),
        *(b'"custom_id":"a",', b'"custom\\u005fid":"a",', b'"body":{},'),
    ]
)


@st.composite
def mangled(draw: st.DrawFn) -> bytes:
    """A batch into which something has been put, or of which something has been taken."""
    content = "\n".join(draw(batches())).encode()
    for _ in range(draw(st.integers(0, 4))):
        start = draw(st.integers(0, len(content)))
        end = min(len(content), start + draw(st.integers(0, 6)))
        content = content[:start] + draw(_PIECES | st.binary(max_size=4)) + content[end:]
    return content


@settings(deadline=None)
@given(mangled() | st.binary(max_size=200))
def test_a_plain_reader_finds_the_same_lines_wrong(content: bytes) -> None:
    report = larder.validate_batch(content, limits=LIMITS, most_faults=None)
    assert {fault.line for fault in report.faults} == lines_wrong(content)
    assert report.fault_count == len(report.faults)
    in_order = sorted(report.faults, key=lambda fault: (fault.line, fault.column))
    assert list(report.faults) == in_order
    first = larder.validate_batch(content, limits=LIMITS, most_faults=2)
    assert (list(first.faults), first.fault_count) == (in_order[:2], report.fault_count)
    lines = content.split(b"\n")
    for fault in report.faults:
        text = lines[fault.line - 1].decode(errors="replace")
        assert 1 <= fault.column <= len(text) + 1


def lines_wrong(content: bytes) -> set[int]:
    if content[:2] in (b"\xff\xfe", b"\xfe\xff", b"{\0", b"\0{", b"\x1f\x8b"):
        return {1}
    lines = dict(enumerate(content.split(b"\n"), 1))
    used = {number: line for number, line in lines.items() if line.strip(b" \t\r")}
    if not used:
        return {1, *line_too_far(lines)}
    wrong = {number for number in lines if number not in used and number < max(used)}
    wrong |= {*list(used)[6:7], *line_too_far(lines)}
    seen: set[str] = set()
    urls: list[str] = []
    for number, line in used.items():
        request = plainly_read(line.removeprefix(MARK))
        if line.startswith(MARK) or not is_right(request) or twice_named(line):
            wrong.add(number)
        if not isinstance(request, dict):
            continue
        custom_id, url = request.get("custom_id"), request.get("url")
        if isinstance(custom_id, str):
            wrong |= {number} if custom_id in seen else set()
            seen.add(custom_id)
        if isinstance(url, str) and url.startswith("/"):
            urls.append(url)
            wrong |= {number} if url != urls[0] else set()
    return wrong


def line_too_far(lines: dict[int, bytes]) -> Iterator[int]:
    """The first line with a byte beyond the limit, its end among them."""
    size = 0
    for number, line in lines.items():
        size += len(line) + (number < len(lines))
        if size > 3000:
            yield number
            return


def is_right(request: object) -> bool:
    return (
        isinstance(request, dict)
        and isinstance(request.get("custom_id"), str)
        and request["custom_id"] != ""
        and request.get("method") == "POST"
        and isinstance(request.get("url"), str)
        and request["url"].startswith("/")
        and isinstance(request.get("body"), dict)
    )


def twice_named(line: bytes) -> bool:
    """Whether the outermost object has two ids, however they are written."""
    if plainly_read(line.removeprefix(MARK)) is None:
        return False
    found: list[list[str]] = []
    text = line.removeprefix(MARK).decode()
    json.loads(text, object_pairs_hook=lambda pairs: found.append([name for name, _ in pairs]))
    is_object = text.lstrip(" \t\r").startswith("{")
    return is_object and found[-1].count("custom_id") > 1


def plainly_read(line: bytes) -> object:
    """The JSON value, or None: what of Python's own reading no other program takes is refused."""

    def refuse(word: str) -> None:
        raise ValueError(word)

    def number(text: str) -> float:
        if abs(float(text)) == float("inf"):
            raise ValueError(text)
        return 0.0

    try:
        value: object = json.loads(
            line.decode(), parse_constant=refuse, parse_float=number, parse_int=number
        )
        json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return None
    return value

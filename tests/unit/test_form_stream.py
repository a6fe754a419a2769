"""A form that comes in chunks is read as it is whole: the same fields, files and errors."""

import time
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.api.form import MAX_FIELD_BYTES, Form, FormStream, parse_form
from lambdas.api.form_parser import MAX_HEADER_BYTES, MAX_PARTS
from lambdas.core.errors import InvalidRequest
from tests.bed.foreign_forms import WRITERS
from tests.bed.hostile_forms import hostile_form

FORM = "multipart/form-data; boundary=a-boundary"
NAMED = b'Content-Disposition: form-data; name="file"; filename="x"\r\n'
CONTENT_BEGINS = b"--a-boundary\r\n" + NAMED + b"\r\n"
LAST = b"\r\n--a-boundary--"

CUTS = st.lists(st.integers(min_value=0, max_value=2**16), max_size=20)


def field(name: str, value: bytes) -> bytes:
    head = f'--a-boundary\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'
    return head.encode() + value + b"\r\n"


def cut(body: bytes, places: Iterable[int]) -> list[bytes]:
    ends = sorted({0, len(body), *(place % (len(body) + 1) for place in places)})
    return [body[start:end] for start, end in pairwise(ends)]


def byte_by_byte(body: bytes) -> Iterator[bytes]:
    return (body[place : place + 1] for place in range(len(body)))


Outcome = tuple[str, str | None] | tuple[dict[str, str], dict[str, tuple[str | None, bytes]]]


def told(form: Form, content: bytes | None = None) -> Outcome:
    """What a form holds; its content is given where it was handed on."""
    files = {name: (file.filename, file.content) for name, file in form.files.items()}
    if content is not None and "file" in files:
        files["file"] = (files["file"][0], content)
    return dict(form.fields), files


def whole(content_type: str, body: bytes) -> Outcome:
    try:
        return told(parse_form(content_type, body))
    except InvalidRequest as error:
        return error.message, error.param


def in_chunks(content_type: str, chunks: Iterable[bytes]) -> Outcome:
    try:
        stream = FormStream(content_type, "file")
        content = b"".join(piece for chunk in chunks for piece in stream.feed(chunk))
        stream.end()
    except InvalidRequest as error:
        return error.message, error.param
    assert stream.is_whole
    assert stream.content_begun == stream.content_ended == ("file" in stream.form.files)
    return told(stream.form, content)


# --- wherever it is cut ---


@pytest.mark.parametrize("sdk", WRITERS)
def test_a_form_of_another_sdk_is_the_same_byte_by_byte(sdk: str) -> None:
    content_type, body = WRITERS[sdk].create_file(b"\xff\r\n--4f2a\r\n" * 20, 86_400)
    read = in_chunks(content_type, byte_by_byte(body))
    assert isinstance(read[0], dict)
    assert read == whole(content_type, body)


@given(st.sampled_from(sorted(WRITERS)), st.binary(), CUTS)
def test_a_form_of_another_sdk_is_the_same_wherever_it_is_cut(
    sdk: str, content: bytes, places: list[int]
) -> None:
    content_type, body = WRITERS[sdk].create_file(content, 86_400)
    assert in_chunks(content_type, cut(body, places)) == whole(content_type, body)


@pytest.mark.parametrize("first", range(0, 400, 100))
def test_a_hostile_form_is_the_same_byte_by_byte(first: int) -> None:
    for form in map(hostile_form, range(first, first + 100)):
        read = in_chunks(form.content_type, byte_by_byte(form.body))
        assert read == whole(form.content_type, form.body)


@given(st.integers(min_value=0, max_value=10**6), CUTS)
def test_a_hostile_form_is_the_same_wherever_it_is_cut(seed: int, places: list[int]) -> None:
    form = hostile_form(seed)
    read = in_chunks(form.content_type, cut(form.body, places))
    assert read == whole(form.content_type, form.body)


PIECES = st.sampled_from(
    [
        CONTENT_BEGINS,
        LAST,
        field("purpose", b"batch"),
        field("purpose", b"\xff"),
        b'--a-boundary\r\nContent-Disposition: form-data; name="blob"; filename="y"\r\n\r\n',
        b"--a-boundary",
        b"\r\n--a-boundary\r\n",
        NAMED,
        b"Content-Length: 3\r\n",
        b"X:" + b" " * (MAX_HEADER_BYTES - 4),
        b"x" * MAX_FIELD_BYTES,
        b"\r\n",
        b"\r",
        b"\n",
        b"-",
        b"x",
        b"\xff",
    ]
)


@given(st.lists(PIECES | st.binary(max_size=4)).map(b"".join), CUTS)
def test_any_bytes_are_the_same_wherever_they_are_cut(body: bytes, places: list[int]) -> None:
    assert in_chunks(FORM, cut(body, places)) == whole(FORM, body)


@given(st.lists(PIECES, min_size=1, max_size=8).map(b"".join))
def test_a_form_that_begins_well_is_the_same_byte_by_byte(body: bytes) -> None:
    body = field("purpose", b"batch") + CONTENT_BEGINS + body
    assert in_chunks(FORM, byte_by_byte(body)) == whole(FORM, body)


# What the library alone answers otherwise when a chunk ends within it.
UNLIKE = {
    "a boundary within a line of the preamble": b"preamble of some length--a-boundary\r\n" + LAST,
    "a line feed before a header": CONTENT_BEGINS[:-2] + b"\nX: y\r\n\r\n" + LAST,
    "a line feed in a header": CONTENT_BEGINS[:-2] + b"X: y\nz\r\n\r\n" + LAST,
    "headers at their limit": CONTENT_BEGINS[:-2]
    + (b"X:" + b" " * MAX_HEADER_BYTES)[: MAX_HEADER_BYTES - len(NAMED) - 2]
    + b"\r\n\r\n"
    + LAST,
    "a header a byte too long": b"--a-boundary\r\nX:" + b" " * (MAX_HEADER_BYTES - 1) + b"\r\n",
    "a part's length that is none": CONTENT_BEGINS[:-2] + b"Content-Length: 9\r\n\r\n" + LAST,
}


@pytest.mark.parametrize("body", UNLIKE.values(), ids=UNLIKE)
def test_what_the_library_reads_by_its_chunks_is_the_same_wherever_it_is_cut(body: bytes) -> None:
    expected = whole(FORM, body)
    assert in_chunks(FORM, byte_by_byte(body)) == expected
    for place in range(len(body)):
        assert in_chunks(FORM, cut(body, [place])) == expected


def test_headers_may_be_as_long_as_their_limit() -> None:
    read = whole(FORM, UNLIKE["headers at their limit"])
    assert read == ({}, {"file": ("x", b"")})


# --- while it comes ---


def progress(stream: FormStream) -> str:
    state = {"begun": stream.content_begun, "ended": stream.content_ended, "whole": stream.is_whole}
    return " ".join(word for word, is_so in state.items() if is_so)


def test_the_content_is_known_before_its_bytes_come() -> None:
    stream = FormStream(FORM, "file")
    assert list(stream.feed(field("purpose", b"batch") + CONTENT_BEGINS[:-1])) == []
    assert progress(stream) == ""
    assert list(stream.feed(CONTENT_BEGINS[-1:])) == []
    assert progress(stream) == "begun"
    assert told(stream.form) == ({"purpose": "batch"}, {"file": ("x", b"")})


def test_the_content_has_ended_once_its_last_byte_was_handed_on() -> None:
    stream = FormStream(FORM, "file")
    assert list(stream.feed(CONTENT_BEGINS + b"content\r")) == [b"content"]
    assert list(stream.feed(b"\n--a-boundary")) == []
    assert progress(stream) == "begun"
    assert list(stream.feed(b"\r\n")) == []
    assert progress(stream) == "begun ended"
    assert list(stream.feed(field("purpose", b"batch").removeprefix(b"--a-boundary\r\n"))) == []
    assert list(stream.feed(b"--a-boundary--")) == []
    assert progress(stream) == "begun ended whole"


def test_what_follows_the_last_boundary_is_ignored() -> None:
    stream = FormStream(FORM, "file")
    list(stream.feed(CONTENT_BEGINS + LAST))
    assert stream.is_whole
    assert list(stream.feed(CONTENT_BEGINS + b"more")) == []
    stream.end()


def test_a_chunk_within_the_content_is_handed_on_without_a_copy() -> None:
    stream = FormStream(FORM, "file")
    list(stream.feed(CONTENT_BEGINS))
    chunk = b"content" * 1000
    (piece,) = stream.feed(chunk)
    assert piece is chunk


@pytest.mark.parametrize(
    ("before", "param"),
    [
        (field("purpose", b"\xff"), "purpose"),
        (field("purpose", b"x" * (MAX_FIELD_BYTES + 1)), "purpose"),
        (field("purpose", b"batch") * 2, "purpose"),
        (field("purpose", b"batch").replace(b'"purpose"', b'""'), None),
        (b"--a-boundary\r\nno header\r\n\r\n\r\n", None),
        (b"".join(field(str(number), b"") for number in range(MAX_PARTS)), None),
    ],
)
def test_a_bad_field_is_refused_before_the_content_is_handed_on(
    before: bytes, param: str | None
) -> None:
    stream = FormStream(FORM, "file")
    feed = stream.feed(before + CONTENT_BEGINS + b"content" + LAST)
    with pytest.raises(InvalidRequest) as caught:
        next(feed)
    assert caught.value.param == param


def test_a_field_is_refused_while_it_grows() -> None:
    stream = FormStream(FORM, "file")
    list(stream.feed(field("purpose", b"x" * MAX_FIELD_BYTES)[:-2]))
    with pytest.raises(InvalidRequest) as caught:
        list(stream.feed(b"x"))
    assert caught.value.param == "purpose"


def test_headers_are_refused_while_they_grow() -> None:
    stream = FormStream(FORM, "file")
    list(stream.feed(b"--a-boundary\r\nX: "))
    with pytest.raises(InvalidRequest) as caught:
        list(stream.feed(b"x" * MAX_HEADER_BYTES))
    assert f"more than {MAX_HEADER_BYTES} bytes" in caught.value.message


def test_a_content_type_without_a_boundary_is_refused_before_anything_comes() -> None:
    with pytest.raises(InvalidRequest):
        FormStream("multipart/form-data", "file")


# --- linear time ---

SIZE = 2**16
HOSTILE = {
    "look-alikes": CONTENT_BEGINS + b"\r\n--a-boundar" * (SIZE // 13),
    "line breaks": CONTENT_BEGINS + b"\r\n" * (SIZE // 2),
    "a preamble of look-alikes": b"\r\n--a-boundar" * (SIZE // 13),
    "headers": b"".join(
        field(str(number), b"").replace(b"\r\n\r\n", b"\r\nX: " + b"x" * 8000 + b"\r\n\r\n")
        for number in range(8)
    ),
    "many headers": b"".join(
        field(str(number), b"").replace(
            b"\r\n\r\n", b"\r\n" + b"".join(b"%d:\r\n" % count for count in range(1200)) + b"\r\n"
        )
        for number in range(8)
    ),
    "fields": b"".join(field(str(number), b"\r" * MAX_FIELD_BYTES) for number in range(8)),
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
def test_tiny_chunks_of_anything_take_about_as_long_as_tiny_chunks_of_content(body: bytes) -> None:
    plain = CONTENT_BEGINS + b"x" * (len(body) - len(CONTENT_BEGINS))
    # Measured: 0.5 to 4 times as long. Quadratic work would take thousands of times as long.
    assert fastest(lambda: feed(body)) < 20 * fastest(lambda: feed(plain))


def feed(body: bytes) -> None:
    stream = FormStream(FORM, "file")
    for chunk in byte_by_byte(body):
        list(stream.feed(chunk))


def fastest(call: Callable[[], object]) -> float:
    """Return the seconds that the fastest of three calls took, so that noise does not count."""

    def seconds() -> float:
        start = time.process_time()
        call()
        return time.process_time() - start

    return min(seconds() for _ in range(3))

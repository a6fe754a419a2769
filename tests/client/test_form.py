"""The form reader, against forms cut at any place."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from larder.sdk.form import FormReader, MalformedFormError

BOUNDARY = "b0"
# Contents of a few characters that delimiters are made of, so that near misses are common.
contents = st.binary(max_size=40) | st.lists(
    st.sampled_from([b"\r", b"\n", b"-", b"--", b"\r\n--", b"b", b"0", b"\r\n--b"]), max_size=12
).map(b"".join)


def form_of(parts: list[bytes]) -> bytes:
    written = b"".join(
        b'--b0\r\nContent-Disposition: form-data; name="%d"; filename="f"\r\n'
        b"Content-Type: text/plain\r\n\r\n%s\r\n" % (number, content)
        for number, content in enumerate(parts)
    )
    return written + b"--b0--\r\n"


def cut(form: bytes, size: int) -> Iterator[bytes]:
    for start in range(0, len(form), size):
        yield form[start : start + size]


def read(form: bytes, size: int) -> list[bytes]:
    return [b"".join(part.content) for part in FormReader(BOUNDARY, cut(form, size)).parts()]


@given(parts=st.lists(contents, min_size=1, max_size=3), size=st.integers(1, 50))
def test_contents_are_read_as_they_were_written(parts: list[bytes], size: int) -> None:
    parts = [content for content in parts if b"\r\n--b0" not in b"\r\n" + content]
    assert read(form_of(parts), size) == parts


@given(content=contents, size=st.integers(1, 50))
def test_the_size_of_a_last_file_follows_from_that_of_the_form(content: bytes, size: int) -> None:
    form = form_of([b"x", content.replace(b"b", b"")])
    reader = FormReader(BOUNDARY, cut(form, size))
    *_, (offset, length) = [(reader.offset, sum(map(len, part.content))) for part in reader.parts()]
    assert len(form) - offset - reader.closing_size == length


@given(size=st.integers(1, 60), end=st.integers(0, 10_000))
def test_a_form_that_is_cut_is_malformed(size: int, end: int) -> None:
    form = form_of([b"one", b"two"])
    with pytest.raises(MalformedFormError):
        read(form[: end % (len(form) - 2)], size)


def test_a_part_knows_its_name_filename_and_type() -> None:
    head = 'Content-Disposition: form-data; name="file"; filename="ä %22; name=.jsonl"'
    form = f"--b0\r\n{head}\r\ncontent-type: text/x\r\n\r\n--b0\r\n--b0--\r\n".encode()
    (part,) = [
        (part.name, part.filename, part.mime_type)
        for part in FormReader(BOUNDARY, iter([form])).parts()
    ]
    assert part == ("file", 'ä "; name=.jsonl', "text/x")


@pytest.mark.parametrize(
    "form",
    [
        b"",
        b"no form at all",
        b"--b0\r\n\r\n\r\n--b0--\r\n",
        b"--b0\r\n" + b"x: y\r\n" * 10_000,
        b'--b0\r\nContent-Disposition: form-data; name="a"\r\n\r\n'
        + b"x" * 100_000
        + b"\r\n--b0--",
    ],
)
def test_what_is_no_form_is_malformed(form: bytes) -> None:
    parts = FormReader(BOUNDARY, cut(form, 1000)).parts()
    with pytest.raises(MalformedFormError):
        [part.text() for part in parts]

"""What is read in time linear in its size: each reader, and input that grows as one likes."""

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO

from lambdas.api.content import span_of
from lambdas.api.form import Form, expires_after_field
from lambdas.api.json_object import json_object
from lambdas.api.request import Request
from lambdas.core.callers import SERVICE, caller_of
from lambdas.core.errors import LarderError
from lambdas.core.expiry import lifetime
from lambdas.core.filenames import attachment, clean_filename
from lambdas.core.idempotency import must_be_a_key
from lambdas.core.pages import page_request
from lambdas.stores.catalog.files import file_of
from lambdas.stores.catalog.sessions import sound_upload_of
from lambdas.stores.catalog.stream import gone_by
from larder.transfer.journal import Journal
from tests.fuzz.both_ways import in_pieces, whole
from tests.fuzz.fakes import FILE_OF_ALICE, NOW

UPLOAD_ID = "upload_01kb0000000000000000000000"


def _form(data: bytes) -> None:
    content_type, _, body = data.partition(b"\n")
    whole(content_type.decode("latin-1"), body)


def _form_in_pieces(data: bytes) -> None:
    content_type, _, body = data.partition(b"\n")
    in_pieces(content_type.decode("latin-1"), body, 1000)


def _life(data: bytes) -> None:
    name, _, value = data.decode().partition("\0")
    lifetime(expires_after_field(Form({name: value}, {})))


def _headers(data: bytes) -> None:
    value = data.decode("latin-1")
    headers = {"range": value, "if-range": value, "if-none-match": value}
    for call in (
        lambda: span_of(Request({}, {"range": value}, NOW), FILE_OF_ALICE),
        lambda: span_of(Request({}, headers, NOW), FILE_OF_ALICE),
        lambda: caller_of("batch-system", frozenset({SERVICE}), value),
        lambda: must_be_a_key(value),
        lambda: page_request("file-", limit=value),
        lambda: page_request("file-", after=value),
    ):
        _refused_or_not(call)


def _filename(data: bytes) -> None:
    attachment(data.decode())
    clean_filename(data.decode())


def _journal(data: bytes) -> None:
    head = {"id": "file-1"}
    journal = Journal(BytesIO(json.dumps(head).encode() + b"\n" + data), head)  # type: ignore[arg-type]
    journal.read()


def _item(data: bytes) -> None:
    keys = {"owner": {"S": "alice"}, "id": {"S": UPLOAD_ID}}
    text = {"S": data.decode()}
    item = {**keys, "bytes": {"N": "1"}, "session": text, "file": text, "object_key": text}
    change = {"Keys": keys, "OldImage": item, "ApproximateCreationDateTime": NOW}
    record = {"eventName": "REMOVE", "dynamodb": {**change, "SequenceNumber": "1"}}
    gone_by({"Records": [record]})
    for call in (lambda: sound_upload_of(item), lambda: file_of(item)):
        _refused_or_not(call)


def _refused_or_not(call: Callable[[], object]) -> None:
    with suppress(LarderError, ValueError):
        call()


@dataclass(frozen=True)
class Growing:
    """Input of any size: a head, then as many of the middle as it takes, and a tail."""

    read: Callable[[bytes], object]
    head: bytes
    middle: bytes
    tail: bytes = b""

    def of(self, size: int) -> bytes:
        """Return it with about so many bytes."""
        return self.head + self.middle * (size // len(self.middle)) + self.tail

    def try_(self, data: bytes) -> None:
        """Read it; that it is refused is as good."""
        _refused_or_not(lambda: self.read(data))


_TYPE = b"multipart/form-data; boundary=b\n"
_FILE = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
_PART = b'--b\r\nContent-Disposition: form-data; name="purpose"'

FORMS = {
    "content of line breaks": (_FILE, b"\r\n", b"\r\n--b--"),
    "content of CRs": (_FILE, b"\r", b"\r\n--b--"),
    "content of almost boundaries": (_FILE, b"\r\n--", b"\r\n--b--"),
    "content of boundaries within lines": (_FILE, b"--b\r", b"\r\n--b--"),
    "content that never ends": (_FILE, b"\r\n-", b""),
    "a preamble of almost boundaries": (b"", b"\r\n--", b"\r\n" + _FILE + b"\r\n--b--"),
    "a preamble of dashes": (b"", b"-", b""),
    "an epilogue of boundaries": (_FILE + b"\r\n--b--", b"\r\n--b", b""),
    "parts": (b"", _PART + b"\r\n\r\n\r\n", b"--b--"),
    "a header of parameters": (_PART, b';x="', b"\r\n\r\n\r\n--b--"),
    "a header of escapes": (_PART + b';x="', b'\\"', b"\r\n\r\n\r\n--b--"),
    "a header of spaces": (_PART, b" ", b"\r\n\r\n\r\n--b--"),
    "headers": (_PART, b"\r\nx:", b"\r\n\r\n\r\n--b--"),
    "a header without an end": (_PART, b"\r", b""),
    "a field": (_PART + b"\r\n\r\n", b"x", b"\r\n--b--"),
}

TYPES = {
    "a type of parameters": (b"multipart/form-data", b"; x=y", b"\n--b--"),
    "a type of quotes": (b'multipart/form-data; x="', b'\\"', b"\n--b--"),
    "a type of open quotes": (b"multipart/form-data", b';x="', b"\n--b--"),
    "a type of spaces": (b"multipart/form-data;", b" ", b"=\n--b--"),
}

GROWING: dict[str, Growing] = {
    **{
        f"{name}, {how}": Growing(read, _TYPE + head, *rest)
        for name, (head, *rest) in FORMS.items()
        for how, read in (("whole", _form), ("in pieces", _form_in_pieces))
    },
    **{name: Growing(_form, *parts) for name, parts in TYPES.items()},
    "JSON of members": Growing(json_object, b'{"a":[', b'{"b":1},', b"0]}"),
    "JSON of brackets": Growing(json_object, b'{"a":', b"["),
    "JSON of brackets beside one another": Growing(json_object, b'{"a":[', b"[],", b"0]}"),
    "JSON of one number": Growing(json_object, b'{"a":', b"9", b"}"),
    "JSON of one fraction": Growing(json_object, b'{"a":0.', b"9", b"}"),
    "JSON of numbers": Growing(json_object, b'{"a":[', b"1e99,", b"0]}"),
    "JSON of escapes": Growing(json_object, b'{"a":"', b"\\ud83e\\udd6b", b'"}'),
    "JSON of backslashes": Growing(json_object, b'{"a":"', b"\\\\"),
    "JSON of a long name": Growing(json_object, b'{"', b"\\u0000", b'":1}'),
    "JSON of spaces": Growing(json_object, b"{", b" ", b"}"),
    "a life in brackets": Growing(_life, b"expires_after[", b"]", b"\0001"),
    "a life in escapes": Growing(_life, b"expires_after", b"%5B%5D", b"\0001"),
    "a life of words": Growing(_life, b"", b"time_to_", b"\0001"),
    "a life of digits": Growing(_life, b"expires_after[seconds]\0", b"9"),
    "a life as JSON": Growing(_life, b'expires_after\0{"seconds":', b"9", b"}"),
    "headers of digits": Growing(_headers, b"bytes=0-", b"9"),
    "headers of tags": Growing(_headers, b"", b'W/"a" , '),
    "headers of spaces": Growing(_headers, b"bytes=", b" ", b"0-1x"),
    "headers of letters": Growing(_headers, b"file-0", b"a"),
    "a filename of letters": Growing(_filename, b"", b"a"),
    "a filename of folders": Growing(_filename, b"", b"../"),
    "a filename of emoji": Growing(_filename, b"", "🥫".encode()),
    "a filename of escapes": Growing(_filename, b"", b"%22"),
    "a journal of lines": Growing(_journal, b"", b"[1, 2]\n"),
    "a journal of brackets": Growing(_journal, b"", b"["),
    "a journal of digits": Growing(_journal, b"[1, ", b"9", b"]"),
    "a journal of other line breaks": Growing(_journal, b"", b"[1, 2]\x0b"),
    "an item of brackets": Growing(_item, b"", b"["),
    "an item of members": Growing(_item, b"{", b'"a":1,', b'"b":2}'),
    "an item of quotes": Growing(_item, b'{"id":"', b'\\"', b'"}'),
    "an item of slashes": Growing(_item, b"expires-in-30d", b"/alice"),
}

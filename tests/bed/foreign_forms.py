"""Forms as the openai SDKs of other languages write them, byte for byte but for the boundary.

Written down from what their public sources do, of the versions named: openai-go
`internal/apiform/encoder.go` on Go's `mime/multipart`; openai-java `HttpRequestBodies.kt`, and
Apache's `MultipartEntityBuilder` before 4.23; openai-ruby `internal/util.rb` and
`type/file_input.rb`; openai-dotnet's generated `…Serialization.Multipart.cs` on
`System.ClientModel`'s `MultiPartFormContent`, and .NET's `ContentDispositionHeaderValue`.
"""

from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

Headers = Sequence[str]


@dataclass(frozen=True)
class File:
    """What is sent as `file` or `data`: a path's content with its name, or bytes alone."""

    name: str
    content: bytes
    filename: str | None


@dataclass(frozen=True)
class Writer:
    """How one SDK writes a form: its boundary, and the headers of a field and of a file."""

    boundary: str
    field: Callable[[str], Headers]
    file: Callable[[File], Headers]
    content_type: str = "multipart/form-data; boundary={}"
    life: Callable[[int], Mapping[str, str]] = lambda seconds: {
        "expires_after[anchor]": "created_at",
        "expires_after[seconds]": str(seconds),
    }
    file_first: bool = True
    """Whether `file` precedes `purpose`; Go sorts its fields by their names."""

    sends: str | None = "größe.jsonl"
    """The filename that it is given; None where the SDK is given bytes alone."""

    means: str | None = None
    """What the File is called, if not as `sends`."""

    def create_file(self, content: bytes, seconds: int) -> tuple[str, bytes]:
        """Write the form of `files.create`: its Content-Type, and the body."""
        life = [(self.field(name), value.encode()) for name, value in self.life(seconds).items()]
        file = [(self.file(File("file", content, self.sends)), content)]
        purpose = [(self.field("purpose"), b"batch")]
        parts = file + purpose + life if self.file_first else life + file + purpose
        return self._written(parts)

    def add_part(self, content: bytes) -> tuple[str, bytes]:
        """Write the form of `uploads.parts.create`."""
        return self._written([(self.file(File("data", content, self.sends)), content)])

    @property
    def filename(self) -> str:
        """What the File is to be called."""
        return self.means or self.sends or "upload"

    def _written(self, parts: Sequence[tuple[Headers, bytes]]) -> tuple[str, bytes]:
        line = f"--{self.boundary}".encode()
        body = b""
        for headers, content in parts:
            head = "".join(f"{header}\r\n" for header in headers).encode()
            body += line + b"\r\n" + head + b"\r\n" + content + b"\r\n"
        return self.content_type.format(self.boundary), body + line + b"--\r\n"


def _disposition(parameters: str) -> str:
    return f"Content-Disposition: form-data; {parameters}"


def _quoted(name: str, filename: str | None) -> str:
    more = "" if filename is None else f'; filename="{filename}"'
    return _disposition(f'name="{name}"{more}')


def _with_type(content_type: str | None) -> Callable[[File], Headers]:
    return lambda file: [
        _quoted(file.name, file.filename),
        *([f"Content-Type: {content_type}"] if content_type else []),
    ]


def _typed_field(name: str) -> Headers:
    return [_quoted(name, None), "Content-Type: text/plain"]


def _untyped_field(name: str) -> Headers:
    return [_quoted(name, None)]


def _url_encoded_field(name: str) -> Headers:
    return [_quoted(quote(name, safe=""), None), "Content-Type: text/plain"]


def _bare_field(name: str) -> Headers:
    # .NET quotes a name only where it must.
    shown = f'"{name}"' if "[" in name else name
    return ["Content-Type: text/plain; charset=utf-8", _disposition(f"name={shown}")]


def _json_life(seconds: int) -> Mapping[str, str]:
    return {"expires_after": f'{{"anchor":"created_at","seconds":{seconds}}}'}


def _dotted_life(seconds: int) -> Mapping[str, str]:
    return {"expires_after.anchor": "created_at", "expires_after.seconds": str(seconds)}


def _mime_word(filename: str) -> str:
    """Write a filename as .NET does: base64 in one RFC 2047 word when it is not ASCII."""
    if filename.isascii():
        return filename
    return f'"=?utf-8?B?{b64encode(filename.encode()).decode()}?="'


def _net_file(file: File) -> Headers:
    assert file.filename is not None
    star = quote(file.filename, safe="!#$&+-.^_`|~")
    names = f"filename={_mime_word(file.filename)}; filename*=utf-8''{star}"
    return ["Content-Type: application/octet-stream", _disposition(f"name={file.name}; {names}")]


def _old_net_file(file: File) -> Headers:
    assert file.filename is not None
    return [_disposition(f"name={file.name}; filename={_mime_word(file.filename)}")]


OCTETS = "application/octet-stream"
_GO = "4f2a" * 15
_RUBY = "jX0-_w" * 10 + "Aa"
_OLD_RUBY = "jX0-_w" * 13 + "Aa"
_NET = "=_0aZ" * 14
_NET_TYPE = 'multipart/form-data; boundary="{}"'
_APACHE_TYPE = "multipart/form-data; charset=ISO-8859-1; boundary={}"

WRITERS: dict[str, Writer] = {
    "openai-go": Writer(_GO, _untyped_field, _with_type(OCTETS), file_first=False),
    "openai-go, a name with quotes": Writer(
        _GO,
        _untyped_field,
        _with_type(OCTETS),
        file_first=False,
        sends=r"a \"b\".jsonl",
        means='a "b".jsonl',
    ),
    "openai-go, a reader without a name": Writer(
        _GO, _untyped_field, _with_type(OCTETS), file_first=False, sends="anonymous_file"
    ),
    "openai-go before 3.12": Writer(
        _GO, _untyped_field, _with_type(OCTETS), life=_dotted_life, file_first=False
    ),
    "openai-java": Writer("1f0e3dad-9990-4a5b-8c5e-123456789abc", _typed_field, _with_type(OCTETS)),
    "openai-java, byte[]": Writer(
        "1f0e3dad-9990-4a5b-8c5e-123456789abc", _typed_field, _with_type(OCTETS), sends=None
    ),
    "openai-java before 4.23": Writer(
        "Zq_-7" * 7,
        _typed_field,
        _with_type(OCTETS),
        content_type=_APACHE_TYPE,
        sends="batch.jsonl",
    ),
    "openai-java before 4.23, byte[]": Writer(
        "Zq_-7" * 7, _typed_field, _with_type(OCTETS), content_type=_APACHE_TYPE, sends=None
    ),
    "openai-ruby": Writer(_RUBY, _typed_field, _with_type(OCTETS)),
    "openai-ruby, a String": Writer(_RUBY, _typed_field, _with_type("text/plain"), sends="upload"),
    "openai-ruby up to 0.57": Writer(
        _RUBY, _url_encoded_field, _with_type(OCTETS), sends="batch.jsonl"
    ),
    "openai-ruby up to 0.26": Writer(
        _OLD_RUBY, _url_encoded_field, _with_type(OCTETS), sends="batch.jsonl"
    ),
    "openai-ruby up to 0.26, a StringIO": Writer(
        _OLD_RUBY, _url_encoded_field, _with_type(OCTETS), sends=None
    ),
    "openai-ruby up to 0.26, a String": Writer(
        _OLD_RUBY, _url_encoded_field, _with_type("text/plain"), sends=None
    ),
    "openai-dotnet": Writer(_NET, _bare_field, _net_file, content_type=_NET_TYPE, life=_json_life),
    "openai-dotnet, an ASCII name": Writer(
        _NET,
        _bare_field,
        _net_file,
        content_type=_NET_TYPE,
        life=_json_life,
        sends="batch.jsonl",
    ),
    ".NET without FileNameStar": Writer(
        "7d9f2c1e-5b7a-4d54-9d1f-0c1b2a394857",
        _bare_field,
        _old_net_file,
        content_type=_NET_TYPE,
        sends="ÿÿÿ 日本語.jsonl",
    ),
}

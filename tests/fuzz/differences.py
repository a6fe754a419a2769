"""Where other parsers of forms rightly read a form otherwise than Larder does, and why."""

import re
from collections.abc import Callable
from dataclasses import dataclass

TYPE = "multipart/form-data; boundary=b"
BOTH = ("werkzeug", "python-multipart")
WERKZEUG, PYTHON_MULTIPART = ("werkzeug",), ("python-multipart",)


@dataclass(frozen=True)
class SentForm:
    """A form that Larder accepts, as it was sent."""

    boundary: bytes
    body: bytes

    @property
    def line(self) -> bytes:
        """What begins the lines between its parts."""
        return b"--" + self.boundary

    @property
    def dispositions(self) -> bytes:
        """The Content-Disposition of each part, a line each; content that looks so is there too."""
        found = re.findall(rb"^content-disposition:.*", self.body, re.IGNORECASE | re.MULTILINE)
        return b"\n".join(line.rstrip(b"\r") for line in found)

    def has(self, pattern: bytes) -> bool:
        """Tell whether a Content-Disposition has this."""
        return re.search(pattern, self.dispositions, re.IGNORECASE) is not None


@dataclass(frozen=True)
class Difference:
    """What others read otherwise: who they are, what the standard says, and when it is that."""

    what: str
    who: tuple[str, ...]
    standard: str
    is_in: Callable[[SentForm], bool]
    example: bytes
    """A body, with the boundary `b`, that they read otherwise."""

    of_content: bool = False
    """Whether it is where content begins and ends; else it is of names alone."""


def _begins_within_a_line(form: SentForm) -> bool:
    delimiter = form.body.find(b"\r\n" + form.line)
    return not form.body.startswith(form.line) and form.body.find(form.line) != delimiter + 2


def _has_other_line_breaks(form: SentForm) -> bool:
    line, bare = re.escape(form.line), rb"(?:(?<!\r)\n|\r(?!\n))"
    either = bare + line + rb"|" + line + rb"(?:--)?[^\S\r\n]*" + bare
    return re.search(either, form.body) is not None


def _part(disposition: bytes, content: bytes = b"x") -> bytes:
    return (
        b"--b\r\nContent-Disposition: form-data; " + disposition + b"\r\n\r\n" + content + b"\r\n"
    )


def _form(disposition: bytes) -> bytes:
    return _part(disposition) + b"--b--"


DIFFERENCES: tuple[Difference, ...] = (
    Difference(
        "the first boundary begins a line, and a line ends in CRLF",
        BOTH,
        "RFC 2046, 5.1.1",
        _begins_within_a_line,
        b"\r\nx" + _form(b'name="a"') + b"\r\n" + _form(b'name="c"'),
        of_content=True,
    ),
    Difference(
        "a boundary follows CRLF, and no CR or LF alone",
        WERKZEUG,
        "RFC 2046, 5.1.1; RFC 7578, 4.1",
        _has_other_line_breaks,
        _part(b'name="a"', b"x\n--b--") + b"--b--",
        of_content=True,
    ),
    Difference(
        "a part's content begins behind the blank line, whose CRLF begins no boundary",
        WERKZEUG,
        "RFC 7578, 4.1: a CRLF of its own precedes each boundary",
        lambda form: b"\r\n\r\n" + form.line in form.body,
        _part(b'name="a"', b"--b--") + b"--b--",
        of_content=True,
    ),
    Difference(
        "`filename*` is the name, before `filename`; .NET sends both",
        BOTH,
        "RFC 6266, 4.3; RFC 8187, 3.2",
        lambda form: form.has(rb"\*[0-9]*\*?[ \t]*="),
        _form(b'name="a"; filename*=UTF-8\'\'b; filename="c"'),
    ),
    Difference(
        "a quotation mark in a name is %22",
        PYTHON_MULTIPART,
        "HTML, multipart/form-data encoding algorithm",
        lambda form: form.has(rb"%22"),
        _form(b'name="a"; filename="%22"'),
    ),
    Difference(
        "CR and LF in a name are %0D and %0A",
        BOTH,
        "HTML, multipart/form-data encoding algorithm",
        lambda form: form.has(rb"%0[DA]"),
        _form(b'name="a"; filename="%0D%0A"'),
    ),
    Difference(
        "a backslash escapes itself and a quotation mark, and is itself elsewhere",
        PYTHON_MULTIPART,
        "RFC 9110, 5.6.4; HTML, as above, for browsers, which escape no backslash",
        lambda form: form.has(rb"\\"),
        _form(rb'name="a"; filename="C:\b"'),
    ),
    Difference(
        "so is one before the last quotation mark, or before any other character",
        WERKZEUG,
        "HTML, as above; RFC 9110, 5.6.4 has a quoted pair there too",
        lambda form: form.has(rb'\\(?:"[ \t]*(?:;|$)|[^"\\])'),
        _form(rb'name="a"; filename="C:\b"'),
    ),
    Difference(
        "encoded words are read, since .NET sends them",
        BOTH,
        "RFC 2047, 2",
        lambda form: form.has(rb"=\?"),
        _form(b'name="a"; filename="=?utf-8?B?YQ==?="'),
    ),
    Difference(
        "white space beside the `=` of a parameter is passed over",
        WERKZEUG,
        "RFC 2045, 5.1 as RFC 822, 3.1.4 has it; RFC 9110, 5.6.6 has none to pass over",
        lambda form: form.has(rb"[ \t]=|=[ \t]"),
        _form(b'name="a"; filename = "c"'),
    ),
    Difference(
        "a value without quotes goes on to the next `;`, spaces and all",
        WERKZEUG,
        "RFC 2045, 5.1 allows a token alone",
        lambda form: form.has(rb"=[^\";]*[^\";!#$%&'*+\-.^_`|~0-9A-Za-z=][^\";]*(?:;|$)"),
        _form(b'name="a"; filename=b c'),
    ),
)


def explained(who: str, form: SentForm, *, of_content: bool) -> bool:
    """Tell whether a difference is in the list; one of names explains none of content."""
    return any(
        who in one.who and (one.of_content or not of_content) and one.is_in(form)
        for one in DIFFERENCES
    )

"""Forms: a line that is the request's Content-Type, and then its body.

Both ways in read the same, whatever the pieces are in which it comes, and whoever else accepts the
form reads the same too.
"""

from lambdas.api.form import Form
from lambdas.api.form_headers import boundary_of
from lambdas.core.file_changes import NewFile
from tests.bed.hostile_forms import HostileForm
from tests.fuzz.both_ways import in_pieces, new_file, new_file_of, whole
from tests.fuzz.differences import DIFFERENCES, TYPE, Difference, SentForm, explained
from tests.fuzz.other_parsers import BOUNDARIES, PARSERS, Seen

TOKENS = (
    b"multipart/form-data; boundary=b\n",
    b"\r\n",
    b"\r\n\r\n",
    b"--b",
    b"--b--",
    b"\r\n--b\r\n",
    b"\r\n--b--\r\n",
    b"Content-Disposition: form-data; name=",
    b"Content-Type: ",
    b"Content-Transfer-Encoding: ",
    b'"file"',
    b'"purpose"',
    b"; filename=",
    b"; filename*=UTF-8''",
    b"%22",
    b"%0D%0A",
    b'\\"',
    b"\\\\",
    b"=?utf-8?B?",
    b"=?utf-8?Q?",
    b"?=",
    b"expires_after",
    b"[seconds]",
    b"[anchor]",
    b"created_at",
    b'{"anchor":"created_at","seconds":3600}',
    b"3600",
)


def run(data: bytes) -> None:
    """Try one form."""
    first, _, body = data.partition(b"\n")
    content_type = first.decode("latin-1")
    form = whole(content_type, body)
    chunk = 1 + len(data) % 61
    assert in_pieces(content_type, body, chunk) == form, f"other in pieces of {chunk}"
    if isinstance(form, Form):
        _must_become_the_same(form, content_type, body, chunk)
        boundary = boundary_of(content_type)
        _must_agree_on_the_boundary(content_type, boundary)
        _must_hold(seen(form), boundary, body)
        _must_agree(seen(form), SentForm(boundary, body))


def seen(form: Form) -> list[Seen]:
    """Write a form's parts as those of other parsers, in the order of their names."""
    fields = [Seen(name, None, None, text.encode()) for name, text in form.fields.items()]
    files = [
        Seen(name, file.filename, file.content_type, file.content)
        for name, file in form.files.items()
    ]
    return sorted(map(comparable, fields + files))


def comparable(part: Seen) -> Seen:
    """Leave out a text's type, which a `Form` does not keep."""
    return part if part.filename is not None else part._replace(content_type=None)


def _must_become_the_same(form: Form, content_type: str, body: bytes, chunk: int) -> None:
    by_function, by_front_door = new_file_of(form), new_file(content_type, body, chunk)
    if isinstance(by_function, NewFile):
        assert by_front_door == by_function
        assert "/" not in by_function.filename
    else:
        assert not isinstance(by_front_door, NewFile), f"refused by a function: {by_function}"


def _must_hold(ours: list[Seen], boundary: bytes, body: bytes) -> None:
    """Hold the content to what is between the lines that begin with the boundary."""
    sent = HostileForm(boundary.decode(), "", body, is_good=False, sent=())
    assert contents(ours) == sorted(sent.parts or [])


def _must_agree(ours: list[Seen], sent: SentForm) -> None:
    for who, parse in PARSERS.items():
        parts = parse(sent.boundary, sent.body)
        if parts is None or explained(who, sent, of_content=True):
            continue
        theirs = sorted(map(comparable, parts))
        told = f"{who} reads {theirs}, and Larder {ours}"
        assert contents(theirs) == contents(ours), told
        assert theirs == ours or explained(who, sent, of_content=False), told


def _must_agree_on_the_boundary(content_type: str, boundary: bytes) -> None:
    """Hold the parameters of a Content-Type to others, as those of a Content-Disposition are."""
    like_a_part = b"Content-Disposition: " + content_type.encode("latin-1")
    for who, read in BOUNDARIES.items():
        theirs = read(content_type)
        if theirs not in (None, boundary):
            is_listed = explained(who, SentForm(boundary, like_a_part), of_content=False)
            assert is_listed, f"{who} reads the boundary {theirs!r}, and Larder {boundary!r}"


def contents(parts: list[Seen]) -> list[bytes]:
    """Return what the parts hold, without their names."""
    return sorted(part.content for part in parts)


def superfluous() -> list[str]:
    """Return the listed differences whose example does not show them, or is another's too."""
    return [
        f"{one.what} ({who})" for one in DIFFERENCES for who in one.who if not _is_shown(one, who)
    ]


def _is_shown(difference: Difference, who: str) -> bool:
    form, sent = whole(TYPE, difference.example), SentForm(b"b", difference.example)
    theirs = PARSERS[who](sent.boundary, sent.body)
    if not isinstance(form, Form) or theirs is None:
        return False
    explaining = [one for one in DIFFERENCES if who in one.who and one.is_in(sent)]
    return sorted(map(comparable, theirs)) != seen(form) and explaining == [difference]

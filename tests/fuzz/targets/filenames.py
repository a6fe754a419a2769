"""Filenames: refused, or kept, and then told to whoever downloads, to be read the same by all."""

import re
from email.message import EmailMessage

from werkzeug.http import parse_options_header

from lambdas.core.errors import InvalidRequest
from lambdas.core.filenames import MAX_FILENAME_BYTES, attachment, clean_filename

TOKENS = (
    b"../",
    b"..\\",
    b"C:\\",
    b'"',
    b"%22",
    b"%2e%2e%2f",
    b"\xe2\x80\xae",
    b"\xc2\x85",
    b"\xed\xa0\x80",
    b"\xf0\x9f\xa5\xab",
    b"a" * 255,
    b"; filename=",
    b"''",
    b"=?utf-8?Q?",
)

_HEADER = re.compile(r"[ -~]+")


def run(data: bytes) -> None:
    """Try one name."""
    raw = data.decode(errors="surrogatepass") if _is_text(data) else data.decode("latin-1")
    try:
        name = clean_filename(raw)
    except InvalidRequest as error:
        error.message.encode()
        return
    assert raw.endswith(name)
    assert not set("/\\\0\r\n") & set(name)
    assert name not in ("", ".", "..")
    assert 0 < len(name.encode()) <= MAX_FILENAME_BYTES
    assert clean_filename(name) == name
    _must_be_read_as(name, attachment(name))


def _is_text(data: bytes) -> bool:
    try:
        data.decode(errors="surrogatepass")
    except UnicodeDecodeError:
        return False
    return True


def _must_be_read_as(name: str, header: str) -> None:
    assert _HEADER.fullmatch(header)
    disposition, options = parse_options_header(header)
    assert (disposition, options["filename"]) == ("attachment", name)
    message = EmailMessage()
    message["Content-Disposition"] = header
    assert message.get_content_disposition() == "attachment"
    # What knows no `filename*` reads the first, in which nothing needs an escape.
    plain = re.fullmatch(r'attachment; filename="([ !#-\[\]-~]*)"; filename\*=.*', header)
    assert plain is not None
    assert len(plain[1]) == len(name)

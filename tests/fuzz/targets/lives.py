"""How long a file lives, in a form's fields: a name and a value a line, a NUL between them."""

from contextlib import suppress

from lambdas.api.form import Form, expires_after_field
from lambdas.core.errors import InvalidRequest
from lambdas.core.expiry import LONGEST, SHORTEST, lifetime, must_name_no_life

TOKENS = (
    b"expires_after\0",
    b"expires_after[anchor]\0created_at\n",
    b"expires_after[seconds]\0",
    b"expires_after%5Bseconds%5D\0",
    b"expires_after.seconds\0",
    b"3600",
    b"2592000",
    b"2592001",
    b'{"anchor":"created_at","seconds":3600}',
    b"3600.0",
    b"-1",
    b"+3600",
    "\u0663".encode(),
    b"ttl\0",
    b"max-age\0",
)


def run(data: bytes) -> None:
    """Try one form's fields."""
    lines = (line.partition("\0") for line in data.decode(errors="replace").split("\n"))
    form = Form({name: value for name, _, value in lines if name}, {})
    with suppress(InvalidRequest):
        asked = expires_after_field(form)
        seconds = lifetime(asked)
        assert SHORTEST <= seconds <= LONGEST
        # What is asked for is had, and what cannot be had is not passed over.
        assert (asked is None) == (not any("expir" in name.lower() for name in form.fields))
        assert asked is None or seconds == asked.get("seconds", LONGEST)
    with suppress(InvalidRequest):
        must_name_no_life(form.fields)
        assert expires_after_field(form) is None

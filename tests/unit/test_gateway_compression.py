"""Which encoding a client gets, as API Gateway decides it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.local.gateway_compression import decoded, encoded, encoding_of


@pytest.mark.parametrize(
    ("accept", "encoding"),
    [
        ("gzip", "gzip"),
        ("GZIP", "gzip"),
        ("gzip, deflate, br, zstd", "gzip"),
        ("deflate, gzip", "deflate"),
        ("gzip;q=0.5, deflate", "deflate"),
        ("br, gzip", None),
        ("br;q=0.9, gzip", "gzip"),
        ("identity", None),
        ("*", None),
        ("gzip;q=0", None),
        ("", None),
        (";;,q=", None),
    ],
)
def test_a_client_gets_its_first_choice_or_none(accept: str, encoding: str | None) -> None:
    assert encoding_of(accept) == encoding


@given(st.text())
def test_anything_may_be_said_to_be_accepted(accept: str) -> None:
    assert encoding_of(accept) in ("gzip", "deflate", None)


@given(st.binary(), st.sampled_from(["gzip", "deflate"]))
def test_what_is_compressed_comes_back(body: bytes, encoding: str) -> None:
    assert decoded(encoded(body, encoding), encoding) == body


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", ""])
def test_what_is_not_compressed_is_told(encoding: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - in zlib's own words, or the encoding's name
        decoded(b"{}", encoding)

"""Whose key a request carries, and for whom it says it is: three headers, a line each.

The authorizer and the front door know the same keys.
"""

import re
import zlib
from contextlib import suppress
from hashlib import sha256
from typing import Any

import tests.bed  # noqa: F401 - sets the environment that the authorizer reads
from front_door.authorizing import Authorizer
from lambdas.core.callers import SERVICE, caller_of
from lambdas.core.errors import InvalidApiKey, InvalidRequest, PermissionDenied
from lambdas.core.idempotency import must_be_a_key
from lambdas.events import authorize
from lambdas.stores.api_keys import ApiKeys, KeyHolder
from tests.fuzz.fakes import NOW

_SECRET = "a2" * 26
KEY = f"sk-larder-{_SECRET}{zlib.crc32(_SECRET.encode()):08x}"

TOKENS = (
    b"Bearer ",
    b"bearer",
    b"BEARER  ",
    b"Basic ",
    KEY.encode(),
    b"sk-larder-",
    b"\t",
    b"\xa0",
    b"\x85",
    b"\nalice",
    b"\na-key",
)

# RFC 6750, 2.1, and RFC 9110, 11.4: the scheme in any case, spaces, and the key.
_GOOD = re.compile(rf"bearer +{KEY}", re.IGNORECASE)


class _Table:
    """A table of one key."""

    def get_item(self, *, Key: dict[str, Any], **_: Any) -> dict[str, Any]:  # noqa: N803
        if Key["key_hash"]["S"] != sha256(KEY.encode()).hexdigest():
            return {}
        return {"Item": {"owner": {"S": "alice"}, "scopes": {"L": [{"S": SERVICE}]}}}


_KEYS: Any = ApiKeys("keys", _Table())  # type: ignore[arg-type]
authorize.api_keys = _KEYS


def run(data: bytes) -> None:
    """Try three headers."""
    authorization, owner, key, *_ = [*data.decode("latin-1").split("\n"), "", "", ""]
    holder = _by_the_front_door(authorization)
    assert holder == _by_the_authorizer(authorization)
    is_good = _GOOD.fullmatch(authorization.rstrip(" ")) is not None and KEY in authorization
    assert (holder is not None) == is_good, f"{authorization!r} is {holder}"
    with suppress(InvalidRequest, PermissionDenied):
        caller = caller_of("batch-system", frozenset({SERVICE}), owner)
        assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,63}", caller.owner, re.ASCII)
    with suppress(InvalidRequest):
        must_be_a_key(key)
        assert re.fullmatch(r"[ -~]{1,255}", key)


def _by_the_front_door(authorization: str) -> KeyHolder | None:
    with suppress(InvalidApiKey):
        return Authorizer(_KEYS, lambda: NOW).holder(authorization)
    return None


def _by_the_authorizer(authorization: str) -> KeyHolder | None:
    event = {
        "headers": {"Authorization": authorization},
        "methodArn": "arn:aws:execute-api:eu-central-1:1:api/v1/GET/files",
    }
    answer = authorize.handler(event, None)
    (statement,) = answer["policyDocument"]["Statement"]
    if statement["Effect"] == "Deny":
        assert answer["context"] == {}
        return None
    context = answer["context"]
    return KeyHolder(context["owner"], frozenset(context["scopes"].split()))

"""The table of API keys: each the SHA-256 of a random key, with its owner and scopes.

Only the authorizer reads it; the operator's `larder admin keys` writes it.

Items: `key_hash` (the partition key, hex), `owner`, `scopes` (a list), `expires_at` (seconds
since 1970, where the key has an end; also the TTL attribute, which may come days late), `name`,
`hint`, `created_at`.
"""

import hashlib
import os
import re
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lambdas.core.errors import InvalidApiKey
from lambdas.stores.aws import dynamodb_of_keys, translated

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

_FORM = re.compile(r"sk-larder-([a-z2-7]{52})([0-9a-f]{8})")


@dataclass(frozen=True, slots=True)
class KeyHolder:
    """Whose an API key is, and what it may do beyond the owner's own files."""

    owner: str
    scopes: frozenset[str]


@dataclass(frozen=True, slots=True)
class ApiKeys:
    """The table of API keys."""

    name: str
    client: "DynamoDBClient"

    @classmethod
    def from_environment(cls) -> "ApiKeys":
        """Open the table that the function's environment names."""
        return cls(os.environ["API_KEYS_TABLE"], dynamodb_of_keys())

    def holder(self, api_key: str, now: float) -> KeyHolder:
        """Return whose key this is; raises InvalidApiKey when it is nobody's or has expired.

        A mistyped key fails its checksum without a read. Raises Busy or Unavailable, within five
        seconds, when DynamoDB does not answer.
        """
        form = _FORM.fullmatch(api_key)
        if form is None or f"{zlib.crc32(form[1].encode()):08x}" != form[2]:
            raise InvalidApiKey("Incorrect API key provided.")
        key_hash = hashlib.sha256(api_key.encode()).hexdigest()
        with translated():
            # A consistent read, or API Gateway might cache for a minute that a new key is unknown.
            answer = self.client.get_item(
                TableName=self.name, Key={"key_hash": {"S": key_hash}}, ConsistentRead=True
            )
        try:
            item = answer["Item"]
            if "expires_at" in item and int(item["expires_at"]["N"]) <= now:
                raise InvalidApiKey("Incorrect API key provided.")
            scopes = frozenset(scope["S"] for scope in item["scopes"]["L"])
            return KeyHolder(item["owner"]["S"], scopes)
        except (KeyError, ValueError):  # no item, or a damaged one
            raise InvalidApiKey("Incorrect API key provided.") from None

"""API keys: made, listed and revoked in the deployment's table of hashes.

A key is `sk-larder-`, 52 base32 characters of 32 random bytes, and the CRC-32 of those 52
characters in 8 hex digits, so that a mistyped key is recognized without the table. Only the
SHA-256 of the whole key is kept.
"""

import base64
import hashlib
import secrets
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from larder.admin.attributes import number_of, text_of, texts_of
from larder.admin.deployment import AwsError, Deployment, translated_errors

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

PREFIX = "sk-larder-"
SCOPES = ("service",)
ID_LENGTH = 16
_HINT_LENGTH = 16


@dataclass(frozen=True)
class ApiKey:
    """An API key as the table knows it; times are Unix seconds.

    In a damaged item a time may be a text or missing, and so may everything else.
    """

    key_hash: str
    owner: str
    name: str
    scopes: tuple[str, ...]
    created_at: int | str | None
    expires_at: int | str | None
    hint: str

    @property
    def id(self) -> str:
        """What `list` shows and `revoke` takes: the start of the hash."""
        return self.key_hash[:ID_LENGTH]

    def as_json(self) -> dict[str, Any]:
        """The key as the command's `--json` shows it."""
        return {
            "id": self.id,
            "owner": self.owner,
            "name": self.name,
            "scopes": list(self.scopes),
            "created_at": self.created_at,
            "expires_at": self.expires_at,
            "hint": self.hint,
        }


def new_secret() -> str:
    """A fresh key: 256 random bits and their checksum."""
    body = base64.b32encode(secrets.token_bytes(32)).decode().rstrip("=").lower()
    return f"{PREFIX}{body}{zlib.crc32(body.encode()):08x}"


def key_hash(secret: str) -> str:
    """The form in which the table knows a key."""
    return hashlib.sha256(secret.encode()).hexdigest()


class KeyTable:
    """The deployment's table of API keys."""

    def __init__(self, deployment: Deployment) -> None:
        with translated_errors():
            self._dynamodb: DynamoDBClient = deployment.session.client("dynamodb")
        self._table = deployment.api_keys_table

    def create(
        self,
        *,
        owner: str,
        name: str = "",
        scopes: tuple[str, ...] = (),
        expires_in: int | None = None,
    ) -> tuple[ApiKey, str]:
        """Stores a new key and returns it with its secret, which cannot be shown again.

        `expires_in` is in seconds; without it the key lives until revoked. Raises AwsError
        also when the key is not in the table afterwards: boto3 takes any 200 for a success.
        """
        secret, now = new_secret(), int(time.time())
        expires_at = None if expires_in is None else now + expires_in
        key = ApiKey(key_hash(secret), owner, name, scopes, now, expires_at, secret[:_HINT_LENGTH])
        with translated_errors():
            self._dynamodb.put_item(
                TableName=self._table,
                Item=_item(key),
                ConditionExpression="attribute_not_exists(key_hash)",
            )
            stored = self._dynamodb.get_item(
                TableName=self._table,
                Key={"key_hash": {"S": key.key_hash}},
                ConsistentRead=True,
            )
            if _api_key(stored["Item"]) != key:
                raise LookupError
        return key, secret

    def list(self, owner: str | None = None) -> list[ApiKey]:
        """All keys, or an owner's, oldest first.

        Reads the whole table: keys are few, and only operators ask.
        """
        keys = (key for key in self._scan() if owner is None or key.owner == owner)
        return sorted(keys, key=lambda key: (_order(key.created_at), key.key_hash))

    def find(self, which: str) -> ApiKey:
        """The key with this id, whole, or this secret. Raises AwsError when there is none."""
        is_secret = which.startswith(PREFIX)
        wanted = key_hash(which)[:ID_LENGTH] if is_secret else which.lower()
        for key in self._scan():
            if key.id == wanted:
                return key
        shown = "this secret" if is_secret else f"id {which!r}"
        raise AwsError(f"no key with {shown}: see `larder admin keys list`")

    def delete(self, key: ApiKey) -> None:
        """Removes the key; removing it twice is no error."""
        with translated_errors():
            self._dynamodb.delete_item(TableName=self._table, Key={"key_hash": {"S": key.key_hash}})

    def _scan(self) -> Iterator[ApiKey]:
        with translated_errors():
            for page in self._dynamodb.get_paginator("scan").paginate(
                TableName=self._table, ConsistentRead=True
            ):
                yield from map(_api_key, page["Items"])


def _item(key: ApiKey) -> dict[str, Any]:
    item: dict[str, Any] = {
        "key_hash": {"S": key.key_hash},
        "owner": {"S": key.owner},
        "name": {"S": key.name},
        "scopes": {"L": [{"S": scope} for scope in key.scopes]},
        "created_at": {"N": str(key.created_at)},
        "hint": {"S": key.hint},
    }
    if key.expires_at is not None:
        item["expires_at"] = {"N": str(key.expires_at)}
    return item


def _api_key(item: dict[str, Any]) -> ApiKey:
    return ApiKey(
        key_hash=text_of(item, "key_hash"),
        owner=text_of(item, "owner"),
        name=text_of(item, "name"),
        scopes=texts_of(item, "scopes"),
        created_at=number_of(item, "created_at"),
        expires_at=number_of(item, "expires_at"),
        hint=text_of(item, "hint"),
    )


def _order(created_at: int | str | None) -> int:
    return created_at if isinstance(created_at, int) else 0

"""All that moto holds, kept and put back, which is quicker than setting it up anew."""

import pickle
from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.table import Table
from moto.s3.models import FakeBucket, FakeKey, FakeMultipart, s3_backends

from tests.bed.environment import CONTENT_BUCKET, REGION

_make, _close = FakeKey.__init__, FakeKey.dispose


class LastingObjects:
    """Objects that moto leaves open when it deletes them, so that they can be put back."""

    def __init__(self) -> None:
        self._kept: list[FakeKey] = []
        self._made: list[FakeKey] = []

    @contextmanager
    def in_force(self) -> Iterator[None]:
        """Leave all open until the end."""

        def make(key: FakeKey, *args: Any, **more: Any) -> None:
            _make(key, *args, **more)
            self._made.append(key)

        with (
            patch.object(FakeKey, "__init__", make),
            patch.object(FakeKey, "dispose", lambda _key, garbage=False: None),
        ):
            try:
                yield
            finally:
                self.keep()
                for key in self._kept:
                    _close(key)

    def keep(self) -> None:
        """Leave open to the end what was made so far."""
        self._kept += self._made
        self._made.clear()

    def close_others(self) -> None:
        """Close what was made since, and is nowhere any more."""
        for key in self._made:
            _close(key)
        self._made.clear()


@dataclass(frozen=True)
class Snapshot:
    """The tables with their streams, and the bucket, as they were when it was taken.

    An object in moto never changes, so that it is put back as it is.
    """

    lasting: LastingObjects
    items: dict[str, bytes]
    told: dict[str, list[Any]]
    objects: dict[str, list[FakeKey]]
    multiparts: dict[str, FakeMultipart]

    @classmethod
    def taken(cls, lasting: LastingObjects) -> "Snapshot":
        """Keep everything as it is now."""
        tables, bucket = _tables(), _bucket()
        lasting.keep()
        return cls(
            lasting=lasting,
            items={name: pickle.dumps(table.items) for name, table in tables.items()},
            told={name: [*_stream_of(table)] for name, table in tables.items()},
            objects={key: [*versions] for key, versions in dict.items(bucket.keys)},
            multiparts={name: _copied(begun) for name, begun in bucket.multiparts.items()},
        )

    def put_back(self) -> None:
        """Have everything as it was."""
        for name, table in _tables().items():
            table.items = pickle.loads(self.items[name])
            _stream_of(table)[:] = self.told[name]
        bucket = _bucket()
        dict.clear(bucket.keys)
        dict.update(bucket.keys, {key: [*versions] for key, versions in self.objects.items()})
        dict.clear(bucket.multiparts)
        begun = {name: _copied(multipart) for name, multipart in self.multiparts.items()}
        dict.update(bucket.multiparts, begun)
        self.lasting.close_others()


def _tables() -> dict[str, Table]:
    tables: dict[str, Table] = dynamodb_backends[DEFAULT_ACCOUNT_ID][REGION].tables
    return tables


def _bucket() -> FakeBucket:
    bucket: FakeBucket = s3_backends[DEFAULT_ACCOUNT_ID]["aws"].buckets[CONTENT_BUCKET]
    return bucket


def _stream_of(table: Table) -> list[Any]:
    return table.stream_shard.items if table.stream_shard else []


def _copied(multipart: FakeMultipart) -> FakeMultipart:
    made = copy(multipart)
    made.parts = dict(multipart.parts)
    made.partlist = [*multipart.partlist]
    return made

"""Thousands of files at once: items as the store writes them, past the API and without content."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

import boto3
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.s3.models import s3_backends

from lambdas.core.expiry import LONGEST
from lambdas.core.file import File, new_file
from lambdas.core.quota import Amount
from lambdas.stores.catalog.file_changes import put_file
from lambdas.stores.catalog.table import Table
from lambdas.stores.catalog.usage import moved
from tests.bed.environment import CATALOG_TABLE, CONTENT_BUCKET

MOST_ITEMS_AT_ONCE = 25


def files_of(
    owner: str,
    count: int,
    *,
    since: float,
    every: float = 1.0,
    purpose: str = "batch",
    size: int = 1,
    seconds: int = LONGEST,
    filename: str = "batch.jsonl",
) -> Iterator[File]:
    """Make files, the first created at `since`, the next `every` seconds later."""
    for number in range(count):
        yield new_file(
            owner=owner,
            filename=filename,
            purpose=purpose,
            size=size,
            seconds=seconds,
            now=since + number * every,
        )


def stock(session: boto3.Session, files: Iterable[File]) -> list[str]:
    """Write files and their owners' usage into the catalog and return their ids, as given."""
    files = list(files)
    table = Table(CATALOG_TABLE, session.client("dynamodb"))
    for start in range(0, len(files), MOST_ITEMS_AT_ONCE):
        group = files[start : start + MOST_ITEMS_AT_ONCE]
        items = [put_file(table, file).operation["Put"]["Item"] for file in group]
        table.client.batch_write_item(
            RequestItems={CATALOG_TABLE: [{"PutRequest": {"Item": item}} for item in items]}
        )
    sizes: dict[str, list[int]] = defaultdict(list)
    for file in files:
        sizes[file.owner].append(file.bytes)
    for owner, its_sizes in sizes.items():
        change = moved(table, owner, Amount(used=sum(its_sizes), files=len(its_sizes)))
        table.client.update_item(**change.operation["Update"])
    return [file.id for file in files]


def stock_content(object_keys: Iterable[str]) -> None:
    """Put an object of one byte under each key, into moto's memory: a call takes 10 ms."""
    s3 = s3_backends[DEFAULT_ACCOUNT_ID]["aws"]
    for object_key in object_keys:
        s3.put_object(CONTENT_BUCKET, object_key, b"1")

"""Very many files on the tests' bed at once: straight into moto's table, past its slow front."""

from collections.abc import Iterable

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends

from lambdas.core.file import File
from lambdas.stores.catalog.file_changes import put_file
from lambdas.stores.catalog.table import Table
from tests.bed.bed import Bed
from tests.bed.environment import CATALOG_TABLE, REGION


def stock_many(bed: Bed, files: Iterable[File]) -> list[str]:
    """Write items without content or usage, and return their ids, as given."""
    written = Table(CATALOG_TABLE, bed.session.client("dynamodb"))
    table = dynamodb_backends[DEFAULT_ACCOUNT_ID][REGION].tables[CATALOG_TABLE]
    ids = []
    for file in files:
        table.put_item(put_file(written, file).operation["Put"]["Item"])
        ids.append(file.id)
    return ids

"""GET /files/{file_id}: one file."""

from lambdas.api.endpoint import endpoint
from lambdas.api.request import Request
from lambdas.api.responses import Response, ok
from lambdas.core.files import get_file
from lambdas.stores.catalog.files import FileItems
from lambdas.stores.catalog.table import Table

files = FileItems(Table.from_environment())


@endpoint
def handler(request: Request) -> Response:
    """Answer the File."""
    file = get_file(request.caller, request.path("file_id"), files=files, now=request.now)
    return ok(file.rendered)

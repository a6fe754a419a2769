"""DELETE /files/{file_id}: hide a file and give its quota back; its bytes follow."""

from lambdas.api.endpoint import endpoint
from lambdas.api.request import Request
from lambdas.api.responses import Response, ok
from lambdas.core.file_changes import delete_file
from lambdas.stores.catalog.file_changes import FileChanges
from lambdas.stores.catalog.table import Table

files = FileChanges(Table.from_environment())


@endpoint
def handler(request: Request) -> Response:
    """Answer that the file is deleted."""
    return ok(delete_file(request.caller, request.path("file_id"), files=files, now=request.now))

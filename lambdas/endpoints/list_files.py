"""GET /files: a page of the owner's files."""

from lambdas.api.endpoint import endpoint
from lambdas.api.request import Request
from lambdas.api.responses import Response, listed
from lambdas.core.files import list_files
from lambdas.core.ids import FILE
from lambdas.core.pages import page_request
from lambdas.core.purposes import known_purpose
from lambdas.stores.catalog.files import FileItems
from lambdas.stores.catalog.table import Table

files = FileItems(Table.from_environment())


@endpoint
def handler(request: Request) -> Response:
    """Answer the page that `after`, `limit`, `order` and `purpose` ask for."""
    purpose = request.query("purpose")
    page = page_request(
        FILE,
        limit=request.query("limit"),
        order=request.query("order"),
        after=request.query("after"),
    )
    return listed(
        list_files(
            request.caller,
            page,
            purpose and known_purpose(purpose),
            files=files,
            now=request.now,
        )
    )

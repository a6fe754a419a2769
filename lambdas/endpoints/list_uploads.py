"""GET /uploads: a page of the owner's upload sessions."""

from lambdas.api.endpoint import endpoint
from lambdas.api.request import Request
from lambdas.api.responses import Response, listed
from lambdas.core.ids import UPLOAD
from lambdas.core.pages import page_request
from lambdas.core.uploads import list_uploads
from lambdas.stores.catalog.table import Table
from lambdas.stores.catalog.uploads import UploadItems

uploads = UploadItems(Table.from_environment())


@endpoint
def handler(request: Request) -> Response:
    """Answer the page that `after`, `limit` and `order` ask for."""
    page = page_request(
        UPLOAD,
        limit=request.query("limit"),
        order=request.query("order"),
        after=request.query("after"),
    )
    return listed(list_uploads(request.caller, page, uploads=uploads, now=request.now))

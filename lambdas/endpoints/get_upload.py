"""GET /uploads/{upload_id}: one upload session."""

from lambdas.api.endpoint import endpoint
from lambdas.api.request import Request
from lambdas.api.responses import Response, ok
from lambdas.core.uploads import get_upload
from lambdas.stores.catalog.table import Table
from lambdas.stores.catalog.uploads import UploadItems

uploads = UploadItems(Table.from_environment())


@endpoint
def handler(request: Request) -> Response:
    """Answer the Upload."""
    upload = get_upload(request.caller, request.path("upload_id"), uploads=uploads, now=request.now)
    return ok(upload.answer(request.now))

"""POST /uploads/{upload_id}/cancel: end an upload session and give everything back."""

from lambdas.api.endpoint import endpoint
from lambdas.api.request import Request
from lambdas.api.responses import Response, ok
from lambdas.core.uploads import cancel_upload
from lambdas.stores.catalog.table import Table
from lambdas.stores.catalog.uploads import UploadItems
from lambdas.stores.content import Bucket
from lambdas.stores.parts import BucketParts

uploads = UploadItems(Table.from_environment())
parts = BucketParts(Bucket.from_environment())


@endpoint
def handler(request: Request) -> Response:
    """Answer the Upload, cancelled."""
    return ok(
        cancel_upload(
            request.caller,
            request.path("upload_id"),
            uploads=uploads,
            parts=parts,
            now=request.now,
        )
    )

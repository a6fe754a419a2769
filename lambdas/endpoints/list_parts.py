"""GET /uploads/{upload_id}/parts: what has arrived, for whoever resumes."""

from lambdas.api.endpoint import endpoint
from lambdas.api.request import Request
from lambdas.api.responses import Response, listed
from lambdas.core.uploads import list_parts
from lambdas.stores.catalog.table import Table
from lambdas.stores.catalog.uploads import UploadItems
from lambdas.stores.content import Bucket
from lambdas.stores.parts import BucketParts

uploads = UploadItems(Table.from_environment())
parts = BucketParts(Bucket.from_environment())


@endpoint
def handler(request: Request) -> Response:
    """Answer the parts of a pending session."""
    return listed(
        list_parts(
            request.caller,
            request.path("upload_id"),
            uploads=uploads,
            parts=parts,
            now=request.now,
        )
    )

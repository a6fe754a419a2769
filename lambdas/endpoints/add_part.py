"""POST /uploads/{upload_id}/parts: take a part through the API."""

import os

from lambdas.api.endpoint import endpoint
from lambdas.api.inline import inline_content
from lambdas.api.request import Request
from lambdas.api.responses import Response, ok
from lambdas.core.limits import Limits
from lambdas.core.uploads import add_part
from lambdas.stores.catalog.table import Table
from lambdas.stores.catalog.uploads import UploadItems
from lambdas.stores.content import Bucket

limits = Limits.from_json(os.environ["LIMITS"])
uploads = UploadItems(Table.from_environment())
bucket = Bucket.from_environment()


@endpoint
def handler(request: Request) -> Response:
    """Answer the Part once its bytes are stored."""
    return ok(
        add_part(
            request.caller,
            request.path("upload_id"),
            inline_content(request.form(), "data", limits),
            uploads=uploads,
            contents=bucket,
            now=request.now,
        )
    )

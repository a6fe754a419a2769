"""POST /uploads/{upload_id}/parts: take a part through the API."""

import os

from lambdas.api.endpoint import endpoint
from lambdas.api.inline import inline_content
from lambdas.api.request import Request
from lambdas.api.responses import Response, ok
from lambdas.core.limits import Limits
from lambdas.core.quota import Quota
from lambdas.core.staging import Staging
from lambdas.stores.catalog.staging import StagedCounts
from lambdas.stores.catalog.table import Table
from lambdas.stores.catalog.uploads import UploadItems
from lambdas.stores.catalog.usage import UsageItems
from lambdas.stores.content import Bucket

table = Table.from_environment()
uploads = UploadItems(table)
staging = Staging(
    uploads=uploads,
    counts=StagedCounts(uploads),
    contents=Bucket.from_environment(),
    quota=Quota(UsageItems(table), Limits.from_json(os.environ["LIMITS"])),
)


@endpoint
def handler(request: Request) -> Response:
    """Answer the Part once its bytes are stored."""
    return ok(
        staging.add_part(
            request.caller,
            request.path("upload_id"),
            inline_content(request.form("data"), "data", staging.quota.limits),
            now=request.now,
        )
    )

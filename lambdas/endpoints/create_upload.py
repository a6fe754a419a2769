"""POST /uploads: begin an upload session."""

import os

from lambdas.api.endpoint import endpoint
from lambdas.api.request import Request
from lambdas.api.responses import Response, ok
from lambdas.core.limits import Limits
from lambdas.core.quota import Quota
from lambdas.core.uploads import UploadCreation
from lambdas.stores.catalog.claims import ClaimItems
from lambdas.stores.catalog.table import Table
from lambdas.stores.catalog.uploads import UploadItems
from lambdas.stores.catalog.usage import UsageItems
from lambdas.stores.content import Bucket
from lambdas.stores.parts import BucketParts

table = Table.from_environment()
creation = UploadCreation(
    uploads=UploadItems(table),
    claims=ClaimItems(table),
    parts=BucketParts(Bucket.from_environment()),
    quota=Quota(UsageItems(table), Limits.from_json(os.environ["LIMITS"])),
)


@endpoint
def handler(request: Request) -> Response:
    """Answer the Upload, its bytes reserved."""
    return ok(
        creation.create_upload(
            request.caller,
            request.json(),
            now=request.now,
            idempotency_key=request.idempotency_key,
        )
    )

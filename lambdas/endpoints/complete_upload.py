"""POST /uploads/{upload_id}/complete: make an upload's parts a file."""

from lambdas.api.endpoint import endpoint
from lambdas.api.request import Request
from lambdas.api.responses import Response, ok
from lambdas.core.expiry import must_name_no_life
from lambdas.core.joining import UploadCompletion
from lambdas.stores.catalog.choices import Choices
from lambdas.stores.catalog.claims import ClaimItems
from lambdas.stores.catalog.table import Table
from lambdas.stores.catalog.uploads import UploadItems
from lambdas.stores.content import Bucket
from lambdas.stores.parts import BucketParts

table = Table.from_environment()
uploads = UploadItems(table)
completion = UploadCompletion(
    uploads=uploads,
    choices=Choices(uploads),
    claims=ClaimItems(table),
    parts=BucketParts(Bucket.from_environment()),
)


@endpoint
def handler(request: Request) -> Response:
    """Answer the Upload, completed, with its File."""
    body = request.json()
    must_name_no_life(body)
    return ok(
        completion.complete_upload(
            request.caller,
            request.path("upload_id"),
            part_ids=body.get("part_ids"),
            md5=body.get("md5"),
            now=request.now,
            idempotency_key=request.idempotency_key,
        )
    )

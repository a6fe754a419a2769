"""POST /files: store a form's content as a file."""

import os

from lambdas.api.endpoint import endpoint
from lambdas.api.form import expires_after_field
from lambdas.api.inline import inline_content
from lambdas.api.request import Request
from lambdas.api.responses import Response, ok
from lambdas.core.file_changes import FileCreation, NewFile
from lambdas.core.filenames import clean_filename
from lambdas.core.limits import Limits
from lambdas.core.quota import Quota
from lambdas.stores.catalog.claims import ClaimItems
from lambdas.stores.catalog.file_changes import FileChanges
from lambdas.stores.catalog.table import Table
from lambdas.stores.catalog.usage import UsageItems
from lambdas.stores.content import Bucket

table = Table.from_environment()
creation = FileCreation(
    files=FileChanges(table),
    claims=ClaimItems(table),
    contents=Bucket.from_environment(),
    quota=Quota(UsageItems(table), Limits.from_json(os.environ["LIMITS"])),
)


@endpoint
def handler(request: Request) -> Response:
    """Answer the File once it is stored, whole."""
    form = request.form("file")
    new = NewFile(
        filename=clean_filename(form.filename("file")),
        purpose=form.field("purpose"),
        expires_after=expires_after_field(form),
    )
    return ok(
        creation.create_file(
            request.caller,
            new,
            inline_content(form, "file", creation.limits),
            now=request.now,
            idempotency_key=request.idempotency_key,
        )
    )

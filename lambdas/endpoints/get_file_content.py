"""GET /files/{file_id}/content: the bytes, or where they are."""

import os

from lambdas.api.content import whole_or_part
from lambdas.api.endpoint import endpoint
from lambdas.api.request import Request
from lambdas.api.responses import Response
from lambdas.core.content import content_link, read_content
from lambdas.core.files import get_file
from lambdas.core.limits import Limits
from lambdas.stores.catalog.files import FileItems
from lambdas.stores.catalog.table import Table
from lambdas.stores.content import Bucket
from lambdas.stores.links import Links

files = FileItems(Table.from_environment())
contents = Bucket.from_environment()
links = Links.from_environment()
limits = Limits.from_json(os.environ["LIMITS"])


@endpoint
def handler(request: Request) -> Response:
    """Answer the bytes that are asked for, or a redirect to S3 when they are too many."""
    now = request.now
    file = get_file(request.caller, request.path("file_id"), files=files, now=now)
    return whole_or_part(
        request,
        file,
        limits,
        read=lambda start, stop: read_content(
            file, start, stop, files=files, contents=contents, now=now
        ),
        link=lambda: content_link(file, links=links, now=now),
    )

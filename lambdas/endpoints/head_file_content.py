"""HEAD /files/{file_id}/content: what a GET would say of the content, without reading it."""

import os

from lambdas.api.content import headers_alone
from lambdas.api.endpoint import endpoint
from lambdas.api.request import Request
from lambdas.api.responses import Response
from lambdas.core.content import content_link
from lambdas.core.files import get_file
from lambdas.core.limits import Limits
from lambdas.stores.catalog.files import FileItems
from lambdas.stores.catalog.table import Table
from lambdas.stores.links import Links

files = FileItems(Table.from_environment())
links = Links.from_environment()
limits = Limits.from_json(os.environ["LIMITS"])


@endpoint
def handler(request: Request) -> Response:
    """Answer the headers, or a redirect to S3 where a GET would have one."""
    now = request.now
    file = get_file(request.caller, request.path("file_id"), files=files, now=now)
    return headers_alone(
        request,
        file,
        limits,
        link=lambda: content_link(file, links=links, now=now, method="HEAD"),
    )

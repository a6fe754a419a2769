"""GET /files/{file_id}/content: where the bytes are."""

from lambdas.api.endpoint import endpoint
from lambdas.api.request import Request
from lambdas.api.responses import Response, redirected
from lambdas.core.files import content_link
from lambdas.stores.catalog.files import FileItems
from lambdas.stores.catalog.table import Table
from lambdas.stores.links import Links

files = FileItems(Table.from_environment())
links = Links.from_environment()


@endpoint
def handler(request: Request) -> Response:
    """Answer a redirect to S3, which serves ranges too."""
    file, url = content_link(
        request.caller, request.path("file_id"), files=files, links=links, now=request.now
    )
    return redirected(url, file)

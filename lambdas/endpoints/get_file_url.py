"""GET /files/{file_id}/url: a URL of the content that needs no API key."""

from lambdas.api.endpoint import endpoint
from lambdas.api.request import Request
from lambdas.api.responses import Response, uncached
from lambdas.core.content import content_url
from lambdas.stores.catalog.files import FileItems
from lambdas.stores.catalog.table import Table
from lambdas.stores.links import Links

files = FileItems(Table.from_environment())
links = Links.from_environment()


@endpoint
def handler(request: Request) -> Response:
    """Answer a presigned URL, good for as long as `expiry` asks and the file lives."""
    return uncached(
        content_url(
            request.caller,
            request.path("file_id"),
            request.query("expiry"),
            files=files,
            links=links,
            now=request.now,
        )
    )

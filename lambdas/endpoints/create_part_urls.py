"""POST /uploads/{upload_id}/part_urls: presigned URLs that take parts straight to S3."""

from lambdas.api.endpoint import endpoint
from lambdas.api.request import Request
from lambdas.api.responses import Response, listed
from lambdas.core.part_urls import create_part_urls
from lambdas.stores.catalog.table import Table
from lambdas.stores.catalog.uploads import UploadItems
from lambdas.stores.links import Links

uploads = UploadItems(Table.from_environment())
links = Links.from_environment()


@endpoint
def handler(request: Request) -> Response:
    """Answer a URL for each part number."""
    return listed(
        create_part_urls(
            request.caller,
            request.path("upload_id"),
            request.json(),
            uploads=uploads,
            links=links,
            now=request.now,
        )
    )

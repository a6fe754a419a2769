"""OPTIONS of every path: what a page of another origin may send."""

from lambdas.api.cors import preflight
from lambdas.api.endpoint import endpoint
from lambdas.api.request import Request
from lambdas.api.responses import Response


@endpoint
def handler(request: Request) -> Response:
    """Answer a browser that asks before it sends what a page wants to."""
    return preflight(request.headers)

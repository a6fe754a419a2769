"""GET and HEAD of /console and of the files that it names: the web page, without a key."""

import os
from pathlib import Path

from lambdas.api.console import PAGE, answer_console, page_from, read_console
from lambdas.api.endpoint import endpoint
from lambdas.api.request import Request
from lambdas.api.responses import Response, without_body

# In an asset the console is beside the code.
folder = Path(os.environ.get("CONSOLE_DIR") or Path(__file__).parents[2] / "console")
assets = read_console(folder, os.environ["CONTENT_URL"])


@endpoint
def handler(request: Request) -> Response:
    """Answer the page, or the file that the path names."""
    name = request.path("asset") if request.event.get("pathParameters") else PAGE
    if name == PAGE and (elsewhere := page_from(request.event["requestContext"]["path"])):
        return elsewhere
    response = answer_console(assets, name, request.headers.get("if-none-match"))
    return without_body(response) if request.event["httpMethod"] == "HEAD" else response

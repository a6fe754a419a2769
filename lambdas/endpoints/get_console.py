"""GET /console and the files that it names: the web page, without a key."""

import os
from pathlib import Path

from lambdas.api.console import PAGE, answer_console, read_console
from lambdas.api.endpoint import endpoint
from lambdas.api.request import Request
from lambdas.api.responses import Response

# In an asset the console is beside the code.
folder = Path(os.environ.get("CONSOLE_DIR") or Path(__file__).parents[2] / "console")
assets = read_console(folder, os.environ["CONTENT_URL"])


@endpoint
def handler(request: Request) -> Response:
    """Answer the page, or the file that the path names."""
    name = request.path("asset") if request.event.get("pathParameters") else PAGE
    return answer_console(assets, name, request.headers.get("if-none-match"))

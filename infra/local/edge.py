"""The one base URL of `make run`: what CloudFront does on AWS, by the same table of cases.

Started as `python -m infra.local.edge` with the file descriptor of a bound socket, the URL of the
API behind, and the front door's environment. The front door runs in this process, so that large
bodies are not copied between processes. Logs go to standard error; standard output gets a line once
it listens, and then one for each request.
"""

import json
import os
import signal
import socket
import sys
import time
from collections.abc import Callable

import uvicorn

from front_door.app import CLIENT_CLOSED_REQUEST, application
from front_door.protocol import AbortableProtocol
from infra.edge import API, FRONT_DOOR
from infra.gateway_answers import gateway_answers
from infra.local.api_behind import ApiBehind
from infra.local.asgi import App, Message, Receive, Send
from infra.local.leash import when_starter_ends
from infra.local.routing import goes_to_front_door

KEEP_ALIVE_SECONDS = 75
DRAIN_SECONDS = 20
_BACKLOG = 1024


class Edge:
    """An ASGI application in front of two others.

    Args:
        front_door: Takes the requests that `goes_to_front_door` selects.
        api: Takes everything else.
        inline_bytes: What one request to the API may carry.
        write: Called with a line about each request: method, path, query, status, microseconds,
            and who answered, FRONT_DOOR or API.
    """

    def __init__(
        self, front_door: App, api: App, inline_bytes: int, write: Callable[[str], object]
    ) -> None:
        self._apps = {FRONT_DOOR: front_door, API: api}
        self._inline_bytes = inline_bytes
        self._write = write

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Have one of the two answer, and write the line."""
        # httptools leaves the white space after a value.
        headers = [(name, value.strip(b" \t")) for name, value in scope["headers"]]
        scope = {**scope, "headers": headers}
        origin = self._origin(scope)
        began = time.perf_counter()
        status = CLIENT_CLOSED_REQUEST

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._apps[origin](scope, receive, noting)
        finally:
            micros = round((time.perf_counter() - began) * 1_000_000)
            path, query = scope["raw_path"].decode(), scope["query_string"].decode()
            fields = (scope["method"], path, query, str(status), str(micros), origin)
            self._write("\t".join(fields) + "\n")

    def _origin(self, scope: Message) -> str:
        path = scope["raw_path"].decode()
        headers = (
            (name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]
        )
        is_for_front_door = goes_to_front_door(scope["method"], path, headers, self._inline_bytes)
        return FRONT_DOOR if is_for_front_door else API


def config_of(edge: Edge) -> uvicorn.Config:
    """How uvicorn serves it."""
    return uvicorn.Config(
        edge,
        http=AbortableProtocol,
        ws="none",
        proxy_headers=False,
        lifespan="off",
        log_level="warning",
        access_log=False,  # the edge writes its own
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=DRAIN_SECONDS,
    )


def main() -> None:
    """Serve until SIGTERM or the starter's end, and then finish what is under way."""
    lines = os.fdopen(os.dup(sys.stdout.fileno()), "w", buffering=1)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # where the front door logs
    when_starter_ends(lambda: os.kill(os.getpid(), signal.SIGKILL))
    descriptor, api_url = sys.argv[1:]
    inline_bytes = json.loads(os.environ["LIMITS"])["inline_bytes"]
    answers = gateway_answers(inline_bytes, to_pages=bool(os.environ.get("CORS_ORIGINS")))
    edge = Edge(application(), ApiBehind(api_url, answers), inline_bytes, lines.write)
    with socket.socket(fileno=int(descriptor)) as listener:
        listener.listen(_BACKLOG)  # early connections wait until the server is up
        lines.write("ready\n")
        uvicorn.Server(config_of(edge)).run(sockets=[listener])


if __name__ == "__main__":
    main()

"""The application that uvicorn serves: each request authorized, answered and logged.

It has the same rules, errors and log lines as the functions.
"""

import re
import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote

from front_door.answers import send_answer, with_headers
from front_door.body import Body, ClientGone, Message, Pace, Receive, Send
from front_door.content import Interrupted, send_content
from front_door.memory import give_large_blocks_back
from front_door.service import Service
from front_door.slots import Slots
from front_door.uploading import add_part, create_file
from lambdas.api.cors import readable_by
from lambdas.api.endpoint import log_request
from lambdas.api.log import logger
from lambdas.api.request import Request
from lambdas.api.responses import Response, ok, refused
from lambdas.core.errors import LarderError, UnknownUrl

BASE_PATH = "/v1"
HEALTH = "/health"

CREATE_FILE = "/files"
ADD_PART = "/uploads/{upload_id}/parts"
CONTENT = "/files/{file_id}/content"
ROUTES = (("POST", CREATE_FILE), ("POST", ADD_PART), ("GET", CONTENT), ("HEAD", CONTENT))

CLIENT_CLOSED_REQUEST = 499
"""The status in the log when the client did not wait for its answer, as in nginx."""

# Downloads need little memory, so that many more of them may run at once than uploads.
READERS_FOR_EACH = 4


def application(clock: Callable[[], float] = time.time) -> "Application":
    """Make the application of the environment's settings, tables and bucket."""
    give_large_blocks_back()
    return Application(Service.from_environment(clock))


class Application:
    """Answers the front door's requests: forms and parts of any size, and content."""

    def __init__(self, service: Service) -> None:
        self._service = service
        most = service.settings.requests_at_once
        self._taking, self._sending = Slots(most), Slots(READERS_FOR_EACH * most)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer a request, as ASGI has it."""
        assert scope["type"] == "http"
        if scope["path"] == HEALTH:
            await send_answer(send, Response(200, '{"status":"ok"}'), "")
            return
        started = time.perf_counter()
        request = self._request(scope)
        send = with_headers(readable_by(request.headers), send)
        pace = Pace(self._service.settings)
        body = _body(request, receive, pace)
        code = None
        try:
            status, code = await self._answer(request, body, pace, send)
        except ClientGone:
            status = CLIENT_CLOSED_REQUEST
        except Interrupted as interrupted:
            logger.warning("interrupted", extra={"why": str(interrupted), "request_id": request.id})
            scope.get("state", {}).get("abort", lambda: None)()
            status = CLIENT_CLOSED_REQUEST
        finally:
            pace.stop()
        log_request(request, status, started, code)

    def _request(self, scope: Message) -> Request:
        """Build the request that a function would get from API Gateway, still without its route."""
        now = self._service.clock()
        headers = {
            name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]
        }
        event = {
            "httpMethod": scope["method"],
            "path": scope["path"].removeprefix(BASE_PATH),
            "requestContext": {
                "requestId": str(uuid.uuid4()),
                "path": scope["raw_path"].decode("latin-1"),
            },
        }
        return Request(event, headers, now)

    async def _answer(
        self, request: Request, body: Body, pace: Pace, send: Send
    ) -> tuple[int, str | None]:
        """Answer, with an error if need be, and return the status and the error's code."""
        try:
            _find_route(request)
            await self._authorize(request)
            if request.event["resource"] == CONTENT:
                with self._sending.one():
                    return await send_content(self._service, request, body, pace, send), None
            with self._taking.one():
                act = create_file if request.event["resource"] == CREATE_FILE else add_part
                response = ok(await act(self._service, request, body))
        except LarderError as error:
            response = refused(error)
        except (ClientGone, Interrupted):
            raise
        except Exception:
            logger.exception("unexpected", extra={"request_id": request.id})
            response = refused(LarderError())
        await send_answer(send, response, request.id, body)
        return response.status, response.code

    async def _authorize(self, request: Request) -> None:
        authorization = request.headers.get("authorization", "")
        holder = await self._service.threads.run(self._service.authorizer.holder, authorization)
        request.event["requestContext"]["authorizer"] = {
            "owner": holder.owner,
            "scopes": " ".join(sorted(holder.scopes)),
        }


def _find_route(request: Request) -> None:
    """Put the route and its parameters into a request; raises UnknownUrl."""
    event: Any = request.event
    for method, route in ROUTES:
        parameters = _match(route, event["requestContext"]["path"])
        if parameters is not None and method == event["httpMethod"]:
            event.update(resource=route, pathParameters=parameters)
            return
    raise UnknownUrl


def _match(route: str, path: str) -> Mapping[str, str] | None:
    """Return a path's parameters, decoded after the match: an encoded slash is no separator."""
    pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", BASE_PATH + route)
    found = re.fullmatch(pattern, path)
    return found and {name: unquote(value) for name, value in found.groupdict().items()}


def _body(request: Request, receive: Receive, pace: Pace) -> Body:
    length = request.headers.get("content-length", "")
    return Body(
        receive,
        pace,
        int(length) if length.isdecimal() else None,
        awaits_go=request.headers.get("expect", "").lower() == "100-continue",
    )

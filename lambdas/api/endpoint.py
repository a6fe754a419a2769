"""What every endpoint does around its one sentence: errors, the request id, one log line."""

import gc
import time
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from lambdas.api.cors import readable_by
from lambdas.api.log import logger
from lambdas.api.request import Request
from lambdas.api.responses import Response, refused
from lambdas.core.errors import LarderError

Handler = Callable[[Mapping[str, Any], object], dict[str, Any]]


def endpoint(answer: Callable[[Request], Response]) -> Handler:
    """Make a Lambda handler of a function from request to response.

    Raised errors become OpenAI's error object; what nobody expected is logged whole and told as
    nothing but a 500. Ends a cold start's imports: from here on the garbage collector runs, and
    never looks at what they made.
    """

    @wraps(answer)
    def handler(event: Mapping[str, Any], _context: object) -> dict[str, Any]:
        started = time.perf_counter()
        request = Request.of(event)
        try:
            response = answer(request)
        except LarderError as error:
            response = refused(error)
        except Exception:
            logger.exception("unexpected", extra={"request_id": request.id})
            response = refused(LarderError())
        log_request(request, response.status, started, response.code)
        return response.to_lambda({"x-request-id": request.id, **readable_by(request.headers)})

    gc.enable()
    gc.freeze()
    return handler


def log_request(request: Request, status: int, started: float, code: str | None) -> None:
    """Write the one line of a request, which began so long ago by `time.perf_counter`.

    `code` is that of the error that was answered, by which the dashboard counts.

    `owner` is whose files it was about, `key_owner` whose API key it carried: where a service acts
    for an owner, another. A `Larder-Owner` that was refused names nobody.

    The rule for ids: they are no secrets, since nobody can use one without its owner's key, and
    whoever asks what became of a file has nothing else. So the functions and the front door log
    them, here in the path. API Gateway's access log has no need to, and holds the path's template;
    the request id leads from one to the other. No key, no file's name and no content is in either.
    """
    event = request.event
    line = {
        "request_id": request.id,
        "method": event.get("httpMethod"),
        "route": event.get("resource"),
        "path": event.get("path"),
        "owner": request.owner,
        "key_owner": request.key_owner,
        "status": status,
        "code": code,
        "ms": round((time.perf_counter() - started) * 1000, 1),
    }
    logger.info("request", extra=line)

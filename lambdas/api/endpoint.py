"""What every endpoint shares: errors, the request id, one log line."""

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

    Raised errors become OpenAI's error object; an unexpected one is logged whole, and the client
    gets a plain 500. The imports of a cold start end here: from now on the garbage collector runs,
    and skips what they made.
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

    `code` is the answered error's, which the dashboard counts.

    `owner` is whose files it was about, `key_owner` whose API key it carried; they differ where a
    service acts for an owner. A `Larder-Owner` that was refused is not logged.

    The rule for ids: they are no secrets, since an id is useless without its owner's key, and they
    are all that somebody who asks about a file can give. So the functions and the front door log
    them, here in the path. API Gateway's access log has the path's template instead; the request
    id leads from one to the other. Neither log has keys, filenames or content.
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

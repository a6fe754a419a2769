"""Which web pages may read the API's answers: CORS, by the Fetch standard.

For a page of another origin, the browser first asks with a preflight, without a key, what the page
may send, and then shows it only the answers that allow it. There are no cookies: a page needs an
API key, so to allow an origin here gives it no access by itself.
https://fetch.spec.whatwg.org/#http-cors-protocol
"""

import os
import re
from collections.abc import Mapping

from lambdas.api.responses import Response

ORIGINS = "CORS_ORIGINS"
"""The variable with the origins that a stage names, separated by spaces."""

METHODS = "GET, HEAD, POST, DELETE"
# A page can read these headers only if they are listed, others such as content-type always.
# https://fetch.spec.whatwg.org/#cors-safelisted-response-header-name
EXPOSED = (
    "accept-ranges, content-disposition, content-range, etag, location, retry-after, "
    "x-larder-bytes, x-larder-crc64nvme, x-request-id, x-should-retry"
)
# The longest that Chromium caches the answer to a preflight; Firefox caches it for a day.
PREFLIGHT_SECONDS = 7200

_NAMES = r"[A-Za-z0-9!#$%&'*+.^_`|~, -]{1,4000}"


def readable_by(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the headers that let the page that asked read the answer.

    Args:
        headers: The request's, their names in lower case.

    Returns:
        Nothing if the stage names no origin; else `Vary: Origin`, and for an origin that is named
        also the permission to read.
    """
    origins = os.environ.get(ORIGINS, "").split()
    if not origins:
        return {}
    allowed = {"vary": "Origin"}
    if (origin := headers.get("origin")) in origins:
        allowed |= {
            "access-control-allow-origin": str(origin),
            "access-control-expose-headers": EXPOSED,
        }
    return allowed


def preflight(headers: Mapping[str, str]) -> Response:
    """Answer what a page may send: any header, since no request has an effect without a key.

    `*` would not include Authorization, so the requested names are returned.
    https://fetch.spec.whatwg.org/#http-access-control-allow-headers
    """
    answer_headers = {
        "access-control-allow-methods": METHODS,
        "access-control-max-age": str(PREFLIGHT_SECONDS),
    }
    requested = headers.get("access-control-request-headers", "")
    if re.fullmatch(_NAMES, requested):
        answer_headers["access-control-allow-headers"] = requested
    return Response(204, "", answer_headers)

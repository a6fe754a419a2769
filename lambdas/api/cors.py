"""Which web pages may read what the API answers, by the Fetch standard's protocol for it.

A browser asks first, by a preflight without a key, what a page of another origin may send, and
then gives the page only what says that the page may have it. No cookie is ever involved: a page
needs a key of its own, so an origin that is allowed here opens nothing by itself.
https://fetch.spec.whatwg.org/#http-cors-protocol
"""

import os
import re
from collections.abc import Mapping

from lambdas.api.responses import Response

ORIGINS = "CORS_ORIGINS"
"""The variable with the origins that a stage names, separated by spaces."""

METHODS = "GET, HEAD, POST, DELETE"
# What a page cannot read otherwise; CORS-safelisted headers such as content-type it always can.
# https://fetch.spec.whatwg.org/#cors-safelisted-response-header-name
EXPOSED = (
    "accept-ranges, content-disposition, content-range, etag, location, retry-after, "
    "x-larder-bytes, x-larder-crc64nvme, x-request-id, x-should-retry"
)
# The most that Chromium keeps an answer to a preflight; Firefox would a day.
PREFLIGHT_SECONDS = 7200

_NAMES = r"[A-Za-z0-9!#$%&'*+.^_`|~, -]{1,4000}"


def readable_by(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the headers that let the page that asked read the answer.

    Args:
        headers: The request's, their names in lower case.

    Returns:
        Nothing if the stage names no origin; else that answers differ by origin, and, if this one
        is named, that it may read.
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
    """Answer what a page may send: any header, since none does anything without a key.

    `*` would leave out Authorization, so the names that were asked for are given back.
    https://fetch.spec.whatwg.org/#http-access-control-allow-headers
    """
    told = {
        "access-control-allow-methods": METHODS,
        "access-control-max-age": str(PREFLIGHT_SECONDS),
    }
    asked = headers.get("access-control-request-headers", "")
    if re.fullmatch(_NAMES, asked):
        told["access-control-allow-headers"] = asked
    return Response(204, "", told)

"""Content over HTTP: whole, a range, not modified, or a redirect.

https://www.rfc-editor.org/rfc/rfc9110#section-13 has the conditions, section 14 the ranges.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import formatdate

from lambdas.api.request import Request
from lambdas.api.responses import Response, content_headers, redirected
from lambdas.core import ids
from lambdas.core.errors import RangeNotSatisfiable
from lambdas.core.file import File
from lambdas.core.filenames import attachment
from lambdas.core.limits import Limits

_RANGE = re.compile(r"bytes=[ \t]*([0-9]{0,19})-([0-9]{0,19})[ \t]*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Span:
    """The content that answers a GET: bytes from `start` up to `stop`, with status and headers."""

    status: int
    headers: dict[str, str]
    start: int
    stop: int


def span_of(request: Request, file: File) -> Span | None:
    """Return what a GET of a file's content is to have, None when the client has it already.

    Raises RangeNotSatisfiable.
    """
    if _has_it(request, file):
        return None
    part = _part(request, file)
    if part is None:
        return Span(200, _headers(file), 0, file.bytes)
    start, stop = part
    content_range = f"bytes {start}-{stop - 1}/{file.bytes}"
    return Span(206, {**_headers(file), "content-range": content_range}, start, stop)


def not_modified(file: File) -> Response:
    """Answer that the client has the content already."""
    return Response(304, "", _validators(file))


def whole_or_part(
    request: Request,
    file: File,
    limits: Limits,
    *,
    read: Callable[[int, int], bytes],
    link: Callable[[], str],
) -> Response:
    """Answer a GET with the bytes, or with a redirect when they are more than the inline limit.

    So a client that follows no redirect can still read a large file, in ranges.
    Raises RangeNotSatisfiable, and what `read` raises.
    """
    span = span_of(request, file)
    if span is None:
        return not_modified(file)
    if span.stop - span.start > limits.inline_bytes:
        return redirected(link(), file, limits)
    return Response(span.status, read(span.start, span.stop), span.headers)


def headers_alone(
    request: Request, file: File, limits: Limits, *, link: Callable[[], str]
) -> Response:
    """Answer a HEAD, which has no ranges: the headers that a GET of the whole file has.

    API Gateway may rename a function's `Content-Length` and add its own of 0; S3's, after a
    redirect, and `x-larder-bytes` arrive as they are.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
    """
    if file.bytes > limits.inline_bytes and not _has_it(request, file):
        return redirected(link(), file, limits, with_body=False)
    return sized(request, file)


def sized(request: Request, file: File) -> Response:
    """Answer a HEAD with the content's size, however large it is."""
    if _has_it(request, file):
        return not_modified(file)
    return Response(200, "", {**_headers(file), "content-length": str(file.bytes)})


def _headers(file: File) -> dict[str, str]:
    return {
        **_validators(file),
        **content_headers(file),
        "content-type": "application/octet-stream",
        "content-disposition": attachment(file.filename),
        "accept-ranges": "bytes",
        # Without this API Gateway would compress it, and ranges and ETag would be wrong.
        # https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-receive-response-with-compressed-payload.html
        "content-encoding": "identity",
    }


def _validators(file: File) -> dict[str, str]:
    """A file never changes, so its id is its ETag, and its creation its last modification."""
    return {
        "etag": f'"{file.id}"',
        "last-modified": formatdate(ids.created_at(file.id), usegmt=True),
        "cache-control": "no-store, no-transform",
    }


def _has_it(request: Request, file: File) -> bool:
    """Whether the client has the content already, by its ETag or, without one, by its date."""
    own = _validators(file)
    if (tags := request.headers.get("if-none-match")) is not None:
        known = [tag.strip(" \t").removeprefix("W/") for tag in tags.split(",")]
        return "*" in known or own["etag"] in known
    return request.headers.get("if-modified-since") == own["last-modified"]


def _part(request: Request, file: File) -> tuple[int, int] | None:
    """Return the one range that is asked for, as start and stop; None for all.

    Several ranges, a malformed one, or an `If-Range` that does not match also mean all.
    """
    own = _validators(file)
    if request.headers.get("if-range", own["etag"]) not in (own["etag"], own["last-modified"]):
        return None
    found = _RANGE.fullmatch(request.headers.get("range", ""))
    if found is None or not any(found.groups()):
        return None
    first, last = found.groups()
    if first and last and int(last) < int(first):
        return None
    if not first and int(last) and not file.bytes:
        return None  # an empty file has no range: answer all of it
    start = int(first) if first else max(file.bytes - int(last), 0)
    if start >= file.bytes:
        raise RangeNotSatisfiable(file.bytes)
    return start, min(int(last) + 1, file.bytes) if first and last else file.bytes

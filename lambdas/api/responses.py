"""Answers: JSON, bytes, a redirect, OpenAI's list, and its error object."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from lambdas.core.errors import Busy, InvalidApiKey, LarderError, RangeNotSatisfiable
from lambdas.core.file import File, render
from lambdas.core.limits import Limits, in_words
from lambdas.core.pages import Page

JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Response:
    """A status, a body of text or of bytes, and headers; `code` is an error's, for the log."""

    status: int
    body: str | bytes
    headers: dict[str, str] = field(default_factory=lambda: {"content-type": JSON})
    code: str | None = None

    def to_lambda(self, more: Mapping[str, str]) -> dict[str, Any]:
        """Write the answer as API Gateway takes it from a function, with more headers.

        What it varies by is joined, or a shared cache would know of one of both alone.
        https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html#api-gateway-simple-proxy-for-lambda-output-format
        """
        text = _base64(self.body) if isinstance(self.body, bytes) else self.body
        varies = [headers["vary"] for headers in (self.headers, more) if "vary" in headers]
        joined = {"vary": ", ".join(varies)} if varies else {}
        return {
            "statusCode": self.status,
            "headers": {**self.headers, **more, **joined},
            "body": text,
            "isBase64Encoded": text is not self.body,
        }


def _base64(body: bytes) -> str:
    from pybase64 import b64encode_as_string  # noqa: PLC0415 - hardly any function answers bytes

    return b64encode_as_string(body)


def without_body(response: Response) -> Response:
    """Answer a HEAD as its GET, with the length of the body that is left out."""
    if not response.body:
        return response
    content = response.body if isinstance(response.body, bytes) else response.body.encode()
    return replace(
        response, body="", headers={**response.headers, "content-length": str(len(content))}
    )


def ok(rendered: str) -> Response:
    """Answer with an object that is rendered already."""
    return Response(200, rendered)


def listed(page: Page) -> Response:
    """Answer with OpenAI's list, joined from strings that are rendered already.

    https://platform.openai.com/docs/api-reference/files/list
    """
    # Both are strings in OpenAI's schema, and typed clients fail on null.
    first, last = (page.entries[0][0], page.entries[-1][0]) if page.entries else ("", "")
    head = render({"object": "list", "first_id": first, "last_id": last, "has_more": page.has_more})
    data = ",".join(rendered for _, rendered in page.entries)
    return Response(200, f'{head[:-1]},"data":[{data}]}}')


def uncached(rendered: str) -> Response:
    """Answer with a rendered object that gives access like a key, so it must not be cached."""
    return Response(200, rendered, {"content-type": JSON, "cache-control": "no-store"})


def content_headers(file: File) -> dict[str, str]:
    """Return the headers with the content's size and, where it is known, its checksum."""
    headers = {"x-larder-bytes": str(file.bytes)}
    if file.crc64nvme is not None:
        headers["x-larder-crc64nvme"] = file.crc64nvme
    return headers


def redirected(url: str, file: File, limits: Limits, *, with_body: bool = True) -> Response:
    """Redirect to the content; the body explains it to clients that follow no redirect."""
    limit = in_words(limits.inline_bytes)
    message = (
        f"This client does not follow redirects; content of more than {limit} comes from the URL "
        "in this answer's 'location' header. Let it follow redirects, ask "
        f"GET /files/{file.id}/url for such a URL, or read at most {limit} "
        f"({limits.inline_bytes} bytes) at a time with a Range header."
    )
    error = _error_object(message, "invalid_request_error", None, "content_elsewhere")
    headers = {
        "location": url,
        "cache-control": "no-store",
        "content-type": JSON,
        **content_headers(file),
    }
    return Response(302, error if with_body else "", headers)


def refused(error: LarderError) -> Response:
    """Answer with OpenAI's error object, and tell the SDKs when a retry cannot help.

    https://github.com/openai/openai-python/blob/main/src/openai/_base_client.py reads
    `x-should-retry`; without it both SDKs retry 409, 429 and every 5xx.
    """
    headers = {"content-type": JSON}
    if isinstance(error, RangeNotSatisfiable):
        headers["content-range"] = f"bytes */{error.size}"
    if isinstance(error, InvalidApiKey):
        headers["www-authenticate"] = "Bearer"
    if isinstance(error, Busy):
        headers["retry-after"] = "1"
    if error.permanent and (error.status in (409, 429) or error.status >= 500):
        headers["x-should-retry"] = "false"
    body = _error_object(error.message, error.type, error.param, error.code)
    return Response(error.status, body, headers, error.code)


def _error_object(message: str, kind: str, param: str | None, code: str | None) -> str:
    error = {"message": message, "type": kind, "param": param, "code": code}
    return render({"error": error})

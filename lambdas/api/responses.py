"""Answers: JSON, a redirect, OpenAI's list, and its error object."""

from dataclasses import dataclass, field
from typing import Any

from lambdas.core.errors import LarderError
from lambdas.core.file import File, render
from lambdas.core.pages import Page

JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Response:
    """A status, a body of text and headers."""

    status: int
    body: str
    headers: dict[str, str] = field(default_factory=lambda: {"content-type": JSON})

    def to_lambda(self, request_id: str) -> dict[str, Any]:
        """Write the answer as API Gateway takes it from a function.

        https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html#api-gateway-simple-proxy-for-lambda-output-format
        """
        return {
            "statusCode": self.status,
            "headers": {**self.headers, "x-request-id": request_id},
            "body": self.body,
            "isBase64Encoded": False,
        }


def ok(rendered: str) -> Response:
    """Answer with an object that is rendered already."""
    return Response(200, rendered)


def listed(page: Page) -> Response:
    """Answer with OpenAI's list: strings joined, nothing parsed or rendered again.

    https://platform.openai.com/docs/api-reference/files/list
    """
    # OpenAI's schema says that both are strings, and typed clients fail on null.
    first, last = (page.entries[0][0], page.entries[-1][0]) if page.entries else ("", "")
    head = render({"object": "list", "first_id": first, "last_id": last, "has_more": page.has_more})
    data = ",".join(rendered for _, rendered in page.entries)
    return Response(200, f'{head[:-1]},"data":[{data}]}}')


def redirected(url: str, file: File) -> Response:
    """Answer with where the content is; whoever verifies it whole finds its checksum here."""
    headers = {"location": url, "cache-control": "no-store"}
    if file.crc64nvme is not None:
        headers["x-larder-crc64nvme"] = file.crc64nvme
    return Response(302, "", headers)


def refused(error: LarderError) -> Response:
    """Answer with OpenAI's error object, and tell the SDKs when trying again is no use.

    https://github.com/openai/openai-python/blob/main/src/openai/_base_client.py reads
    `x-should-retry`; without it both SDKs retry 409, 429 and every 5xx.
    """
    body = {
        "error": {
            "message": error.message,
            "type": error.type,
            "param": error.param,
            "code": error.code,
        }
    }
    headers = {"content-type": JSON}
    if error.permanent and (error.status in (409, 429) or error.status >= 500):
        headers["x-should-retry"] = "false"
    return Response(error.status, render(body), headers)

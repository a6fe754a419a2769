"""Sending answers to the client."""

from collections.abc import Mapping

from front_door.body import Body, Message, Send
from lambdas.api.responses import Response


async def send_answer(
    send: Send, response: Response, request_id: str, body: Body | None = None
) -> None:
    """Send an answer, also to a client that still sends its body and reads nothing before that.

    The rest of such a body is read and discarded before the connection ends.
    """
    content = response.body if isinstance(response.body, bytes) else response.body.encode()
    headers = {"content-length": str(len(content)), **response.headers, "x-request-id": request_id}
    if body is not None and body.is_unread:
        headers["connection"] = "close"
    await send(start_of(response.status, headers))
    if body is not None and body.is_coming:
        await send({"type": "http.response.body", "body": content, "more_body": True})
        await body.drain()
        content = b""
    await send({"type": "http.response.body", "body": content})


def start_of(status: int, headers: dict[str, str]) -> Message:
    """Write the message that begins an answer."""
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    return {"type": "http.response.start", "status": status, "headers": raw}


def with_headers(headers: Mapping[str, str], send: Send) -> Send:
    """Wrap `send` so that answers have these headers, too."""
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message["headers"], *raw]}
        await send(message)

    return sending

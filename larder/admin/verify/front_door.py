"""Promises of the front door, where there is one."""

import secrets
import socket
import ssl
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

from larder.admin.verify.promise import Broken, Promise, Unseen, expect
from larder.admin.verify.scene import Scene

_MIB = 2**20
# The window is a minute; CloudFront and the balancer add what they buffer.
MOST_SECONDS = 150
# Longer than the 120 that CloudFront waits for an answer (infra/constructs/distribution.py).
SLOW_SECONDS = 150


def large_form(scene: Scene) -> str | None:
    """A form larger than any request that Lambda takes is stored in one call."""
    _must_be_there(scene)
    content = secrets.token_bytes(16 * _MIB)
    file_id = scene.alice.stored(content)
    read = scene.alice.ask("GET", f"/files/{file_id}/content")
    expect(read.status == 200 and read.body == content, f"read with {read.status}")
    scene.alice.sdk.files.delete(file_id)
    return None


def patience(scene: Scene) -> str | None:
    """A client that sends nothing is let go, and not kept for good."""
    _must_be_there(scene)
    parts = urlsplit(scene.alice.base_url)
    is_secure = parts.scheme == "https"
    address = str(parts.hostname), parts.port or (443 if is_secure else 80)
    head = (
        f"POST {parts.path}/files HTTP/1.1\r\nHost: {parts.netloc}\r\n"
        f"Authorization: Bearer {scene.alice.key}\r\nContent-Length: {16 * _MIB}\r\n"
        "Content-Type: multipart/form-data; boundary=verify\r\n\r\n--verify\r\n"
    )
    started = time.monotonic()
    with socket.create_connection(address, timeout=MOST_SECONDS) as plain:
        line = plain
        if is_secure:
            line = ssl.create_default_context().wrap_socket(plain, server_hostname=address[0])
        line.sendall(head.encode())
        try:
            status_line = line.recv(4096).split(b"\r\n", 1)[0].decode(errors="replace")
        except TimeoutError:
            raise Broken(f"still waiting after {MOST_SECONDS} s") from None
    seconds = time.monotonic() - started
    status = status_line.split(" ")[1] if status_line else "closing the connection"
    expect(status in ("408", "504", "closing the connection"), f"answered {status_line}")
    return f"after {seconds:.0f} s, by {status}"


def slow_body(scene: Scene) -> str | None:
    """A form that takes longer to send than CloudFront waits for an answer is stored.

    Whether its 120 seconds run while a body is being sent is not documented.
    """
    _must_be_there(scene)
    if urlsplit(scene.alice.base_url).scheme != "https":
        raise Unseen("there is no CloudFront before it")
    return trickled(scene, SLOW_SECONDS)


def trickled(scene: Scene, seconds: float, pieces: int = 15) -> str:
    """Store a file that comes in pieces over so long a time; raises Broken when it is not."""
    body, kind = scene.alice.form(secrets.token_bytes(10 * _MIB))
    size = len(body) // pieces + 1

    def slowly() -> Iterator[bytes]:
        for at in range(0, len(body), size):
            scene.sleep(seconds / pieces)
            yield body[at : at + size]

    headers = {"content-type": kind, "content-length": str(len(body))}
    started = time.monotonic()
    answer = scene.alice.ask("POST", "/files", body=slowly(), headers=headers)
    took = time.monotonic() - started
    expect(answer.status == 200, f"answered {answer.status} after {took:.0f} s: {answer.shown}")
    scene.alice.sdk.files.delete(answer.json()["id"])
    return f"sent in {took:.0f} s"


def _must_be_there(scene: Scene) -> None:
    if not scene.stacks.has_front_door:
        raise Unseen("the stage has no front door")


PROMISES = (Promise("large-form", "a form of any size is taken in one call", large_form),)
WAITING = (
    Promise("patience", "a client that sends nothing is let go", patience),
    Promise("slow-body", "a form that takes long to send is stored", slow_body),
)
"""What takes minutes of waiting, and is looked at while all else is."""

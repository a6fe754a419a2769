"""A toxic line: a proxy before a fake that mistreats a share of what passes, by a seed.

What happens to a request follows from the seed, the request and how often it was made, so that a
seed tells the same story whatever the threads do.
"""

import random
import threading
from collections import Counter
from collections.abc import Callable
from urllib.parse import urlsplit

from tests.client.fakes.other_shapes import WHOLE_BODIES
from tests.client.fakes.server import Answerer, FakeServer, Handler, Response

ODD_PLACES = (
    "http://[bad",
    "file:///etc/passwd",
    "ftp://host/x",
    "//",
    "",
    "http://[::\xe9]/",
    "http://127.0.0.1:1/",
    "http://host:99999999/",
    "x",
)
ODD_HEADERS = (
    {"retry-after": "soon"},
    {"retry-after": "-1"},
    {"retry-after": "1e400"},
    {"content-range": "bytes 7-8/9"},
    {"content-range": "elephants"},
    {"etag": "\xe9\x85"},
    {"x-larder-crc64nvme": "\x9b"},
    {"x-should-retry": "perhaps"},
    {"content-type": "\xe9"},
    {"content-encoding": "gzip"},
)
REFUSALS = (
    b"",
    b"<html>\x1b[2J</html>",
    b'{"error": {"message": "one\\nlarder: two \\u001b[2J\\u202e", "code": null}}',
    b'{"error": {"message": null, "code": []}}',
    b"<Error><Code>\x1b[2J\r\nlarder: done</Code></Error>",
    b"[" * 100_000,
)

Toxin = Callable[["ToxicHandler", random.Random, Response], Response | None]


def reset(handler: "ToxicHandler", _chance: random.Random, _response: Response) -> None:
    """Does what is asked, and resets the connection."""
    handler.reset()


def silence(handler: "ToxicHandler", _chance: random.Random, _response: Response) -> None:
    """Does what is asked, and closes the connection."""
    handler.close_connection = True


def cut(handler: "ToxicHandler", chance: random.Random, response: Response) -> None:
    """Says how long the answer is, and sends less."""
    handler.send_raw(response, response.body[: int(len(response.body) * chance.random())])


def cut_chunks(handler: "ToxicHandler", chance: random.Random, response: Response) -> None:
    """Begins a chunked answer and does not end it, or has a chunk's size that is none."""
    handler.send_chunks(response, chance.choice([b"5\r\nabcde\r\n", b"elephant\r\n", b"-1\r\n"]))


def garbage(handler: "ToxicHandler", chance: random.Random, _response: Response) -> None:
    """Talks something else than HTTP."""
    handler.wfile.write(chance.choice([b"SSH-2.0\r\n", b"\x00" * 80, b"HTTP/1.1 elephant\r\n\r\n"]))
    handler.close_connection = True


def slow(handler: "ToxicHandler", _chance: random.Random, response: Response) -> None:
    """Sends the right answer in a few pieces."""
    handler.send_slowly(response)


def refusal(_handler: "ToxicHandler", chance: random.Random, _response: Response) -> Response:
    """Answers an error, in one of several tongues."""
    status = chance.choice([400, 401, 403, 404, 408, 409, 413, 418, 429, 500, 502, 503, 599])
    return Response(status, chance.choice(REFUSALS), chance.choice(ODD_HEADERS[:3]))


def another_shape(_handler: "ToxicHandler", chance: random.Random, _: Response) -> Response:
    """Answers something that is not what was asked for."""
    return Response(chance.choice([200, 206, 204]), chance.choice(list(WHOLE_BODIES.values())))


def redirect(_handler: "ToxicHandler", chance: random.Random, _response: Response) -> Response:
    """Sends the client to an odd place."""
    location = chance.choice(ODD_PLACES)
    return Response(chance.choice([301, 302, 307, 308]), b"", {"location": location})


def odd_header(_handler: "ToxicHandler", chance: random.Random, response: Response) -> Response:
    """Gives the right answer a header that makes no sense."""
    return Response(
        response.status, response.body, {**response.headers, **chance.choice(ODD_HEADERS)}
    )


def flip(_handler: "ToxicHandler", chance: random.Random, response: Response) -> Response:
    """Flips a bit of the content; of JSON it is the first one, which leaves none."""
    body = bytearray(response.body or b"x")
    body[0 if body[:1] in b"{[" else chance.randrange(len(body))] ^= 1
    return Response(response.status, bytes(body), response.headers)


TOXINS: tuple[Toxin, ...] = (
    reset,
    silence,
    cut,
    cut_chunks,
    garbage,
    slow,
    refusal,
    another_shape,
    redirect,
    odd_header,
    flip,
)


class ToxicHandler(Handler):
    server: "ToxicServer"

    def handle_any(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        chance = self.server.chance(f"{self.command} {urlsplit(self.path).path}")
        if chance.random() < self.server.share / 4:
            self.reset()  # before anything is done
            return
        response = self.server.answerer(self.request_of(body))
        if chance.random() < self.server.share:
            toxin = chance.choice(TOXINS)
            self.server.used[toxin.__name__] += 1
            altered = toxin(self, chance, response)
            if altered is None:
                return
            response = altered
        self.answer(response)

    do_GET = do_POST = do_PUT = do_DELETE = handle_any  # noqa: N815 - http.server's

    def send_raw(self, response: Response, body: bytes) -> None:
        self.send_head(response, "content-length", str(len(response.body)))
        self.wfile.write(body)
        self.close_connection = True

    def send_chunks(self, response: Response, chunks: bytes) -> None:
        self.send_head(response, "transfer-encoding", "chunked")
        self.wfile.write(chunks)
        self.close_connection = True

    def send_slowly(self, response: Response) -> None:
        self.send_head(response, "content-length", str(len(response.body)))
        pause, step = threading.Event(), len(response.body) // 4 + 1
        for start in range(0, len(response.body), step):
            self.wfile.write(response.body[start : start + step])
            pause.wait(0.002)

    def send_head(self, response: Response, name: str, value: str) -> None:
        self.send_response(response.status)
        for header in (*response.headers.items(), (name, value)):
            self.send_header(*header)
        self.end_headers()


class ToxicServer(FakeServer):
    """See the module; `share` of the requests is mistreated, and `used` counts how."""

    def __init__(self, host: str, answerer: Answerer) -> None:
        super().__init__(host, answerer, ToxicHandler)
        self.seed = 0
        self.share = 0.0
        self.used: Counter[str] = Counter()
        self._made: Counter[str] = Counter()
        self._lock = threading.Lock()

    def begin(self, seed: int, share: float) -> None:
        with self._lock:
            self.seed, self.share = seed, share
            self._made.clear()

    def chance(self, request: str) -> random.Random:
        with self._lock:
            self._made[request] += 1
            return random.Random(f"{self.seed} {request} {self._made[request]}")

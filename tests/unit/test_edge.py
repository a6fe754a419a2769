"""The one base URL of `make run`: what it hands to the API behind it, and what comes back."""

import gzip
import json
import re
import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
import urllib3
import uvicorn

from infra.gateway_answers import gateway_answers
from infra.local.api_behind import LARGEST_REQUEST, ApiBehind
from infra.local.asgi import App, Message, Receive, Send
from infra.local.edge import Edge, config_of
from infra.local.ports import HOST, bound
from infra.stages import Limits
from tests.e2e.waiting import wait_until

INLINE = Limits().inline_bytes
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"
ANSWERS = gateway_answers(INLINE)
WORDS = {answer.kind: json.loads(answer.body) for answer in ANSWERS}


class Api(socketserver.ThreadingTCPServer):
    """Stands in for the emulator: keeps what it is asked, and answers as it is told."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__((HOST, 0), _Handler)
        self.asked: list[bytes] = []
        self.answer = OK
        self.may_answer = threading.Event()
        self.may_answer.set()

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.server_address[1]}/_aws/execute-api/larder/v1"


class _Handler(socketserver.StreamRequestHandler):
    server: Api

    def handle(self) -> None:
        asked = b""
        while not asked.endswith(b"\r\n\r\n"):
            asked += self.rfile.readline()
        length = re.search(rb"content-length: (\d+)", asked)
        self.server.asked.append(asked + self.rfile.read(int(length[1]) if length else 0))
        self.server.may_answer.wait()
        self.wfile.write(self.server.answer)


@dataclass
class Served:
    """The edge, listening, and the lines that it has written."""

    port: int
    lines: list[str] = field(default_factory=list)

    def request(self, method: str, path: str, **options: Any) -> urllib3.BaseHTTPResponse:
        options = {"redirect": False, "decode_content": False, **options}
        with urllib3.PoolManager(retries=False, timeout=30) as http:
            return http.request(method, f"http://{HOST}:{self.port}{path}", **options)

    def send(self, raw: bytes) -> bytes:
        """Send bytes and return all that comes back."""
        with socket.create_connection((HOST, self.port), timeout=30) as line:
            line.sendall(raw)
            return b"".join(iter(lambda: line.recv(2**16), b""))


async def front_door(scope: Message, receive: Receive, send: Send) -> None:
    """Answers how many bytes have come."""
    size, more = 0, True
    while more:
        message = await receive()
        size, more = size + len(message.get("body", b"")), message.get("more_body", False)
    await send({"type": "http.response.start", "status": 201, "headers": []})
    await send({"type": "http.response.body", "body": str(size).encode()})


@contextmanager
def served(api: App, door: App = front_door) -> Iterator[Served]:
    listener = bound(0)
    edge = Served(listener.getsockname()[1])
    server = uvicorn.Server(config_of(Edge(door, api, INLINE, edge.lines.append)))
    listener.listen()
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield edge
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture
def api() -> Iterator[Api]:
    with Api() as api:
        thread = threading.Thread(target=api.serve_forever, args=(0.01,))
        thread.start()
        yield api
        api.may_answer.set()
        api.shutdown()
        thread.join()


@pytest.fixture
def edge(api: Api) -> Iterator[Served]:
    with served(ApiBehind(api.url, ANSWERS)) as edge:
        yield edge


def assert_own(answer: urllib3.BaseHTTPResponse, status: int, kind: str) -> None:
    """See that it is API Gateway's own answer of a kind, in the envelope."""
    assert (answer.status, answer.json()) == (status, WORDS[kind])
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-request-id"]


class TestWhatIsAsked:
    """The API is asked what the client asks."""

    @pytest.mark.parametrize(
        "target",
        ["/v1/files", "/v1", "/v1/files/a%2fb%7E//%c3%A9/..?x=%5b1%5D&&y=a+b&=", "/v1/a;b?c?d=/e"],
    )
    def test_path_and_query_are_the_same_byte_for_byte(
        self, api: Api, edge: Served, target: str
    ) -> None:
        edge.send(f"GET {target} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n".encode())
        asked = f"GET /_aws/execute-api/larder{target} HTTP/1.1\r\n"
        assert api.asked[0].startswith(asked.encode())

    def test_headers_are_the_same_but_for_those_of_the_connection(
        self, api: Api, edge: Served
    ) -> None:
        edge.send(
            b"GET /v1/files HTTP/1.1\r\nHost: x\r\nConnection: close, X-Mine\r\nX-Mine: 1\r\n"
            b"Keep-Alive: 5\r\nX-Twice: b\r\nX-Twice: \t a \t\r\n"
            b"Authorization: Bearer caf\xe9\r\n\r\n"
        )
        host = api.url.split("/")[2]
        assert api.asked[0].split(b"\r\n")[1:] == [
            f"host: {host}".encode(),
            b"x-twice: b",
            b"x-twice: a",
            b"authorization: Bearer caf\xe9",
            b"connection: close",
            b"",
            b"",
        ]

    def test_a_body_in_chunks_comes_whole(self, api: Api, edge: Served) -> None:
        edge.request("POST", "/v1/uploads", body=iter([b'{"a":', b"1}"]))
        head, _, body = api.asked[0].partition(b"\r\n\r\n")
        assert b"content-length: 7" in head
        assert b"transfer-encoding" not in head
        assert body == b'{"a":1}'

    def test_an_empty_body_has_its_length(self, api: Api, edge: Served) -> None:
        edge.request("POST", "/v1/uploads/a/cancel", body=b"")
        assert b"content-length: 0\r\n" in api.asked[0]

    def test_the_largest_body_is_taken(self, api: Api, edge: Served) -> None:
        body = b"x" * LARGEST_REQUEST
        assert edge.request("POST", "/v1/uploads", body=body).status == 200
        assert api.asked[0].endswith(b"\r\n\r\n" + body)

    def test_a_client_that_leaves_before_the_end_asks_nothing(self, api: Api, edge: Served) -> None:
        with socket.create_connection((HOST, edge.port)) as line:
            line.sendall(b"POST /v1/uploads HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\nabc")
        wait_until(lambda: bool(edge.lines))
        assert api.asked == []
        assert edge.lines[0].startswith("POST\t/v1/uploads\t\t499\t")


class TestWhatIsAnswered:
    """The client is answered what the API answers."""

    def test_status_headers_and_body_are_the_same(self, api: Api, edge: Served) -> None:
        body = gzip.compress(b"{}" * 1000)
        head = (
            b"HTTP/1.1 404 Not Found\r\ncontent-type: application/json\r\n"
            b"content-encoding: gzip\r\nx-request-id: 1\r\nset-cookie: a\r\nset-cookie: b\r\n"
            b"date: now\r\nconnection: close\r\n"
        )
        api.answer = head + b"content-length: %d\r\n\r\n" % len(body) + body
        answer = edge.request("GET", "/v1/files")
        assert (answer.status, answer.data) == (404, body)
        sent = [(name, value) for name, value in answer.headers.items() if name != "date"]
        assert sent == [
            ("content-type", "application/json"),
            ("content-encoding", "gzip"),
            ("x-request-id", "1"),
            ("set-cookie", "a"),
            ("set-cookie", "b"),
            ("content-length", str(len(body))),
        ]
        assert len(answer.headers.getlist("date")) == 1

    def test_a_body_in_chunks_comes_whole(self, api: Api, edge: Served) -> None:
        api.answer = (
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\n{\r\n1\r\n}\r\n0\r\n\r\n"
        )
        assert edge.request("GET", "/v1/files").data == b"{}"

    def test_a_head_tells_the_length_and_has_no_body(self, api: Api, edge: Served) -> None:
        api.answer = b"HTTP/1.1 200 OK\r\ncontent-length: 123\r\n\r\n"
        answer = edge.request("HEAD", "/v1/files/a")
        assert (answer.headers["content-length"], answer.data) == ("123", b"")

    def test_a_redirect_is_the_clients_to_follow(self, api: Api, edge: Served) -> None:
        api.answer = (
            b"HTTP/1.1 302 Found\r\nlocation: http://s3/a?b=%2f\r\ncontent-length: 0\r\n\r\n"
        )
        answer = edge.request("GET", "/v1/files/a/url")
        assert (answer.status, answer.headers["location"]) == (302, "http://s3/a?b=%2f")
        assert len(api.asked) == 1


class TestOwnAnswers:
    """What API Gateway answers by itself, and the emulator does not."""

    @pytest.mark.parametrize("path", ["/", "/v2/files", "/v1x", "//v1/files", "/_ministack/ready"])
    def test_a_path_elsewhere_is_unknown(self, api: Api, edge: Served, path: str) -> None:
        assert_own(edge.request("GET", path), 404, "MISSING_AUTHENTICATION_TOKEN")
        assert api.asked == []

    @pytest.mark.parametrize("chunked", [False, True])
    def test_one_byte_too_many_is_too_large(self, api: Api, edge: Served, chunked: bool) -> None:
        body = b"x" * (LARGEST_REQUEST + 1)
        answer = edge.request("POST", "/v1/uploads", body=iter([body]) if chunked else body)
        assert_own(answer, 413, "REQUEST_TOO_LARGE")
        assert api.asked == []

    def test_nobody_behind_is_a_failure(self) -> None:
        with bound(0) as nobody:
            port = nobody.getsockname()[1]
            with served(ApiBehind(f"http://{HOST}:{port}/v1", ANSWERS)) as edge:
                assert_own(edge.request("GET", "/v1/files"), 502, "INTEGRATION_FAILURE")

    @pytest.mark.parametrize(
        "response", [b"", b"HTTP/1.1 200 OK\r\n", OK[:-1], b"nonsense\r\n\r\n"]
    )
    def test_half_an_answer_is_a_failure(self, api: Api, edge: Served, response: bytes) -> None:
        api.answer = response
        assert_own(edge.request("GET", "/v1/files"), 502, "INTEGRATION_FAILURE")

    def test_no_answer_in_time_is_a_timeout(self, api: Api) -> None:
        api.may_answer.clear()
        with served(ApiBehind(api.url, ANSWERS, answer_seconds=0.05)) as edge:
            assert_own(edge.request("GET", "/v1/files"), 504, "INTEGRATION_TIMEOUT")

    def test_no_two_have_the_same_id(self, edge: Served) -> None:
        ids = {edge.request("GET", "/").headers["x-request-id"] for _ in range(3)}
        assert len(ids) == 3


class TestWhoAnswers:
    """The front door takes what it is for, and the log says so."""

    def test_a_large_form_goes_to_the_front_door(self, api: Api, edge: Served) -> None:
        answer = edge.request("POST", "/v1/files?a=b", body=bytes(INLINE + 1))
        assert (answer.status, answer.data) == (201, str(INLINE + 1).encode())
        assert api.asked == []
        wait_until(lambda: bool(edge.lines))
        assert re.fullmatch(r"POST\t/v1/files\ta=b\t201\t\d+\tfront_door\n", edge.lines[0])

    def test_white_space_is_no_part_of_a_length(self, api: Api, edge: Served) -> None:
        edge.send(
            b"POST /v1/files HTTP/1.1\r\nhost: x\r\nconnection: close\r\n"
            b"content-length: 2 \t\r\n\r\n{}"
        )
        assert api.asked[0].endswith(b"\r\n\r\n{}")

    def test_a_small_form_goes_to_the_api(self, api: Api, edge: Served) -> None:
        assert edge.request("POST", "/v1/files", body=bytes(INLINE)).status == 200
        assert len(api.asked) == 1
        wait_until(lambda: bool(edge.lines))
        assert re.fullmatch(r"POST\t/v1/files\t\t200\t\d+\tapi\n", edge.lines[0])

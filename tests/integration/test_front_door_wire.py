"""The front door behind a real socket: what is no HTTP, and what lies about its length."""

import re
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
import uvicorn

from front_door.protocol import AbortableProtocol
from tests.bed.bed import Bed
from tests.bed.uploader import Uploader

FORM = (
    b'--b\r\nContent-Disposition: form-data; name="purpose"\r\n\r\nbatch\r\n'
    b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
    + b"x" * 300
    + b"\r\n--b--\r\n"
)
GO_ON = b"HTTP/1.1 100 Continue\r\n\r\n"
ENOUGH = f"Content-Length: {len(FORM)}"


@contextmanager
def serving(bed: Bed) -> Iterator[int]:
    """Serve the front door on a free port, as its program does."""
    application, _ = bed.front_door._started()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        config = uvicorn.Config(
            application, http=AbortableProtocol, lifespan="off", log_config=None, access_log=False
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join()


@dataclass
class Client:
    """Alice, who writes HTTP by hand."""

    bed: Bed
    port: int

    def send(self, *headers: str, body: bytes = FORM, target: bytes = b"/v1/files") -> bytes:
        """Send a request and return what comes back of its answer, or until the end."""
        with self._sent(headers, body, target) as connection:
            received = b""
            while not _is_whole(received) and (more := connection.recv(65_536)):
                received += more
        return received

    def send_and_go(self, *headers: str, body: bytes = FORM) -> None:
        """Send a request and close the connection."""
        self._sent(headers, body, b"/v1/files").close()

    def _sent(self, headers: Sequence[str], body: bytes, target: bytes) -> socket.socket:
        head = [
            b"POST " + target + b" HTTP/1.1",
            b"Host: localhost",
            b"Content-Type: multipart/form-data; boundary=b",
            f"Authorization: Bearer {self.bed.api_key('alice')}".encode(),
            *(header.encode("latin-1") for header in headers),
        ]
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=20)
        connection.sendall(b"\r\n".join(head) + b"\r\n\r\n" + body)
        return connection


def _is_whole(received: bytes) -> bool:
    """Tell whether an answer has come, behind the one that says to go on."""
    head, ended, body = received.removeprefix(GO_ON).partition(b"\r\n\r\n")
    length = re.search(rb"content-length: (\d+)", head)
    return bool(ended and length and len(body) >= int(length[1]))


@pytest.fixture
def client(bed: Bed) -> Iterator[Client]:
    with bed.front_door.with_settings(part_bytes=100), serving(bed) as port:
        yield Client(bed, port)


def status_of(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


def holds_nothing(bed: Bed) -> bool:
    alice = Uploader(bed)
    nothing = {"bytes": 0, "reserved_bytes": 0, "files": 0}
    return (alice.files(), alice.usage(), bed.object_keys()) == ([], nothing, [])


def test_what_is_right_is_taken(client: Client) -> None:
    answer = client.send(ENOUGH)
    assert status_of(answer) == 200
    assert b'"bytes":300' in answer


def test_chunks_are_taken(client: Client) -> None:
    chunks = b"".join(
        b"%x\r\n%b\r\n" % (len(piece), piece) for piece in (FORM[:1], FORM[1:90], FORM[90:])
    )
    answer = client.send("Transfer-Encoding: chunked", body=chunks + b"0\r\n\r\n")
    assert status_of(answer) == 200


@pytest.mark.parametrize(
    "headers",
    [
        ["Content-Length: -1"],
        ["Content-Length: +434"],
        ["Content-Length: 4x"],
        ["Content-Length: 99999999999999999999999"],
        [ENOUGH, ENOUGH],
        [ENOUGH, "Content-Length: 1"],
        [ENOUGH, "Transfer-Encoding: chunked"],
        ["Transfer-Encoding: chunked, gzip"],
        ["Transfer-Encoding: chunked"],  # and then no chunk
        ["Bad Header: x", ENOUGH],
    ],
    ids=str,
)
def test_what_no_two_servers_would_read_alike_is_refused(
    client: Client, headers: list[str]
) -> None:
    """So that nothing can be smuggled past whoever stands before it."""
    answer = client.send(*headers)
    assert answer == b"" or status_of(answer) == 400
    assert answer.count(b"HTTP/1.1 ") <= 1
    assert holds_nothing(client.bed)


def test_a_length_beyond_what_comes_is_a_client_that_has_gone(bed: Bed) -> None:
    with bed.front_door.with_settings(part_bytes=100), serving(bed) as port:
        Client(bed, port).send_and_go(f"Content-Length: {len(FORM) + 1}")
    assert holds_nothing(bed)


def test_a_length_short_of_what_comes_makes_no_file(bed: Bed) -> None:
    """What follows is no request either."""
    with bed.front_door.with_settings(part_bytes=100), serving(bed) as port:
        answer = Client(bed, port).send(f"Content-Length: {len(FORM) - 20}")
    assert status_of(answer) == 400
    assert holds_nothing(bed)


def test_a_length_beyond_every_limit_is_refused_unread(client: Client) -> None:
    answer = client.send("Content-Length: 999999999999999")
    assert status_of(answer) == 413
    assert b"content_too_large" in answer


def test_a_path_of_other_bytes_reaches_nobody(client: Client) -> None:
    assert client.send(ENOUGH, target="/v1/files/ü/content".encode())[9:12] in (b"400", b"404")


def test_headers_of_other_letters_do_no_harm(client: Client) -> None:
    answer = client.send(ENOUGH, "X-Name: \xfc\xff")
    assert status_of(answer) == 200


def test_a_client_that_waits_is_told_to_go_on_only_if_it_is_let_in(client: Client) -> None:
    wait = "Expect: 100-continue"
    assert client.send(ENOUGH, wait).startswith(GO_ON)
    assert status_of(client.send(ENOUGH, wait, target=b"/v1/nowhere", body=b"")) == 404


@pytest.mark.parametrize("encoding", ["", "Transfer-Encoding: chunked"])
def test_who_sends_on_reads_its_refusal_at_the_end(client: Client, encoding: str) -> None:
    size = 3 * 2**20
    body = b"%x\r\n" % size + bytes(size) + b"\r\n0\r\n\r\n" if encoding else bytes(size)
    answer = client.send(
        encoding or f"Content-Length: {size}", f"Idempotency-Key: {'a' * 256}", body=body
    )
    assert status_of(answer) == 400
    assert b"printable ASCII" in answer
    assert b"connection: close" in answer

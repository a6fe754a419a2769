"""AWS as a running local deployment finds it on a bad day.

A proxy between the functions, or the front door, and the emulator fails some of their calls,
throttles some, and loses some answers; and now and then a function is killed where it stands. The
reaper's calls pass untouched: the emulator does not deliver again what a reaper reports as failed.
"""

import os
import random
import signal
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import psutil
import urllib3

from infra.local.aws import aws_session
from infra.local.deployment import RunningDeployment
from infra.local.ports import HOST
from infra.routes import REAP

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

KILL_EVERY_SECONDS = 1.5
CALLS_BETWEEN_KILLS = 10  # on a busy machine a function takes longer to start than to be killed
MARK = "faulty"
"""The file in a deployment's state that says that its functions are told of a proxy."""

_ENDPOINT = "AWS_ENDPOINT_URL"
_HOP_BY_HOP = {"connection", "content-length", "keep-alive", "transfer-encoding"}


@contextmanager
def faulty_aws(deployment: RunningDeployment, chance: float) -> Iterator[tuple[str, Counter[str]]]:
    """Have each call of the functions go wrong with this chance, for the length of a `with` block.

    Yields the URL of an AWS like that, and the faults counted by their names, kills included.
    """
    functions: LambdaClient = aws_session().client("lambda", endpoint_url=deployment.endpoint_url)
    counts: Counter[str] = Counter()
    proxy = _Proxy(deployment.endpoint_url, chance, counts)
    url = f"http://{HOST}:{proxy.server_address[1]}"
    mark = deployment.state_dir / MARK
    with ExitStack() as stack:
        stack.enter_context(_serving(proxy))
        mark.touch()
        stack.callback(mark.unlink)
        for name in _function_names(functions):
            stack.callback(_tell, functions, name, None)
            _tell(functions, name, url)
        stack.enter_context(_killing(deployment, proxy))
        yield url, counts


def _function_names(functions: "LambdaClient") -> list[str]:
    pages = functions.get_paginator("list_functions").paginate()
    found = [function for page in pages for function in page["Functions"]]
    return [one["FunctionName"] for one in found if one["Handler"] != REAP.handler]


def _tell(functions: "LambdaClient", name: str, endpoint: str | None) -> None:
    """Set where a function finds AWS; None is what it would take by itself."""
    found = functions.get_function_configuration(FunctionName=name)
    variables = dict(found.get("Environment", {}).get("Variables", {}))
    variables.pop(_ENDPOINT, None)
    if endpoint is not None:
        variables[_ENDPOINT] = endpoint
    functions.update_function_configuration(FunctionName=name, Environment={"Variables": variables})


class _Proxy(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, target: str, chance: float, counts: Counter[str]) -> None:
        super().__init__((HOST, 0), _Handler)
        self.target = target
        self.chance = chance
        self.counts = counts
        self.calls = 0
        self.pool = urllib3.PoolManager(maxsize=32, retries=False, timeout=60)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Let a function go away in the middle: it was killed."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Proxy

    def answer(self) -> None:
        """Forward a call, unless a fault happens to it or to its answer."""
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        self.server.calls += 1
        fault = self._fault()
        if fault == "fails":
            self._send(500, {}, b"")
        elif fault == "is throttled":
            self._send(*self._throttled())
        else:
            answered = self.server.pool.request(
                self.command,
                self.server.target + self.path,
                headers=dict(self.headers.items()),
                body=body,
                redirect=False,
                decode_content=False,
            )
            if fault == "loses its answer":
                self.close_connection = True
                return
            kept = {
                name.lower(): value
                for name, value in answered.headers.items()
                if name.lower() not in _HOP_BY_HOP
            }
            if self.command == "HEAD":  # the length is of what a GET would bring
                kept["content-length"] = answered.headers["content-length"]
            self._send(answered.status, kept, answered.data)

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = answer  # noqa: N815 - http.server's names

    def _fault(self) -> str | None:
        if random.random() >= self.server.chance:
            return None
        fault = random.choice(("fails", "is throttled", "loses its answer"))
        self.server.counts[fault] += 1
        return fault

    def _throttled(self) -> tuple[int, dict[str, str], bytes]:
        if "x-amz-target" in self.headers:
            kind = b"com.amazonaws.dynamodb.v20120810#ThrottlingException"
            body = b'{"__type": "%s", "message": "slow down"}' % kind
            return 400, {"content-type": "application/x-amz-json-1.0"}, body
        body = b"<Error><Code>SlowDown</Code><Message>slow down</Message></Error>"
        return 503, {"content-type": "application/xml"}, body

    def _send(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response_only(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if "content-length" not in headers:
            self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: Any) -> None:
        """Say nothing: the functions log each request."""


@contextmanager
def _serving(proxy: _Proxy) -> Iterator[None]:
    thread = threading.Thread(target=proxy.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        proxy.shutdown()
        proxy.server_close()
        thread.join()


@contextmanager
def _killing(deployment: RunningDeployment, proxy: _Proxy) -> Iterator[None]:
    """Kill one of the functions' processes, whichever, from time to time."""
    emulator = (deployment.state_dir / "emulator.lock").read_text()
    done = threading.Event()

    def kill() -> None:
        calls = 0
        while not done.wait(KILL_EVERY_SECONDS):
            if proxy.calls < calls + CALLS_BETWEEN_KILLS:
                continue
            if processes := _children_of(emulator):
                calls = proxy.calls
                with suppress(ProcessLookupError):
                    os.kill(random.choice(processes), signal.SIGKILL)
                    proxy.counts["kills the function"] += 1

    thread = threading.Thread(target=kill, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _children_of(process_id: str) -> list[int]:
    """Return the processes that the emulator runs functions in."""
    parent = int(process_id)
    return [
        child.pid
        for child in psutil.Process(parent).children()
        if any("worker" in word for word in _words(child))
    ]


def _words(process: psutil.Process) -> list[str]:
    with suppress(psutil.Error):  # it has just ended
        words: list[str] = process.cmdline()
        return words
    return []

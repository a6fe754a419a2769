"""A service that lies: the real one, with one thing done or answered otherwise."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from urllib.parse import urlencode

import urllib3

from tests.client.fakes.server import Request, Response, serving

Passed = Callable[[Request], Response]
Lie = Callable[[Request, Passed], Response]
"""Answers a request, which it may pass on, altered or as it is, and whose answer it may alter."""

# What belongs to one connection, or is made anew.
_HOP_BY_HOP = {"connection", "content-length", "date", "host", "server", "transfer-encoding"}


@dataclass(frozen=True)
class LyingService:
    """Where it is, and how to let it lie."""

    base_url: str
    lies: list[Lie]


@contextmanager
def lying_service(base_url: str) -> Iterator[LyingService]:
    """Stand before a base URL for the length of a `with` block."""
    root = base_url.removesuffix("/v1")
    lies: list[Lie] = []
    with urllib3.PoolManager(retries=False, timeout=60) as http:

        def passed(request: Request) -> Response:
            query = f"?{urlencode(request.query)}" if request.query else ""
            answer = http.request(
                request.method,
                f"{root}{request.path}{query}",
                headers=without_hop_by_hop(request.headers),
                body=request.body,
                redirect=False,
                decode_content=False,
            )
            headers = {name.lower(): value for name, value in answer.headers.items()}
            return Response(answer.status, answer.data, without_hop_by_hop(headers))

        def answered(request: Request) -> Response:
            return lies[0](request, passed) if lies else passed(request)

        with serving("127.0.0.1", answered) as server:
            yield LyingService(f"{server.url}/v1", lies)


def without_hop_by_hop(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name not in _HOP_BY_HOP}


def answered_otherwise(method: str, path: str, was: bytes, other: bytes) -> Lie:
    """Alter what is answered to a request whose path ends so."""

    def lie(request: Request, passed: Passed) -> Response:
        answer = passed(request)
        if (request.method, request.path.endswith(path)) != (method, True):
            return answer
        return replace(answer, body=answer.body.replace(was, other))

    return lie


def not_done(method: str, path: str, body: bytes) -> Lie:
    """Answer as if it were done."""

    def lie(request: Request, passed: Passed) -> Response:
        if request.method == method and path in request.path:
            return Response(200, body, {"content-type": "application/json"})
        return passed(request)

    return lie


def without_header(name: str) -> Lie:
    """Lose a header, of requests and of answers."""

    def lie(request: Request, passed: Passed) -> Response:
        kept = {one: value for one, value in request.headers.items() if one != name}
        answer = passed(replace(request, headers=kept))
        return replace(
            answer, headers={one: value for one, value in answer.headers.items() if one != name}
        )

    return lie


def told_as(status: int, instead: int) -> Lie:
    """Answer with another status."""

    def lie(request: Request, passed: Passed) -> Response:
        answer = passed(request)
        return replace(answer, status=instead) if answer.status == status else answer

    return lie


def taken_for(key: str, other: str) -> Lie:
    """Take one key for another."""

    def lie(request: Request, passed: Passed) -> Response:
        headers = {
            name: value.replace(key, other) if name == "authorization" else value
            for name, value in request.headers.items()
        }
        return passed(replace(request, headers=headers))

    return lie

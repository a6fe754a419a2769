"""Every operation answers as `docs/openapi.yaml` says, by the way in that the edge chooses.

A user in all phases; the batch system by the examples and at the bounds, for its requests differ by
two headers alone.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bed.bed import ORIGIN, Bed
from tests.bed.description import DESCRIPTION, hold, without_optional_headers
from tests.bed.gateway import HttpResponse
from tests.bed.http_front import http_front
from tests.bed.proxy_event import HttpRequest

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


class Edge:
    """Sends each request to the gateway or the front door, as CloudFront does."""

    def __init__(self, bed: Bed) -> None:
        self._bed = bed.through("edge")

    def answer(self, request: HttpRequest) -> HttpResponse:
        """Answer a request as the deployment would."""
        url = ORIGIN + request.target
        return self._bed.request(request.method, url, request.headers, request.body)


@pytest.fixture
def base_url(bed: Bed) -> Iterator[str]:
    with http_front(Edge(bed)) as url:
        yield url


def test_a_user_is_answered_as_described(bed: Bed, base_url: str, tmp_path: Path) -> None:
    keys = {"tester": bed.api_key("alice"), "other": bed.api_key("bob")}
    hold(base_url, without_optional_headers(), tmp_path, os.environ, **keys)


def test_the_batch_system_is_answered_as_described(bed: Bed, base_url: str, tmp_path: Path) -> None:
    keys = {"tester": bed.api_key("batch", scopes=("service",)), "other": bed.api_key("alice")}
    phases = ("--phases", "examples,coverage")
    repeats = ("--exclude-checks", "ensure_resource_availability")  # for an Idempotency-Key
    hold(base_url, DESCRIPTION, tmp_path, os.environ, *phases, *repeats, **keys)

"""Every operation answers as `docs/openapi.yaml` says, by the way in that the edge chooses.

A user in all phases; the batch system by the examples and at the bounds, for its requests differ by
two headers alone. A run generates fewer examples, and has the batch system ask for some of the
operations.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bed.bed import ORIGIN, Bed
from tests.bed.description import (
    DESCRIPTION,
    EXAMPLES,
    OPERATIONS,
    hold,
    without_optional_headers,
)
from tests.bed.gateway import HttpResponse
from tests.bed.http_front import http_front
from tests.bed.proxy_event import HttpRequest
from tests.seed import drawn

OPERATIONS_EACH = 5
"""How many the batch system asks for in one run, but for `make prove`, where it is all."""

pytestmark = [pytest.mark.slow, pytest.mark.drawn, pytest.mark.timeout(600)]


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


def test_a_user_is_answered_as_described(
    bed: Bed, base_url: str, tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    hold(
        base_url,
        without_optional_headers(),
        tmp_path,
        os.environ,
        tester=bed.api_key("alice"),
        other=bed.api_key("bob"),
        examples=EXAMPLES if pytestconfig.option.whole else EXAMPLES // 5,
    )


def test_the_batch_system_is_answered_as_described(
    bed: Bed, base_url: str, tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    asked = drawn(pytestconfig, "the batch system", OPERATIONS, OPERATIONS_EACH)
    hold(
        base_url,
        DESCRIPTION,
        tmp_path,
        os.environ,
        "--phases",
        "examples,coverage",
        "--exclude-checks",  # an Idempotency-Key repeats what was answered
        "ensure_resource_availability",
        tester=bed.api_key("batch", scopes=("service",)),
        other=bed.api_key("alice"),
        operations=asked,
    )

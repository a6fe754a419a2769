"""The test bed with a real S3 server in place of moto's; DynamoDB stays moto's."""

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from unittest.mock import patch

import urllib3

from lambdas.stores import aws as functions_aws
from tests.bed.aws import fresh_aws, functions_wire
from tests.bed.bed import Bed, functions_anew
from tests.bed.clock import Clock
from tests.bed.gateway import Gateway, HttpResponse
from tests.bed.seaweed import S3Server
from tests.bed.stream import Stream


class RealBucket:
    """The bucket as whoever holds a presigned URL sees it: over HTTP."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._http = urllib3.PoolManager(maxsize=8, retries=False, timeout=60)

    def answer(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes
    ) -> HttpResponse:
        """Send a request and return its answer, whole."""
        response = self._http.request(
            method, url, headers=dict(headers), body=body or None, redirect=False
        )
        received = {name.lower(): value for name, value in response.headers.items()}
        return HttpResponse(response.status, received, response.data)


@contextmanager
def made_bed_on(server: S3Server) -> Iterator[Bed]:
    """Deploy onto fresh tables and the server's bucket, emptied, at the present moment."""
    server.empty()
    bucket = {"AWS_ENDPOINT_URL_S3": server.url, "CONTENT_URL": server.bucket_url}
    with patch.dict(os.environ, bucket), _clients_anew(), fresh_aws(server.url) as session:
        clock = Clock(time.time())
        stream = Stream(session, functions_wire.lock)
        yield Bed(session, clock, Gateway(clock), RealBucket(server.bucket_url), stream)


@contextmanager
def _clients_anew() -> Iterator[None]:
    """Have functions and their S3 client made from the environment as it is now, then again."""
    functions_aws.s3.cache_clear()
    try:
        with functions_anew():
            yield
    finally:
        functions_aws.s3.cache_clear()

"""What becomes of a request whose API key cannot be looked up, and how soon."""

import threading
import time
from collections.abc import Iterator
from typing import Any

import botocore.session
import pytest
from botocore.awsrequest import AWSResponse
from moto.core.models import botocore_stubber

from infra.routes import AUTHORIZE
from lambdas.core.errors import Unavailable
from lambdas.stores import aws
from lambdas.stores.api_keys import ApiKeys
from tests.bed.bed import Bed
from tests.bed.dynamodb_server import running_dynamodb
from tests.bed.environment import API_KEYS_TABLE
from tests.bed.faults import hasty_retries
from tests.bed.wire import Call, Send, aws_error

LONGEST_SECONDS = 5
LONGEST_PAUSE_SECONDS = 1


@pytest.fixture
def stalled(bed: Bed) -> Iterator[ApiKeys]:
    """The table of keys behind a DynamoDB that takes every call and answers none."""
    is_over = threading.Event()

    def stall(call: Call, send: Send) -> AWSResponse:
        is_over.wait()
        return aws_error(call, "InternalServerError", status=500)

    session: Any = botocore.session.get_session()
    session.unregister("before-send", botocore_stubber)  # it goes by a socket, as on AWS
    bed.wire.interceptor = stall
    with running_dynamodb() as url:
        config = aws.dynamodb_of_keys().meta.config
        client = session.create_client("dynamodb", endpoint_url=url, config=config)
        try:
            yield ApiKeys(API_KEYS_TABLE, client)
        finally:
            is_over.set()


def failing(call: Call, send: Send) -> AWSResponse:
    if call.json().get("TableName") == API_KEYS_TABLE:
        return aws_error(call, "InternalServerError", status=500)
    return send()


def test_a_stalled_table_is_given_up_after_two_tries_within_five_seconds(
    bed: Bed, stalled: ApiKeys
) -> None:
    key = bed.api_key("alice")
    started = time.monotonic()
    with pytest.raises(Unavailable):
        stalled.holder(key, 0)
    assert time.monotonic() - started < LONGEST_SECONDS
    assert [call.operation for call in bed.wire.calls] == ["GetItem"] * 2


def test_also_tries_that_wait_to_connect_and_to_read_end_before_the_authorizer_is_killed() -> None:
    config: Any = aws.dynamodb_of_keys().meta.config
    longest_try = config.connect_timeout + config.read_timeout
    tries = config.retries["total_max_attempts"]
    assert tries * longest_try + (tries - 1) * LONGEST_PAUSE_SECONDS < LONGEST_SECONDS
    assert AUTHORIZE.timeout_seconds > LONGEST_SECONDS


@pytest.mark.parametrize("way", ["gateway", "front_door"])
def test_a_key_that_cannot_be_looked_up_may_be_sent_again(bed: Bed, way: Any) -> None:
    http = bed.through(way).http_of("alice")
    form = {"file": ("a.jsonl", b"{}")}
    bed.wire.interceptor = failing
    with hasty_retries():
        answer = http.post("/files", data={"purpose": "batch"}, files=form)
    assert answer.status_code >= 500
    assert answer.json()["error"]["type"] == "server_error"
    assert "Try again shortly" in answer.json()["error"]["message"]
    assert "x-should-retry" not in answer.headers
    bed.wire.interceptor = None
    assert http.post("/files", data={"purpose": "batch"}, files=form).status_code == 200

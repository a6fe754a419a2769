"""What the client tries again, and for how long."""

from itertools import count

import pytest

from larder.api.calls import Answer, send_with_retries
from larder.api.files import create_file, get_usage
from larder.api.http import HttpApi
from larder.api.uploads import NewFile
from larder.errors import ApiError, NoAnswerError
from tests.client.conftest import Larder
from tests.client.fakes.faults import Fault
from tests.client.fakes.service import API_KEY


def usage(larder: Larder) -> object:
    return get_usage(HttpApi(larder.base_url, API_KEY))


@pytest.mark.parametrize("status", [408, 409, 429, 500, 502, 503, 504])
def test_a_passing_refusal_is_tried_again(status: int, larder: Larder) -> None:
    larder.fail_api(Fault("GET", "status", times=5, status=status))
    usage(larder)


def test_a_reset_connection_is_tried_again(larder: Larder) -> None:
    larder.fail_api(Fault("GET", "reset", times=5))
    usage(larder)


def test_it_gives_up_after_six_attempts(larder: Larder) -> None:
    fault = larder.fail_api(Fault("GET", "status", times=100, status=503))
    with pytest.raises(ApiError):
        usage(larder)
    assert fault.times == 94


def test_a_permanent_refusal_is_not_tried_again(larder: Larder) -> None:
    fault = larder.fail_api(Fault("GET", "status", times=9, status=400))
    with pytest.raises(ApiError, match="answered 400 without a reason"):
        usage(larder)
    assert fault.times == 8


def test_x_should_retry_false_is_obeyed(larder: Larder) -> None:
    headers = {"x-should-retry": "false"}
    fault = larder.fail_api(Fault("GET", "status", times=9, status=503, headers=headers))
    with pytest.raises(ApiError):
        usage(larder)
    assert fault.times == 8


def test_retry_after_is_the_wait() -> None:
    answers = iter([Answer(429, {"retry-after": "7"}, b""), Answer(200, {}, b"")])
    waits: list[float] = []
    send_with_retries(lambda: next(answers), sleep=waits.append, waits=[0.5])
    assert waits == [7]


@pytest.mark.parametrize(("seconds", "reports"), [(0.5, 1), (20, 2)])
def test_a_first_failure_is_told_of_when_it_took_a_while(seconds: float, reports: int) -> None:
    answers = iter([Answer(503, {}, b""), Answer(503, {}, b""), Answer(200, {}, b"")])
    lines: list[str] = []
    send_with_retries(
        lambda: next(answers),
        sleep=lambda _: None,
        clock=count(0, seconds).__next__,
        waits=[0.5, 1],
        on_retry=lines.append,
    )
    assert (
        lines
        == [
            "the service answered 503; retrying in 0.5 s",
            "the service answered 503; retrying in 1.0 s",
        ][-reports:]
    )


@pytest.mark.parametrize("asked", ["soon", "-1", "86400", "inf", "nan"])
def test_a_senseless_retry_after_is_not(asked: str) -> None:
    answers = iter([Answer(429, {"retry-after": asked}, b""), Answer(200, {}, b"")])
    waits: list[float] = []
    send_with_retries(lambda: next(answers), sleep=waits.append, waits=[0.5])
    assert waits == [0.5]


def test_a_lost_answer_to_an_upload_makes_no_second_file(larder: Larder) -> None:
    larder.fail_api(Fault("POST /v1/files", "lost"))
    api = HttpApi(larder.base_url, API_KEY)
    create_file(api, NewFile("a", 1, "batch", "text/plain", None), b"x")
    assert len(larder.service.files) == 1


def test_another_web_site_is_named_as_none_of_larder(larder: Larder) -> None:
    larder.fail_api(Fault("GET", "status", status=200, body=b"<html>"))
    with pytest.raises(NoAnswerError, match="is no Larder"):
        usage(larder)

"""One call of the API, whoever carries it: urllib3, or a client of the openai SDK.

Three things send calls: the command line, an `openai.OpenAI` client handed to
`larder.upload_file`, and the drop-in HTTP client. What they share is `Api`.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from larder.api.retry import delays, may_retry, wait_before_retry
from larder.errors import ApiError, NoAnswerError


@dataclass(frozen=True)
class Answer:
    """A status below 400, its headers by their names in lower case, and the body."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Call:
    """A request: `path` is below the base URL; `json` or `body` is what to send."""

    method: str
    path: str
    json: Any = None
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


class Api(Protocol):
    """Carries calls to the service at `base_url`; safe to use from several threads at once.

    What it brings is read by `larder.api.answers`.
    """

    @property
    def base_url(self) -> str:
        """Where the service is, without a slash at its end."""

    def send(self, call: Call) -> Answer:
        """The answer as it came. Raises ApiError when refused, NoAnswerError when not answered.

        Has tried again, where that is of use, before it raises.
        """


def send_with_retries(
    send: Callable[[], Answer],
    *,
    sleep: Callable[[float], object] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
    waits: Iterable[float] | None = None,
    on_retry: Callable[[str], None] | None = None,
) -> Answer:
    """Sends until the answer is final.

    `send` raises NoAnswerError when there is none. `on_retry` is told of each failure, before the
    wait, but for a first one of a second or less: that is over before anybody would wonder. Raises
    ApiError for an answer of 400 or above, and the last NoAnswerError when the attempts run out or
    it is final.
    """
    begun = clock()
    for earlier, delay in enumerate([*(delays() if waits is None else waits), None]):
        try:
            answer = send()
        except NoAnswerError as error:
            if delay is None or error.is_final:
                raise
            wait, failure = delay, str(error)
        else:
            if answer.status < 400:
                return answer
            if delay is None or not may_retry(answer.status, answer.headers):
                break
            wait = wait_before_retry(delay, answer.headers)
            failure = f"the service answered {answer.status}"
        if on_retry is not None and (earlier or clock() - begun > 1):
            on_retry(f"{failure}; retrying in {wait:.1f} s")
        sleep(wait)
    raise ApiError(answer.status, answer.headers, answer.body)

"""The interface for calls of the API, whatever sends them.

There are three implementations of `Api`: the command line's by urllib3, one for an `openai.OpenAI`
client that is given to `larder.upload_file`, and the drop-in HTTP client's.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from larder.api.retry import delays, may_retry, wait_before_retry
from larder.errors import ApiError, NoAnswerError
from larder.net.connections import Pools


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
    """Sends calls to the service at `base_url`; safe to use from several threads at once.

    `larder.api.answers` reads the answers.
    """

    @property
    def base_url(self) -> str:
        """Where the service is, without a slash at its end."""

    @property
    def pools(self) -> Pools:
        """Connections to where the content is, for all transfers of this Api."""

    def send(self, call: Call) -> Answer:
        """The answer as it came. Raises ApiError when refused, NoAnswerError when not answered.

        Raises only after the retries that may help.
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

    `send` raises NoAnswerError when there is none. `on_retry` is called with each failure before
    the wait, except for a first wait of a second or less, which nobody notices. Raises ApiError for
    an answer of 400 or above, and the last NoAnswerError when the attempts run out or it is final.
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

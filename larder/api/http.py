"""The API over urllib3: what the command line uses, without the openai SDK."""

import json
from collections.abc import Callable, Mapping
from urllib.parse import urlencode

import urllib3

from larder.api.calls import Answer, Call, send_with_retries
from larder.api.settings import api_key_in, base_url_in
from larder.errors import ApiError, ElsewhereError, NoAnswerError
from larder.net.connections import Pools, nobody_is_there, open_pool, reason
from larder.version import __version__

# A function of the service runs at most 29 seconds, API Gateway's limit.
_TIMEOUT = urllib3.Timeout(connect=20, read=60)

# For several files at once; opened when they are needed.
_MOST_CONNECTIONS = 16

# API Gateway answers with at most 10 MB. A longer answer is cut, and so not understood.
_MOST_BYTES = 16 * 2**20


class HttpApi:
    """Calls the API at `base_url` with an API key, and for an owner if the key is a service's."""

    def __init__(
        self,
        base_url: str,
        api_key: str,
        *,
        owner: str | None = None,
        on_retry: Callable[[str], None] | None = None,
    ) -> None:
        """Opens no connection yet; `on_retry` is called with the reason of each retry."""
        self.base_url = base_url_in(base_url)
        self.api_key = api_key_in(api_key, "the API key")
        self.owner = owner
        self.pools = Pools()
        self._on_retry = on_retry
        self._has_answered = False
        self._pool = open_pool(self.base_url, connections=_MOST_CONNECTIONS)

    def send(self, call: Call) -> Answer:
        """The answer, redirects included; see `larder.api.calls.Api`.

        If nobody listens there, it does not retry, unless the service has answered before.
        """
        body = call.body if call.json is None else json.dumps(call.json).encode()
        headers = {
            "Authorization": f"Bearer {self.api_key}",
            "User-Agent": f"larder/{__version__}",
            **({} if self.owner is None else {"Larder-Owner": self.owner}),
            **({} if call.json is None else {"Content-Type": "application/json"}),
            **call.headers,
        }
        try:
            return send_with_retries(
                lambda: self._send_once(call, body, headers), on_retry=self._on_retry
            )
        except ApiError as error:
            if error.is_larders:
                raise
            raise ElsewhereError(self.base_url, call.method, call.path, error) from error

    def _send_once(self, call: Call, body: bytes | None, headers: Mapping[str, str]) -> Answer:
        try:
            response = self._pool.request(
                call.method,
                self.base_url + call.path,
                body=body,
                headers=headers,
                redirect=False,
                retries=False,
                timeout=_TIMEOUT,
                preload_content=False,
            )
            answered = _read(response)
        except urllib3.exceptions.HTTPError as error:
            is_final = nobody_is_there(error) and not self._has_answered
            raise NoAnswerError(
                f"no answer from {self.base_url}: {reason(error)}", is_final=is_final
            ) from error
        self._has_answered = True
        lower_case = {name.lower(): value for name, value in response.headers.items()}
        return Answer(response.status, lower_case, answered)


def _read(response: urllib3.BaseHTTPResponse) -> bytes:
    body = bytearray()
    for chunk in response.stream(2**16):
        body += chunk
        if len(body) > _MOST_BYTES:
            response.close()
            break
    response.release_conn()
    return bytes(body)


def with_query(path: str, **query: str | int | None) -> str:
    """The path with the parameters that are not None."""
    given = {name: value for name, value in query.items() if value is not None}
    return f"{path}?{urlencode(given, errors='replace')}" if given else path

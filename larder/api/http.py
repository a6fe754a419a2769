"""The API over urllib3: what the command line uses, without the openai SDK."""

import json
import os
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import urllib3

from larder import __version__
from larder.api.calls import Answer, Call, send_with_retries
from larder.errors import NoAnswerError, UsageError
from larder.transfer.connections import open_pool, reason

# A function of the service runs at most 29 seconds, API Gateway's limit.
_TIMEOUT = urllib3.Timeout(connect=20, read=60)


class HttpApi:
    """Calls the API at `base_url` with an API key."""

    def __init__(self, base_url: str, api_key: str) -> None:
        """Opens no connection yet."""
        if not base_url.startswith(("http://", "https://")):
            raise UsageError(f"the base URL {base_url!r} must start with https:// or http://")
        self.base_url = base_url.rstrip("/")
        self.api_key = api_key
        self._pool = open_pool(self.base_url, connections=4)

    def call(self, call: Call) -> Any:
        """The answer's JSON; see `larder.api.calls.Api`."""
        answer = self.send(call)
        try:
            return json.loads(answer.body)
        except ValueError:
            raise NoAnswerError(f"{self.base_url} is no Larder: it answered no JSON") from None

    def send(self, call: Call) -> Answer:
        """The answer as it came, redirects included, after retries."""
        body = call.body if call.json is None else json.dumps(call.json).encode()
        headers = {
            "Authorization": f"Bearer {self.api_key}",
            "User-Agent": f"larder/{__version__}",
            **({} if call.json is None else {"Content-Type": "application/json"}),
            **call.headers,
        }
        return send_with_retries(lambda: self._send_once(call, body, headers))

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
            )
        except urllib3.exceptions.HTTPError as error:
            raise NoAnswerError(f"no answer from {self.base_url}: {reason(error)}") from error
        lower_case = {name.lower(): value for name, value in response.headers.items()}
        return Answer(response.status, lower_case, response.data)


def api_from_environment(base_url: str | None = None) -> HttpApi:
    """The API that OPENAI_BASE_URL and OPENAI_API_KEY name; raises UsageError without them."""
    base_url = base_url or os.environ.get("OPENAI_BASE_URL")
    if not base_url:
        raise UsageError("set OPENAI_BASE_URL to the service's URL, or give --base-url")
    api_key = os.environ.get("OPENAI_API_KEY")
    if not api_key:
        raise UsageError("set OPENAI_API_KEY to your key, sk-larder-…")
    return HttpApi(base_url, api_key)


def with_query(path: str, **query: str | int | None) -> str:
    """The path with the parameters that are not None."""
    given = {name: value for name, value in query.items() if value is not None}
    return f"{path}?{urlencode(given)}" if given else path

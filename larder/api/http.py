"""The API over urllib3: what the command line uses, without the openai SDK."""

import json
import os
import re
from collections.abc import Mapping
from urllib.parse import urlencode

import urllib3

from larder import __version__
from larder.api.calls import Answer, Call, send_with_retries
from larder.api.shapes import is_url
from larder.errors import NoAnswerError, UsageError
from larder.transfer.connections import open_pool, reason

# A function of the service runs at most 29 seconds, API Gateway's limit.
_TIMEOUT = urllib3.Timeout(connect=20, read=60)

# API Gateway answers with 10 MB at most. What is longer is cut, and so cannot be understood.
_MOST_BYTES = 16 * 2**20


class HttpApi:
    """Calls the API at `base_url` with an API key."""

    def __init__(self, base_url: str, api_key: str) -> None:
        """Opens no connection yet."""
        if not is_url(base_url):
            raise UsageError(f"the base URL {base_url!r} must be like https://host/v1, or http://")
        if not re.fullmatch(r"[!-~]+", api_key):
            raise UsageError("OPENAI_API_KEY is no key: it has other characters than ASCII's")
        self.base_url = base_url.rstrip("/")
        self.api_key = api_key
        self._pool = open_pool(self.base_url, connections=4)

    def send(self, call: Call) -> Answer:
        """The answer, redirects included; see `larder.api.calls.Api`."""
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
                preload_content=False,
            )
            answered = _read(response)
        except urllib3.exceptions.HTTPError as error:
            raise NoAnswerError(f"no answer from {self.base_url}: {reason(error)}") from error
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
    return f"{path}?{urlencode(given, errors='replace')}" if given else path

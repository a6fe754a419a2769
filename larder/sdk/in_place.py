"""The calls that the drop-in HTTP client makes in place of one request of the SDK."""

from collections.abc import Callable, Mapping
from functools import partial

from larder.api.calls import Answer, Call, send_with_retries
from larder.errors import NoAnswerError
from larder.net.connections import Pools, nobody_is_there
from larder.sdk.http_library import httpx
from larder.sdk.large_form import FileForm


class CallsInPlace:
    """Calls the API with a request's headers and query; see `larder.api.calls.Api`."""

    def __init__(
        self,
        form: FileForm,
        request: "httpx.Request",
        build: Callable[..., "httpx.Request"],
        send: Callable[["httpx.Request"], "httpx.Response"],
    ) -> None:
        """`build` and `send` are the HTTP client's own."""
        self.base_url = form.base_url
        self.pools = Pools()
        self._query = form.query
        self._build = build
        self._send = send
        self._extensions = request.extensions
        # Headers such as the key and the owner, without those about the form.
        self._headers = [
            (name, value)
            for name, value in request.headers.multi_items()
            if name not in {"host", "transfer-encoding", "idempotency-key"}
            and not name.startswith("content-")
        ]
        self._has_answered = False
        self.last_headers: Mapping[str, str] = {}

    def send(self, call: Call) -> Answer:
        """The answer; see Api."""
        answer = send_with_retries(partial(self._send_once, call))
        self.last_headers = answer.headers
        return answer

    def _send_once(self, call: Call) -> Answer:
        path, _, query = call.path.partition("?")
        queries = "&".join(filter(None, (query, self._query)))
        request = self._build(
            call.method,
            f"{self.base_url}{path}{'?' if queries else ''}{queries}",
            headers=[*self._headers, *call.headers.items()],
            json=call.json,
            content=call.body,
            extensions=self._extensions,
        )
        try:
            response = self._send(request)
        except (httpx.RequestError, httpx.InvalidURL) as error:
            is_final = nobody_is_there(error) and not self._has_answered
            raise NoAnswerError(f"no answer: {error}", is_final=is_final) from error
        self._has_answered = True
        return Answer(response.status_code, response.headers, response.content)

"""The wire between the functions' AWS clients and moto: where calls are counted and may fail."""

import hashlib
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast
from xml.sax.saxutils import escape

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders
from botocore.httpsession import URLLib3Session
from botocore.session import Session
from moto.core.botocore_stubber import MockRawResponse
from moto.core.models import botocore_stubber


class Killed(BaseException):
    """Raise it in an interceptor to kill the function there: no handler may catch it."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request of a client to AWS, such as `dynamodb` `TransactWriteItems`."""

    service: str
    operation: str
    request: AWSPreparedRequest = field(repr=False, compare=False)

    def json(self) -> dict[str, Any]:
        """The body of a call to DynamoDB."""
        value: dict[str, Any] = json.loads(cast("bytes | str", self.request.body))
        return value


Send = Callable[[], AWSResponse]
Interceptor = Callable[[Call, Send], AWSResponse]


class Wire:
    """Sends one call at a time, as moto has no locks, through an interceptor if there is one.

    An interceptor may answer in AWS's place (`aws_error`), send and then raise what botocore
    raises when an answer is lost (`botocore.exceptions.ReadTimeoutError`), or raise `Killed`.
    botocore's own retries see it all, as they would see AWS.
    """

    def __init__(self) -> None:
        self.lock = threading.RLock()  # whoever holds it may make several calls at once
        self.calls: list[Call] = []
        self.interceptor: Interceptor | None = None
        self._tokens: dict[str, tuple[str, AWSResponse]] = {}
        self._real = URLLib3Session(timeout=30)
        self._real_url: str | None = None

    def reset(self, real_url: str | None = None) -> None:
        """Forget everything, for a new AWS; what goes to `real_url` goes there and not to moto."""
        self._real_url = real_url
        self.interceptor = None
        self.forget()

    def forget(self) -> None:
        """Forget the calls that were made, and their tokens."""
        self.calls.clear()
        self._tokens.clear()

    def connect(self, session: Session) -> None:
        """Put the wire where moto connects itself, under all clients that the session makes."""
        events: Any = session
        events.unregister("before-send", botocore_stubber)
        events.register("before-send", self._before_send)

    def _before_send(
        self, event_name: str, request: AWSPreparedRequest, **_more: object
    ) -> AWSResponse:
        _, service, operation = event_name.split(".")
        return self.pass_on(Call(service, operation, request))

    def pass_on(self, call: Call) -> AWSResponse:
        """Answer a call of the functions, or of another process that has the same AWS."""
        self.calls.append(call)
        if self.interceptor is None:
            return self._send(call)
        return self.interceptor(call, lambda: self._send(call))

    def _send(self, call: Call) -> AWSResponse:
        if self._real_url and str(call.request.url).startswith(f"{self._real_url}/"):
            return self._real.send(call.request)
        with self.lock:
            if call.operation == "TransactWriteItems":
                return self._send_once(call)
            return send(call.request)

    def _send_once(self, call: Call) -> AWSResponse:
        """Do a transaction once for each of its tokens, which moto ignores.

        https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
        """
        body = call.json()
        token = body.get("ClientRequestToken", "")
        digest = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
        known = self._tokens.get(token)
        if known is not None and known[0] != digest:
            return aws_error(call, "IdempotentParameterMismatchException")
        if known is not None:
            return answer(call, 200, b"{}", "application/x-amz-json-1.0")
        response = send(call.request)
        if b"incorrect data type" in response.content:
            return _cancelled(call, body["TransactItems"])
        if token and response.status_code == 200:
            self._tokens[token] = (digest, response)
        return response


def _cancelled(call: Call, writes: list[dict[str, Any]]) -> AWSResponse:
    """Say of an addition to what is no number what DynamoDB says, where moto blames the request."""
    adds = ["ADD" in write.get("Update", {}).get("UpdateExpression", "") for write in writes]
    reasons = [{"Code": "ValidationError" if one else "None"} for one in adds]
    return aws_error(call, "TransactionCanceledException", CancellationReasons=reasons)


def send(request: AWSPreparedRequest) -> AWSResponse:
    """Let moto answer, which takes a body for a form unless it is bytes."""
    if isinstance(request.body, bytearray):
        request.body = bytes(request.body)
    try:
        response = botocore_stubber("before-send", request)
    except KeyError:
        # moto looks up a part's multipart upload, and S3 says that there is none.
        if "uploadId=" not in str(request.url):
            raise
        return aws_error(Call("s3", "UploadPart", request), "NoSuchUpload", status=404)
    if response is None:
        raise AssertionError(f"moto does not run, or does not know {request.url}")
    return response


def aws_error(call: Call, code: str, *, status: int = 400, **more: Any) -> AWSResponse:
    """Make AWS's answer for an error; `more` are further members of DynamoDB's."""
    message = f"{code}, says the test"
    if call.service == "s3":
        body = f"<Error><Code>{escape(code)}</Code><Message>{escape(message)}</Message></Error>"
        return answer(call, status, body.encode(), "application/xml")
    body = json.dumps(
        {"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": message, **more}
    )
    return answer(call, status, body.encode(), "application/x-amz-json-1.0")


def answer(call: Call, status: int, body: bytes, content_type: str) -> AWSResponse:
    """Make an answer as botocore reads it."""
    headers = HTTPHeaders()
    headers["content-type"] = content_type
    return AWSResponse(call.request.url, status, headers, MockRawResponse(body))

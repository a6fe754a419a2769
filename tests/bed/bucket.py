"""S3 as whoever holds a presigned URL sees it: the signature and its end are checked here.

moto checks neither. The signature is computed from the specification and not by botocore:
https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
"""

import hashlib
import hmac
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from urllib.parse import parse_qsl, quote, urlsplit

from botocore.awsrequest import AWSPreparedRequest
from botocore.compat import HTTPHeaders

from tests.bed.environment import CONTENT_URL, REGION, SECRET_KEY
from tests.bed.gateway import HttpResponse
from tests.bed.wire import Wire, send


class Bucket:
    """The content bucket behind its presigned URLs."""

    url = CONTENT_URL

    def __init__(self, now: Callable[[], float], wire: Wire) -> None:
        self._now = now
        self._wire = wire

    def answer(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes
    ) -> HttpResponse:
        """Answer a request that carries its signature in the URL."""
        sent = {name.lower(): value for name, value in headers.items()}
        if "authorization" in sent:
            return _refused(400, "InvalidArgument", "Only one auth mechanism allowed")
        if reason := self._refusal(method, url, sent):
            return _refused(403, *reason)
        request = AWSPreparedRequest(method, url, HTTPHeaders(), body, stream_output=False)
        for name, value in sent.items():
            request.headers[name] = value
        with self._wire.lock:
            response = send(request)
        return HttpResponse(
            response.status_code,
            {name.lower(): str(value) for name, value in response.headers.items()},
            b"" if method == "HEAD" else response.content,
        )

    def _refusal(self, method: str, url: str, headers: Mapping[str, str]) -> tuple[str, str] | None:
        query = dict(parse_qsl(urlsplit(url).query, keep_blank_values=True))
        if query.get("X-Amz-Algorithm") != "AWS4-HMAC-SHA256":
            return "AccessDenied", "Access Denied"
        signed_at = datetime.strptime(query["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        if self._now() >= signed_at.timestamp() + int(query["X-Amz-Expires"]):
            return "AccessDenied", "Request has expired"
        if not hmac.compare_digest(signature(method, url, headers), query["X-Amz-Signature"]):
            return "SignatureDoesNotMatch", "The request signature does not match"
        return None


def signature(method: str, url: str, headers: Mapping[str, str]) -> str:
    """Compute what `X-Amz-Signature` must be for a request."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    query.pop("X-Amz-Signature", None)
    names = query["X-Amz-SignedHeaders"].split(";")
    values = {**headers, "host": parts.netloc}
    canonical = "\n".join(
        [
            method,
            parts.path,
            "&".join(f"{_encoded(name)}={_encoded(query[name])}" for name in sorted(query)),
            *(f"{name}:{values.get(name, '').strip()}" for name in names),
            "",
            ";".join(names),
            "UNSIGNED-PAYLOAD",
        ]
    )
    day = query["X-Amz-Date"][:8]
    scope = f"{day}/{REGION}/s3/aws4_request"
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    to_sign = f"AWS4-HMAC-SHA256\n{query['X-Amz-Date']}\n{scope}\n{digest}"
    key = f"AWS4{SECRET_KEY}".encode()
    for step in (day, REGION, "s3", "aws4_request"):
        key = hmac.digest(key, step.encode(), "sha256")
    return hmac.digest(key, to_sign.encode(), "sha256").hex()


def _encoded(text: str) -> str:
    return quote(text, safe="-_.~")


def _refused(status: int, code: str, message: str) -> HttpResponse:
    body = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
    return HttpResponse(status, {"content-type": "application/xml"}, body.encode())

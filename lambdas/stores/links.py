"""Presigned URLs, signed without an S3 client: making one would take a fifth of a cold start."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote

from botocore.auth import S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import NoCredentialsError

from lambdas.core.file import File
from lambdas.core.filenames import attachment
from lambdas.stores.aws import session


class _SignedAt(S3SigV4QueryAuth):
    """A signature dated by the request's time, so that its expiry is exact to the second."""

    def __init__(self, credentials: Credentials, region: str, at: float, expires: int) -> None:
        super().__init__(credentials, "s3", region, expires=expires)
        self._at = datetime.fromtimestamp(int(at), UTC).strftime("%Y%m%dT%H%M%SZ")

    def add_auth(self, request: AWSRequest) -> None:
        """Sign as botocore does, but with `at` in place of the current time."""
        request.context["timestamp"] = self._at
        self._modify_request_before_signing(request)  # type: ignore[attr-defined]
        to_sign = self.string_to_sign(request, self.canonical_request(request))
        signature = self.signature(to_sign, request)
        self._inject_signature_to_request(request, signature)  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Links:
    """Makes presigned URLs (SigV4) under the bucket's own URL.

    https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
    """

    bucket_url: str

    @classmethod
    def from_environment(cls) -> "Links":
        """Sign for the bucket that the function's environment names."""
        return cls(os.environ["CONTENT_URL"])

    def content(self, file: File, now: float, valid_until: int, *, method: str = "GET") -> str:
        """Return a URL of a file's content, good from now until this second, Range included.

        It is good for one method only: a URL signed for GET is refused for HEAD.
        """
        return self._signed(
            method,
            file.object_key,
            {
                "response-content-disposition": attachment(file.filename),
                "response-content-type": "application/octet-stream",
            },
            {},
            now,
            valid_until,
        )

    def part(
        self,
        object_key: str,
        multipart_id: str,
        part_number: int,
        headers: Mapping[str, str],
        now: float,
        valid_until: int,
    ) -> str:
        """Return a URL that takes one part, with exactly these headers.

        https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPart.html
        """
        return self._signed(
            "PUT",
            object_key,
            {"partNumber": str(part_number), "uploadId": multipart_id},
            headers,
            now,
            valid_until,
        )

    def _signed(
        self,
        method: str,
        object_key: str,
        query: Mapping[str, str],
        headers: Mapping[str, str],
        now: float,
        valid_until: int,
    ) -> str:
        request = AWSRequest(
            method=method,
            url=f"{self.bucket_url}/{quote(object_key, safe='/')}",
            params=dict(query),
            headers=dict(headers),
        )
        credentials = session().get_credentials()
        if credentials is None:
            raise NoCredentialsError
        region = session().get_config_variable("region")
        _SignedAt(credentials, region, now, valid_until - int(now)).add_auth(request)
        return str(request.url)

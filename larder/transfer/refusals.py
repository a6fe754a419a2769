"""S3's error answers, and whether a retry may help.

https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#ErrorCodeList
"""

import re
from dataclasses import dataclass

# All have status 400. The signer's temporary credentials may expire before the URL does.
_ENDED_CREDENTIALS = {"ExpiredToken", "TokenRefreshRequired", "InvalidToken"}
_CUT_ON_THE_WAY = {"IncompleteBody", "RequestTimeout"}


@dataclass(frozen=True)
class Refusal:
    """One answer: its status, and S3's error code, or else the status as text."""

    status: int
    code: str

    @property
    def of_url(self) -> bool:
        """Whether the URL was refused: it has expired, or its signer's credentials have."""
        return self.status == 403 or self.code in _ENDED_CREDENTIALS

    @property
    def passes(self) -> bool:
        """Whether a fresh URL or another attempt may help."""
        cut = self.status == 408 or self.code in _CUT_ON_THE_WAY
        return self.of_url or cut or self.status == 429 or self.status >= 500


def read_refusal(status: int, body: bytes) -> Refusal:
    """Reads S3's error."""
    match = re.search(rb"<Code>([^<]+)</Code>", body)
    return Refusal(status, match[1].decode(errors="replace") if match else str(status))

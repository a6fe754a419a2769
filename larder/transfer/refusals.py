"""What S3 answers instead of taking or giving content, and whether the next attempt may do better.

https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#ErrorCodeList
"""

import re
from dataclasses import dataclass

# Status 400, all of them. The signer's credentials are temporary and may end before the URL does.
_ENDED_CREDENTIALS = {"ExpiredToken", "TokenRefreshRequired", "InvalidToken"}
_CUT_ON_THE_WAY = {"IncompleteBody", "RequestTimeout"}


@dataclass(frozen=True)
class Refusal:
    """One answer: its status, and the code of S3's error, or else the status again."""

    status: int
    code: str

    @property
    def of_url(self) -> bool:
        """Whether it is the URL that is refused: it has expired, or its signer's credentials."""
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

"""Every error that a client can get, in one tree: its status, `type` and `code`.

The shape is OpenAI's (https://platform.openai.com/docs/guides/error-codes), all four keys always.

    LarderError                      500  server_error
    ├── InvalidRequest               400  invalid_request_error
    │   ├── UploadNotPending         400  invalid_request_error  upload_not_pending
    │   ├── PartsChanged             400  invalid_request_error  parts_changed
    │   ├── ContentTooLarge          413  invalid_request_error  content_too_large
    │   ├── UnsupportedEncoding      415  invalid_request_error
    │   └── RangeNotSatisfiable      416  invalid_request_error  range_not_satisfiable
    ├── InvalidApiKey                401  invalid_request_error  invalid_api_key
    ├── PermissionDenied             403  permission_error       permission_denied
    ├── QuotaExceeded                403  insufficient_quota
    │   ├── TooManyBytes             403  insufficient_quota     storage_quota_exceeded
    │   ├── TooManyFiles             403  insufficient_quota     file_quota_exceeded
    │   ├── TooManyUploads           403  insufficient_quota     upload_quota_exceeded
    │   └── CatalogFull              403  insufficient_quota     catalog_full
    ├── NotFound                     404  invalid_request_error
    │   ├── FileNotFound             404  invalid_request_error
    │   ├── UploadNotFound           404  invalid_request_error
    │   └── UnknownUrl               404  invalid_request_error  unknown_url
    ├── TooSlow                      408  invalid_request_error  request_timeout
    ├── IdempotencyKeyReused         409  idempotency_error      idempotency_key_reused
    ├── IdempotencyKeyInUse          409  idempotency_error      idempotency_key_in_use
    ├── Damaged                      500  server_error           damaged_record
    ├── Busy                         503  server_error           busy
    └── Unavailable                  503  server_error           unavailable
"""

from typing import ClassVar


class LarderError(Exception):
    """An error with words for the client; `message` and `param` are safe to show."""

    status: ClassVar[int] = 500
    type: ClassVar[str] = "server_error"
    code: ClassVar[str | None] = None
    permanent: ClassVar[bool] = True
    """Whether the same call can never succeed: unless told so, the SDKs retry 409, 429, 5xx."""
    words: ClassVar[str] = "The server had an error. It has been logged."
    param: str | None = None

    def __init__(self, message: str | None = None, *, param: str | None = None) -> None:
        self.message = self.words if message is None else message
        self.param = self.param if param is None else param
        super().__init__(self.message)


class InvalidRequest(LarderError):
    """A value is missing, malformed or not allowed; the message names what is."""

    status = 400
    type = "invalid_request_error"


class UploadNotPending(InvalidRequest):
    """The upload was completed or cancelled, or has expired, and takes no more of this."""

    code = "upload_not_pending"


class PartsChanged(InvalidRequest):
    """Between being listed and being joined, a part was sent again or is gone."""

    code = "parts_changed"
    words = "A part changed meanwhile. List the parts, send what is missing, and complete again."
    param = "part_ids"


class InvalidApiKey(LarderError):
    """The request carries no valid API key."""

    status = 401
    type = "invalid_request_error"
    code = "invalid_api_key"


class PermissionDenied(LarderError):
    """The API key is valid and may not do this."""

    status = 403
    type = "permission_error"
    code = "permission_denied"


class QuotaExceeded(LarderError):
    """The owner's quota has no room for what the request needs."""

    status = 403
    type = "insufficient_quota"
    advice: ClassVar[str] = "Delete files, or wait until some expire, and try again."


class TooManyBytes(QuotaExceeded):
    """The owner would have more bytes stored and reserved than allowed."""

    code = "storage_quota_exceeded"

    def __init__(self, *, used: int, quota: int, needed: int, more_advice: str = "") -> None:
        super().__init__(
            f"Storage quota exceeded: {used} of {quota} bytes are used and this needs {needed} "
            f"more. {self.advice}{more_advice}"
        )
        self.used, self.quota, self.needed = used, quota, needed


class TooManyFiles(QuotaExceeded):
    """The owner has as many files as the stage allows."""

    code = "file_quota_exceeded"

    def __init__(self, most: int) -> None:
        super().__init__(f"An owner may have at most {most} files. {self.advice}")


class TooManyUploads(QuotaExceeded):
    """The owner has as many pending uploads as the stage allows."""

    code = "upload_quota_exceeded"

    def __init__(self, most: int) -> None:
        limit = f"An owner may have at most {most} pending uploads."
        super().__init__(f"{limit} Complete or cancel some, and try again.")


class CatalogFull(QuotaExceeded):
    """The catalog keeps no more of this owner; what removes something needs no room."""

    code = "catalog_full"
    words = f"There is no room for more records of one owner's files. {QuotaExceeded.advice}"


class NotFound(LarderError):
    """There is nothing under this id for this owner."""

    status = 404
    type = "invalid_request_error"


class FileNotFound(NotFound):
    """One answer for missing, foreign, deleted and expired, so that nothing can be guessed."""

    param = "file_id"

    def __init__(self, file_id: str) -> None:
        super().__init__(f"No such File object: {file_id} (not found, deleted or expired)")


class UploadNotFound(NotFound):
    """One answer for an upload that is missing, foreign or long gone."""

    param = "upload_id"

    def __init__(self, upload_id: str) -> None:
        super().__init__(f"No such Upload object: {upload_id} (not found or expired)")


class UnknownUrl(NotFound):
    """The API has no such path, or not with this method."""

    code = "unknown_url"
    words = "Unknown path or method. Paths begin with /v1/files, /v1/uploads or /v1/usage."


class TooSlow(LarderError):
    """The client is so slow that other requests would have to wait for it."""

    status = 408
    type = "invalid_request_error"
    code = "request_timeout"
    permanent = False


class IdempotencyKeyReused(LarderError):
    """The key was used within 24 hours for another request."""

    status = 409
    type = "idempotency_error"
    code = "idempotency_key_reused"
    words = "This Idempotency-Key belongs to another request of the last 24 hours. Use a new one."
    param = "Idempotency-Key"


class IdempotencyKeyInUse(LarderError):
    """The first request with this key is still being answered."""

    status = 409
    type = "idempotency_error"
    code = "idempotency_key_in_use"
    permanent = False
    words = "A request with this Idempotency-Key is still being answered. Try again shortly."
    param = "Idempotency-Key"


class ContentTooLarge(InvalidRequest):
    """The content is over a limit; the message names the limit and what to use instead."""

    status = 413
    code = "content_too_large"


class UnsupportedEncoding(InvalidRequest):
    """The body is not compressed as the request says."""

    status = 415
    words = "The body is not as its Content-Encoding says: 'gzip', 'deflate' or 'identity'."


class RangeNotSatisfiable(InvalidRequest):
    """The `Range` begins after the content's end; `size` is how many bytes there are."""

    status = 416
    code = "range_not_satisfiable"

    def __init__(self, size: int) -> None:
        super().__init__(f"The range begins behind the content's {size} bytes.", param="Range")
        self.size = size


class Damaged(LarderError):
    """The record of this one thing cannot be read, or is not its owner's; all others can."""

    code = "damaged_record"

    def __init__(self, what: str, *, param: str | None = None) -> None:
        super().__init__(
            f"The service's record of {what} is damaged. Trying again will not help: whoever runs "
            "the service has to mend it.",
            param=param,
        )


class Busy(LarderError):
    """AWS asked to slow down, and nothing was done: the same call may be made again."""

    status = 503
    code = "busy"
    permanent = False
    words = "The service is busy. Try again shortly."


class Unavailable(LarderError):
    """AWS did not answer: whether the call took effect is unknown."""

    status = 503
    code = "unavailable"
    permanent = False
    words = "The service did not answer in time. Try again shortly."

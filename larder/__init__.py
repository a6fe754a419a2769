"""Larder's client: files of any size that the service allows, in and out.

    upload_file(client, file, purpose=…)      uploads through a client of the openai SDK
    download_file(client, file_id, target)    the way back: to a path or a stream, verified
    http_client()                             openai.OpenAI(http_client=…): files.create of any size
    async_http_client()                       the same for openai.AsyncOpenAI
    validate_batch(file)                      whether a file is a batch, and what is wrong with it

All but the last need the package openai, and take its sync and its async clients. Apart from the
SDK's own errors they raise LarderErrors, which `help(larder.errors)` shows. The command line,
`larder --help`, does not need the SDK.
"""

import importlib
from typing import TYPE_CHECKING, Any

from larder import errors as errors
from larder.errors import LarderError
from larder.version import __version__ as __version__

if TYPE_CHECKING:
    from larder.batch.limits import BatchLimits
    from larder.batch.report import BatchReport
    from larder.batch.validate import validate_batch
    from larder.sdk.download_file import Downloaded, download_file
    from larder.sdk.drop_in import async_http_client, http_client
    from larder.sdk.upload_file import upload_file

__all__ = [
    "BatchLimits",
    "BatchReport",
    "Downloaded",
    "LarderError",
    "async_http_client",
    "download_file",
    "errors",
    "http_client",
    "upload_file",
    "validate_batch",
]

_HOMES = {
    "BatchLimits": "larder.batch.limits",
    "BatchReport": "larder.batch.report",
    "Downloaded": "larder.sdk.download_file",
    "async_http_client": "larder.sdk.drop_in",
    "download_file": "larder.sdk.download_file",
    "http_client": "larder.sdk.drop_in",
    "upload_file": "larder.sdk.upload_file",
    "validate_batch": "larder.batch.validate",
}
_NEED_OPENAI = "larder.sdk"


def __getattr__(name: str) -> Any:
    """Loads what is heavy, or needs the openai SDK, only when it is used."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        return getattr(importlib.import_module(_HOMES[name]), name)
    except ModuleNotFoundError as error:
        if error.name != "openai":
            raise
        raise errors.MissingPackageError(
            f"larder.{name} needs the package openai: pip install 'larder-files[openai]'"
        ) from None


def __dir__() -> list[str]:
    """The names that `help` and completion show: only those that can be loaded."""
    import importlib.util

    hidden: set[str] = set()
    if importlib.util.find_spec("openai") is None:
        hidden = {name for name, home in _HOMES.items() if home.startswith(_NEED_OPENAI)}
    return sorted({*globals(), *__all__} - hidden)

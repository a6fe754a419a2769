"""Larder's client: files of any size that the service allows, in and out.

    upload_file(client, file, purpose=…)   uploads through a client of the openai SDK
    http_client()                          openai.OpenAI(http_client=…): files.create of any size
    async_http_client()                    the same for openai.AsyncOpenAI
    validate_batch(file)                   whether a file is a batch, and what is wrong with it

All but the last need the package openai. What they raise beside the SDK's own errors is in
`larder.errors`. The command line, `larder --help`, does without.
"""

import importlib
import importlib.util
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from larder.batch.limits import BatchLimits
    from larder.batch.report import BatchReport
    from larder.batch.validate import validate_batch
    from larder.sdk.drop_in import async_http_client, http_client
    from larder.sdk.upload_file import upload_file

from larder.version import __version__ as __version__

__all__ = [
    "BatchLimits",
    "BatchReport",
    "async_http_client",
    "http_client",
    "upload_file",
    "validate_batch",
]

_HOMES = {
    "BatchLimits": "larder.batch.limits",
    "BatchReport": "larder.batch.report",
    "async_http_client": "larder.sdk.drop_in",
    "http_client": "larder.sdk.drop_in",
    "upload_file": "larder.sdk.upload_file",
    "validate_batch": "larder.batch.validate",
}


def __getattr__(name: str) -> Any:
    """Loads what needs the openai SDK only when it is used: the command line does without."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        return getattr(importlib.import_module(_HOMES[name]), name)
    except ModuleNotFoundError as error:
        if error.name != "openai":
            raise
        from larder.errors import MissingPackageError

        raise MissingPackageError(
            f"larder.{name} needs the package openai: pip install 'larder-files[openai]'"
        ) from None


def __dir__() -> list[str]:
    """What `help` and completion show: of the above only what can be loaded."""
    needing = {name for name, home in _HOMES.items() if home.startswith("larder.sdk.")}
    hidden = set() if importlib.util.find_spec("openai") else needing
    return sorted({*globals(), *__all__} - hidden)

"""Larder's command line and client: files of any allowed size in, out and listed."""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from larder.sdk.drop_in import async_http_client, http_client
    from larder.sdk.upload_file import upload_file

__version__ = "0.1.0"
__all__ = ["async_http_client", "http_client", "upload_file"]

_HOMES = {
    "async_http_client": "larder.sdk.drop_in",
    "http_client": "larder.sdk.drop_in",
    "upload_file": "larder.sdk.upload_file",
}


def __getattr__(name: str) -> Any:
    """Loads what needs the openai SDK only when it is used: the command line does without."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)

"""The HTTP library that the installed openai SDK is built on: httpx2 since openai 3, else httpx.

Both have what is used here.
"""

import importlib
from typing import TYPE_CHECKING

import openai

if TYPE_CHECKING:
    import httpx2 as httpx
else:
    httpx = importlib.import_module(
        openai.DefaultHttpxClient.__mro__[1].__module__.partition(".")[0]
    )

__all__ = ["httpx"]

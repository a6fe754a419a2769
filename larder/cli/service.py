"""The service that a command uses, by its arguments, the environment and profiles."""

import argparse
import os
from typing import TYPE_CHECKING

from larder.cli.terminal import complain

if TYPE_CHECKING:
    from larder.api.http import HttpApi
    from larder.api.resolve import Settings


def service_of(arguments: argparse.Namespace) -> "HttpApi":
    """The service; retries are reported on standard error.

    Raises UsageError without a base URL or a key.
    """
    return api_at(settings_of(arguments), owner=getattr(arguments, "owner", None))


def settings_of(arguments: argparse.Namespace) -> "Settings":
    """The base URL and the key, with their sources; raises UsageError if one is missing."""
    from larder.api.resolve import resolve
    from larder.cli.profile_store import ProfileStore

    return resolve(
        os.environ, ProfileStore(), base_url=arguments.base_url, profile=arguments.profile
    )


def api_at(settings: "Settings", owner: str | None = None) -> "HttpApi":
    """The service that the settings name."""
    from larder.api.http import HttpApi

    return HttpApi(settings.base_url, settings.api_key, owner=owner, on_retry=complain)

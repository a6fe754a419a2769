"""The service that a command talks to, as its arguments and the environment name it."""

import argparse
from typing import TYPE_CHECKING

from larder.cli.terminal import complain

if TYPE_CHECKING:
    from larder.api.http import HttpApi


def service_of(arguments: argparse.Namespace) -> "HttpApi":
    """The service, which says on standard error when it must be asked again and again.

    Raises UsageError without a base URL or a key.
    """
    from larder.api.http import api_from_environment

    owner = getattr(arguments, "owner", None)
    return api_from_environment(arguments.base_url, owner=owner, on_retry=complain)

"""`larder usage`."""

import argparse
from typing import TYPE_CHECKING

from larder.cli.arguments import add_acting, add_service
from larder.cli.output import is_fitted, print_json
from larder.cli.service import service_of
from larder.cli.terminal import say
from larder.values import format_size

if TYPE_CHECKING:
    from larder.api.types import Usage
    from larder.cli.arguments import Commands

_EPILOG = """\
examples:
  larder usage
  larder usage --json
"""


def add_to(commands: "Commands") -> None:
    """Adds the command."""
    parser = commands.add_parser("usage", help="show what you hold and may hold", epilog=_EPILOG)
    add_acting(parser)
    add_service(parser, quiet=None)
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> None:
    from larder.api.files import get_usage

    usage = get_usage(service_of(arguments))
    if arguments.json:
        print_json(usage)
        return
    stored, reserved, quota = usage["bytes"], usage["reserved_bytes"], usage["quota_bytes"]
    say(held(usage))
    if is_fitted():
        from larder.cli.tables import print_share

        print_share(stored + reserved, quota)
    if reserved:
        say(
            f"{format_size(reserved)} reserved by unfinished uploads, "
            "which `larder uploads list` shows"
        )


def held(usage: "Usage") -> str:
    """The owner, and how much is used, in a few words."""
    files = "1 file" if usage["files"] == 1 else f"{usage['files']} files"
    stored, quota = format_size(usage["bytes"]), format_size(usage["quota_bytes"])
    return f"{usage['owner']}: {stored} of {quota} in {files}"

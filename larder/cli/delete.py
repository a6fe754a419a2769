"""`larder delete`."""

import argparse
from typing import TYPE_CHECKING

from larder.cli.arguments import add_service
from larder.cli.output import print_json
from larder.cli.service import service_of
from larder.cli.terminal import say

if TYPE_CHECKING:
    from larder.cli.arguments import Commands

_EPILOG = """\
examples:
  larder delete file-01m8cbg00t8t
  larder list --purpose batch --json | jq -r .id | xargs larder delete
"""


def add_to(commands: "Commands") -> None:
    """Adds the command."""
    parser = commands.add_parser("delete", help="delete files, for good", epilog=_EPILOG)
    parser.add_argument("ids", metavar="ID", nargs="+")
    add_service(parser)
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    from larder.api.files import delete_file
    from larder.cli.each import for_each

    api = service_of(arguments)

    def delete(file_id: str) -> None:
        deleted = delete_file(api, file_id)
        if arguments.json:
            print_json(deleted)
        else:
            say(f"Deleted {file_id}.")

    return for_each(arguments.ids, delete)

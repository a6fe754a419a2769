"""`larder show`."""

import argparse
from typing import TYPE_CHECKING

from larder.cli.arguments import add_acting, add_service
from larder.cli.output import print_files, print_json
from larder.cli.service import service_of

if TYPE_CHECKING:
    from larder.api.types import File
    from larder.cli.arguments import Commands

_EPILOG = """\
examples:
  larder show file-01m8cbg00t8t
  larder show file-01m8cbg00t8t --json
"""


def add_to(commands: "Commands") -> None:
    """Adds the command."""
    parser = commands.add_parser("show", help="show files by their ids", epilog=_EPILOG)
    parser.add_argument("ids", metavar="ID", nargs="+")
    add_acting(parser)
    add_service(parser)
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    from larder.api.files import get_file
    from larder.cli.each import for_each

    api = service_of(arguments)
    files: list[File] = []
    exit_code = for_each(arguments.ids, lambda file_id: files.append(get_file(api, file_id)))
    if arguments.json:
        for file in files:
            print_json(file)
    elif files:
        print_files(files)
    return exit_code

"""`larder show`."""

import argparse
from typing import TYPE_CHECKING

from larder.cli.arguments import add_service
from larder.cli.output import print_files, print_json

if TYPE_CHECKING:
    from larder.cli.arguments import Commands


def add_to(commands: "Commands") -> None:
    """Adds the command."""
    parser = commands.add_parser("show", help="show files by their ids")
    parser.add_argument("ids", metavar="ID", nargs="+")
    add_service(parser)
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> None:
    from larder.api.files import get_file
    from larder.api.http import api_from_environment

    api = api_from_environment(arguments.base_url)
    files = [get_file(api, file_id) for file_id in arguments.ids]
    if arguments.json:
        for file in files:
            print_json(file)
    else:
        print_files(files)

"""`larder list`."""

import argparse
from typing import TYPE_CHECKING

from larder.cli.arguments import add_acting, add_service, argument_type, text
from larder.cli.output import print_files, print_json
from larder.cli.service import service_of
from larder.values import parse_count

if TYPE_CHECKING:
    from larder.cli.arguments import Commands

_EPILOG = """\
examples:
  larder list
  larder list --purpose batch --limit 10
  larder list --order asc --json | jq -r .id
"""

# What 10 000 pages of 10 000 files are.
_MOST_FILES = 100_000_000


def add_to(commands: "Commands") -> None:
    """Adds the command."""
    parser = commands.add_parser("list", help="list your files, newest first", epilog=_EPILOG)
    parser.add_argument("--purpose", type=text, help="only files of this purpose, such as batch")
    parser.add_argument("--limit", type=argument_type(_limit), help="at most so many; else all")
    parser.add_argument("--order", choices=["asc", "desc"], help="by time of creation")
    add_acting(parser)
    add_service(parser)
    parser.set_defaults(run=_run)


def _limit(number: str) -> int:
    return parse_count(number, "files", _MOST_FILES)


def _run(arguments: argparse.Namespace) -> None:
    from larder.api.files import list_files

    api = service_of(arguments)
    files = list_files(api, purpose=arguments.purpose, order=arguments.order, limit=arguments.limit)
    if arguments.json:
        for file in files:
            print_json(file)
    else:
        print_files(list(files))

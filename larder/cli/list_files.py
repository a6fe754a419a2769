"""`larder list`."""

import argparse
from typing import TYPE_CHECKING

from larder.cli.arguments import add_acting, add_service, argument_type
from larder.cli.output import FILE_COLUMNS, print_each
from larder.cli.selection import add_selection, selected, selection_of
from larder.cli.service import service_of
from larder.values import parse_count

if TYPE_CHECKING:
    from larder.cli.arguments import Commands

_EPILOG = """\
examples:
  larder list
  larder list --purpose batch --limit 10
  larder list --name '*-results.jsonl' --older-than 7d
  larder list --order asc --json | jq -r .id
"""

# 10 000 pages of 10 000 files.
_MOST_FILES = 100_000_000


def add_to(commands: "Commands") -> None:
    """Adds the command."""
    parser = commands.add_parser("list", help="list your files, newest first", epilog=_EPILOG)
    add_selection(parser)
    parser.add_argument("--limit", type=argument_type(_limit), help="at most so many; else all")
    parser.add_argument("--order", choices=["asc", "desc"], help="by time of creation")
    add_acting(parser)
    add_service(parser)
    parser.set_defaults(run=_run)


def _limit(number: str) -> int:
    return parse_count(number, "files", _MOST_FILES)


def _run(arguments: argparse.Namespace) -> None:
    api, selection = service_of(arguments), selection_of(arguments)
    files = selected(api, selection, order=arguments.order, limit=arguments.limit)
    print_each(files, FILE_COLUMNS, arguments)

"""`larder delete`."""

import argparse
from typing import TYPE_CHECKING

from larder.cli.arguments import add_service
from larder.cli.deletion import AT_ONCE, delete_all, may_delete, say_what_would_be
from larder.cli.each import Failures, for_each
from larder.cli.output import print_json
from larder.cli.selection import Selection, add_selection, selected, selection_of
from larder.cli.service import service_of
from larder.cli.terminal import complain, say
from larder.errors import EXIT_FAILED, UsageError

if TYPE_CHECKING:
    from larder.api.http import HttpApi
    from larder.api.types import Deleted, File
    from larder.cli.arguments import Commands

_EPILOG = """\
Files are named by their ids, which are deleted without a question; or chosen by options, of which
all must hold: then it says how many they are, names the first ten, and asks.

examples:
  larder delete file-01m8cbg00t8t file-01m8cbg08s2k
  larder delete --purpose batch --older-than 7d
  larder delete --name 'test-*.jsonl' --yes
"""


def add_to(commands: "Commands") -> None:
    """Adds the command."""
    parser = commands.add_parser("delete", help="delete files, for good", epilog=_EPILOG)
    parser.add_argument("ids", metavar="ID", nargs="*")
    add_selection(parser)
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.add_argument("--dry-run", action="store_true", help="only say what would be done")
    add_service(parser)
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    selection = selection_of(arguments)
    if arguments.ids and selection.is_given:
        raise UsageError(f"give IDs, or {selection.in_words()}, but not both")
    if not arguments.ids and not selection.is_given:
        raise UsageError("give the IDs of files, or --purpose, --name or --older-than")
    api = service_of(arguments)
    if arguments.ids:
        return _delete_named(api, arguments)
    return _delete_selected(api, selection, arguments)


def _delete_named(api: "HttpApi", arguments: argparse.Namespace) -> int:
    from larder.api.files import delete_file, get_file
    from larder.cli.at_once import at_once

    ids = list(dict.fromkeys(arguments.ids))
    if arguments.dry_run:
        files: list[File] = []
        exit_code = for_each(ids, lambda file_id: files.append(get_file(api, file_id)))
        say_what_would_be(files, arguments)
        return exit_code

    return at_once(
        ids,
        lambda file_id: delete_file(api, file_id),
        lambda _, deleted: _say_deleted(deleted, arguments),
        jobs=AT_ONCE,
    )


def _delete_selected(api: "HttpApi", selection: Selection, arguments: argparse.Namespace) -> int:
    files = list(selected(api, selection, order="asc"))
    if arguments.dry_run:
        say_what_would_be(files, arguments)
        return 0
    if not files:
        complain(f"nothing to delete: no file is {selection.in_words()}")
        return 0
    if not may_delete(files, yes=arguments.yes):
        return EXIT_FAILED
    failures = Failures()
    delete_all(api, files, lambda deleted: _say_deleted(deleted, arguments), failures)
    return failures.exit_code


def _say_deleted(deleted: "Deleted", arguments: argparse.Namespace) -> None:
    if arguments.json:
        print_json(deleted)
    elif arguments.quiet:
        say(deleted["id"], flush=True)
    else:
        say(f"Deleted {deleted['id']}.")

"""`larder uploads`: unfinished uploads, and what they reserve."""

import argparse
from typing import TYPE_CHECKING

from larder.cli.arguments import add_acting, add_service
from larder.cli.output import format_time, print_json, print_table
from larder.cli.service import service_of
from larder.cli.terminal import say
from larder.values import format_size

if TYPE_CHECKING:
    from larder.api.types import Upload
    from larder.cli.arguments import Commands

_LIST_EPILOG = """\
examples:
  larder uploads list
  larder uploads list --all --json
"""

_CANCEL_EPILOG = """\
examples:
  larder uploads cancel upload_01m8cbg00t8t
  larder uploads list --json | jq -r .id | xargs larder uploads cancel
"""


def add_to(commands: "Commands") -> None:
    """Adds `uploads` and what is under it."""
    parser = commands.add_parser(
        "uploads", help="list unfinished uploads, and give back what they reserve"
    )
    verbs = parser.add_subparsers(metavar="VERB", required=True)
    lists = verbs.add_parser(
        "list", help="list the uploads that are not finished, newest first", epilog=_LIST_EPILOG
    )
    lists.add_argument("--all", action="store_true", help="those that are finished, too")
    cancels = verbs.add_parser(
        "cancel",
        help="end uploads, and give back what they have reserved of the quota",
        epilog=_CANCEL_EPILOG,
    )
    cancels.add_argument("ids", metavar="ID", nargs="+")
    for verb, run in ((lists, _list), (cancels, _cancel)):
        add_acting(verb)
        add_service(verb)
        verb.set_defaults(run=run)


def _list(arguments: argparse.Namespace) -> None:
    from larder.api.uploads import list_uploads

    uploads = [
        upload
        for upload in list_uploads(service_of(arguments))
        if arguments.all or upload["status"] == "pending"
    ]
    if arguments.json:
        for upload in uploads:
            print_json(upload)
        return
    header = ("ID", "SIZE", "PURPOSE", "STATUS", "CREATED", "EXPIRES", "FILENAME")
    print_table(header, [_row(upload) for upload in uploads])


def _row(upload: "Upload") -> tuple[str, ...]:
    return (
        upload["id"],
        format_size(upload["bytes"]),
        upload["purpose"],
        upload["status"],
        format_time(upload["created_at"]),
        format_time(upload["expires_at"]),
        upload["filename"],
    )


def _cancel(arguments: argparse.Namespace) -> int:
    from larder.api.uploads import cancel_upload
    from larder.cli.each import for_each

    api = service_of(arguments)

    def cancel(upload_id: str) -> None:
        upload = cancel_upload(api, upload_id)
        if arguments.json:
            print_json(upload)
        else:
            say(f"Cancelled {upload_id}: {format_size(upload['bytes'])} given back.")

    return for_each(arguments.ids, cancel)

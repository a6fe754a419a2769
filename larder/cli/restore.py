"""`larder admin restore`: puts back what the catalog lacks of a table from a backup."""

import argparse
import sys
from collections import Counter
from typing import TYPE_CHECKING

from larder.cli.arguments import add_owner, text
from larder.cli.check import add_read_units
from larder.cli.output import print_json
from larder.cli.terminal import complain, say
from larder.errors import UsageError

if TYPE_CHECKING:
    from larder.admin.deployment import Deployment
    from larder.admin.restore import Found

LEFT = 1
"""The exit code when something is missing, or cannot be read, and was not put back."""

DESCRIPTION = """\
Puts back into the catalog what it lacks of a table that DynamoDB has restored from the catalog's
point-in-time recovery. Nothing that is there is overwritten. What has expired stays away, and so
does what was deleted since: for 7 days after a deletion its marker tells, and later its object is
gone, without which no file is put back. Uploads that were under way begin anew. Stop the reaper
first, and run `larder admin check --repair` afterwards: docs/restore.md.
"""

EPILOG = """\
examples:
  larder admin --stage prod restore --from catalog-of-monday --dry-run
  larder admin --stage prod restore --from catalog-of-monday --owner alice
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds what the command takes."""
    parser.description = DESCRIPTION
    parser.epilog = EPILOG
    parser.add_argument(
        "--from",
        dest="table",
        required=True,
        type=text,
        metavar="TABLE",
        help="the table that DynamoDB has restored, beside the catalog",
    )
    parser.add_argument("--dry-run", action="store_true", help="only tell what is missing")
    add_owner(parser, "only this owner's")
    add_read_units(parser)
    parser.add_argument("--yes", action="store_true", help="do not ask")


def restore(arguments: argparse.Namespace) -> int:
    """Prints what was put back, as it is; returns 0 when nothing is left that is missing."""
    from dataclasses import replace

    from larder.admin.check.bucket import Bucket
    from larder.admin.check.catalog import Catalog
    from larder.admin.check.pace import Pace
    from larder.admin.deployment import find_deployment
    from larder.admin.restore import Restore
    from larder.cli.progress import passes

    deployment = find_deployment(arguments.deployment, arguments.stage)
    if arguments.table == deployment.catalog_table:
        raise UsageError(
            f"{arguments.table} is the catalog itself: name the table that was restored beside it"
        )
    if not _may_begin(arguments, deployment):
        return LEFT
    tally = _Tally()
    with passes("restoring") as progress:
        run = Restore(
            Catalog(replace(deployment, catalog_table=arguments.table), Pace(arguments.read_units)),
            Catalog(deployment, Pace(arguments.read_units)),
            Bucket(deployment),
            owner=arguments.owner,
            dry_run=arguments.dry_run,
            progress=progress.show,
        )
        for found in run.run():
            tally.add(found)
            if not found.needs_attention:
                continue
            if arguments.json:
                print_json(found.as_json())
            else:
                say(_line(found), flush=True)
    if not arguments.json:
        for line in tally.in_words():
            say(line)
    return LEFT if tally.left else 0


def _may_begin(arguments: argparse.Namespace, deployment: "Deployment") -> bool:
    """Whether it may be done: somebody must say so where something is written."""
    if arguments.yes or arguments.dry_run:
        return True
    if not sys.stdin.isatty():
        raise UsageError("nobody is there to ask: give --yes, or --dry-run to see what is missing")
    whose = f"of {arguments.owner}" if arguments.owner else "of all owners"
    question = (
        f"This puts into the catalog {deployment.catalog_table} of stage {deployment.stage} what "
        f"it lacks {whose} and {arguments.table} has; --dry-run tells what that is. Nothing is "
        "overwritten. Is the reaper stopped (docs/restore.md)? Go on? [y/N] "
    )
    if input(question).strip().lower() in ("y", "yes"):
        return True
    complain("nothing was done")
    return False


class _Tally:
    """How many items have which fate."""

    def __init__(self) -> None:
        self._restored = 0
        self._others: Counter[str] = Counter()
        self.left = 0

    def add(self, found: "Found") -> None:
        self.left += found.needs_attention and not found.restored
        if found.restored:
            self._restored += 1
        else:
            self._others[found.fate.value] += 1

    def in_words(self) -> list[str]:
        lines = [f"not put back: {count} × {words}" for words, count in self._others.most_common()]
        if self._restored:
            lines.append("Now run `larder admin check --repair`: it sets each usage to its sum.")
        return [f"{self._restored} put back.", *lines]


def _line(found: "Found") -> str:
    return f"{found.owner}: {'put back' if found.restored else found.fate.value}: {found.id}"

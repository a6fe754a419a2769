"""`larder admin check`: whether catalog, bucket and usage agree."""

import argparse
from collections import Counter
from typing import TYPE_CHECKING

from larder.cli.arguments import argument_type, duration
from larder.cli.output import print_json
from larder.cli.terminal import complain, say
from larder.values import parse_count

if TYPE_CHECKING:
    from larder.admin.check.findings import Finding

DAMAGED = 1
"""The exit code when something is wrong and was not mended."""

# A third of what one partition gives in a second; a scan goes through them one by one.
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html
READ_UNITS = 1_000
MOST_READ_UNITS = 1_000_000

EPILOG = """\
examples:
  larder admin --stage prod check
  larder admin --stage prod check --repair
  larder admin --stage prod check --checksums --read-units 5000 --json
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds what the command takes."""
    parser.epilog = EPILOG
    parser.add_argument("--repair", action="store_true", help="mend what is safe to mend")
    parser.add_argument(
        "--checksums",
        action="store_true",
        help="also hold each content against its file's checksum: one call to S3 for each file",
    )
    parser.add_argument(
        "--grace",
        type=duration,
        default=3600,
        metavar="DURATION",
        help="pass over objects younger than this (1h): they may be on their way",
    )
    parser.add_argument(
        "--settle",
        type=duration,
        default=10,
        metavar="DURATION",
        help="look again after this (10s) at what seems wrong: it may be about to be reaped",
    )
    add_read_units(parser)


def add_read_units(parser: argparse.ArgumentParser) -> None:
    """Adds `--read-units`: the pace of whatever reads all of the catalog."""
    parser.add_argument(
        "--read-units",
        type=argument_type(_read_units),
        default=READ_UNITS,
        metavar="N",
        help=f"take at most N of DynamoDB's read units a second ({READ_UNITS}, a third of what a "
        "partition gives); 0 for as fast as it goes",
    )


def _read_units(text: str) -> int:
    return 0 if text == "0" else parse_count(text, "read units a second", MOST_READ_UNITS)


def check(arguments: argparse.Namespace) -> int:
    """Prints what is wrong as it is found; returns 0 when nothing is, or it all was mended."""
    from larder.admin.check.bucket import Bucket
    from larder.admin.check.catalog import Catalog
    from larder.admin.check.pace import Pace
    from larder.admin.check.run import Check
    from larder.admin.deployment import find_deployment
    from larder.cli.progress import passes

    deployment = find_deployment(arguments.deployment, arguments.stage)
    tally = _Tally(has_read_checksums=arguments.checksums)
    with passes("checking") as progress:
        check = Check(
            Catalog(deployment, Pace(arguments.read_units)),
            Bucket(deployment),
            repair=arguments.repair,
            checksums=arguments.checksums,
            grace_seconds=arguments.grace,
            settle_seconds=arguments.settle,
            progress=progress.show,
        )
        for finding in check.run():
            tally.add(finding)
            if arguments.json:
                print_json(finding.as_json())
            else:
                say(_line(finding), flush=True)
    if not arguments.json:
        for line in tally.in_words(all_compared=not check.unsettled):
            say(line)
    for owner in sorted(set(check.unsettled)):
        complain(f"not judged, too busy: the usage of {owner}")
    if check.uncompared:
        complain(f"not compared, no checksum is known: {check.uncompared} contents")
    return DAMAGED if tally.remaining else 0


class _Tally:
    """What was found, by owner and kind."""

    def __init__(self, *, has_read_checksums: bool) -> None:
        self._well = "All is well."
        if not has_read_checksums:
            self._well += " Contents were held against their sizes; --checksums holds them whole."
        self._kinds: Counter[tuple[str, str]] = Counter()
        self.remaining = 0

    def add(self, finding: "Finding") -> None:
        self._kinds[finding.owner, finding.damage.value] += 1
        self.remaining += not finding.repaired

    def in_words(self, *, all_compared: bool) -> list[str]:
        if not self._kinds:
            return [self._well if all_compared else "Nothing is wrong in what could be judged."]
        lines = [
            f"{owner or '(nobody)'}: {count} × {kind}"
            for (owner, kind), count in sorted(self._kinds.items())
        ]
        mended = self._kinds.total() - self.remaining
        return ["", *lines, f"{mended} mended, {self.remaining} left."]


def _line(finding: "Finding") -> str:
    from larder.admin.check.findings import REPAIRS

    line = f"{finding.owner or '(nobody)'}: {finding.damage.value}: {finding.subject}"
    if finding.detail:
        line += f" ({finding.detail})"
    return f"{line}: {REPAIRS[finding.damage]}" if finding.repaired else line

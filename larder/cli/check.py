"""`larder admin check`: whether catalog, bucket and usage agree."""

import argparse
import sys
import time
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING

from larder.admin.deployment import find_deployment
from larder.cli.arguments import duration
from larder.cli.output import print_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from larder.admin.check.findings import Finding
    from larder.admin.check.run import Progress

DAMAGED = 1
"""The exit code when something is wrong and was not mended."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds what the command takes."""
    parser.add_argument("--repair", action="store_true", help="mend what is safe to mend")
    parser.add_argument(
        "--grace",
        type=duration,
        default=3600,
        metavar="DURATION",
        help="pass over objects younger than this (1h): they may be on their way",
    )


def check(arguments: argparse.Namespace) -> int:
    """Prints what is wrong, owner by owner; returns 0 when nothing is, or it all was mended."""
    from larder.admin.check.bucket import Bucket
    from larder.admin.check.catalog import Catalog
    from larder.admin.check.run import Check

    deployment = find_deployment(arguments.deployment, arguments.stage)
    with _counter() as progress:
        findings = list(
            Check(
                Catalog(deployment),
                Bucket(deployment),
                repair=arguments.repair,
                grace_seconds=arguments.grace,
                progress=progress,
            ).run()
        )
    for finding in sorted(findings, key=lambda finding: finding.owner):
        print_json(finding.as_json()) if arguments.json else print(_line(finding))
    remaining = sum(not finding.repaired for finding in findings)
    if not arguments.json:
        _print_summary(findings, remaining)
    return DAMAGED if remaining else 0


def _line(finding: "Finding") -> str:
    from larder.admin.check.findings import REPAIRS

    line = f"{finding.owner or '(nobody)'}: {finding.damage.value}: {finding.subject}"
    if finding.detail:
        line += f" ({finding.detail})"
    return f"{line}: {REPAIRS[finding.damage]}" if finding.repaired else line


def _print_summary(findings: "list[Finding]", remaining: int) -> None:
    if not findings:
        print("All is well.")
        return
    kinds = Counter(finding.damage.value for finding in findings)
    counts = ", ".join(f"{count} × {kind}" for kind, count in kinds.most_common())
    print(f"{counts}; {len(findings) - remaining} mended, {remaining} left.")


@contextmanager
def _counter() -> "Iterator[Progress]":
    """Shows on a terminal how far the passes are; their ends are known when they are reached."""
    shown = 0.0

    def show(what: str, count: int) -> None:
        nonlocal shown
        if time.monotonic() - shown > 0.1:
            shown = time.monotonic()
            sys.stderr.write(f"\rchecking {what}: {count:,}\x1b[K")
            sys.stderr.flush()

    if not sys.stderr.isatty():
        yield lambda _what, _count: None
        return
    yield show
    sys.stderr.write("\r\x1b[K")

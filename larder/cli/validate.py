"""`larder validate`, and the same before a batch is uploaded."""

import argparse
import os
import threading
from functools import partial
from typing import TYPE_CHECKING

from larder.cli.arguments import add_service, argument_type
from larder.cli.output import print_json
from larder.cli.service import service_of
from larder.cli.terminal import complain, say
from larder.values import format_exactly, parse_count

if TYPE_CHECKING:
    from larder.api.http import HttpApi
    from larder.batch.limits import BatchLimits
    from larder.batch.report import BatchReport
    from larder.cli.arguments import Commands
    from larder.transfer.sources import Source

FAULTS = 20
"""How many are shown of a file by default."""

_EPILOG = """\
Each line must be a JSON object with custom_id (a text that no other line has), method ("POST"), url
(a path, the same on all lines) and body (an object). Faults are shown as FILE:LINE:COLUMN, both
from 1, the column in characters. The service says how large a batch may be; without one, OpenAI's
limits hold, 200 MiB and 50000 requests. Nothing is uploaded.

examples:
  larder validate batch.jsonl
  larder validate data/a.jsonl data/b.jsonl --limit 5
  larder validate batch.jsonl --all --json
  gzip -dc batch.jsonl.gz | larder validate -
"""


def add_to(commands: "Commands") -> None:
    """Adds the command."""
    parser = commands.add_parser(
        "validate", help="say what is wrong with batches, line by line", epilog=_EPILOG
    )
    parser.add_argument("files", metavar="FILE", nargs="+", help="a path, or - for standard input")
    shown = parser.add_mutually_exclusive_group()
    shown.add_argument(
        "--limit",
        type=argument_type(partial(parse_count, what="faults", most=10**9)),
        default=FAULTS,
        metavar="N",
        help=f"show the first N faults of a file ({FAULTS}); all are counted",
    )
    shown.add_argument(
        "--all", dest="limit", action="store_const", const=None, help="show all faults"
    )
    _add_mixed_urls(parser)
    add_service(parser)
    parser.set_defaults(run=_run)


def add_validation(parser: argparse.ArgumentParser) -> None:
    """Adds what `UploadCheck` reads, for commands that upload."""
    parser.add_argument(
        "--no-validate", action="store_true", help="upload a batch even if it has faults"
    )
    _add_mixed_urls(parser)


def _add_mixed_urls(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--mixed-urls",
        action="store_true",
        help="let a batch have several urls, as `vllm run-batch` does",
    )


def _run(arguments: argparse.Namespace) -> int:
    from larder.cli.each import for_each
    from larder.errors import LarderError, UsageError

    try:
        limits = _limits_at(service_of(arguments), one_url=not arguments.mixed_urls)
    except LarderError as error:
        if isinstance(error, UsageError) and _names_a_service(arguments):
            raise
        limits = _openais_limits(str(error), one_url=not arguments.mixed_urls)
    return for_each(arguments.files, lambda path: _validate(path, limits, arguments))


def _names_a_service(arguments: argparse.Namespace) -> bool:
    """Whether the user chose limits other than OpenAI's."""
    if arguments.base_url is not None or arguments.profile is not None:
        return True
    names = ("LARDER_PROFILE", "LARDER_BASE_URL", "LARDER_API_KEY")
    return any(os.environ.get(name, "").strip() for name in names)


def _validate(path: str, limits: "BatchLimits", arguments: argparse.Namespace) -> None:
    from larder.batch.validate import validate_batch

    report = validate_batch(path, limits=limits, most_faults=arguments.limit)
    if arguments.json:
        _print_as_json(path, report)
    else:
        for fault in report.faults:
            say(f"{_name(path)}:{fault}")
        if report.is_valid:
            say(f"{_name(path)}: valid, {_requests(report)}, {format_exactly(report.bytes)}")
    if not report.is_valid:
        raise _invalid(report)


class UploadCheck:
    """Holds what is to be uploaded as a batch against what a batch may be, unless told not to.

    The service is asked once what it allows, before the first batch; safe to use from several
    threads.
    """

    def __init__(self, arguments: argparse.Namespace, api: "HttpApi") -> None:
        """Asks nobody yet."""
        self._is_wanted = not arguments.no_validate
        self._one_url = not arguments.mixed_urls
        self._api = api
        self._limits: BatchLimits | None = None
        self._asking = threading.Lock()

    def __call__(self, path: str, source: "Source", purpose: str | None) -> None:
        """Says what is wrong with it, if anything, and raises InvalidBatchError.

        What is too large is for the service to refuse, which is quicker.
        """
        if not self._is_wanted or purpose != "batch":
            return
        from larder.batch.check import check

        with self._asking:
            limits = self._limits = self._limits or _limits_at(self._api, one_url=self._one_url)
        if limits.bytes is not None and source.size > limits.bytes:
            return
        report = check(source, limits, most_faults=FAULTS)
        if not report.is_valid:
            for fault in report.faults:
                complain(f"{_name(path)}:{fault}")
            raise _invalid(report, "; it was not uploaded: --no-validate uploads it all the same")


def _limits_at(api: "HttpApi", *, one_url: bool) -> "BatchLimits":
    from larder.api.files import get_usage
    from larder.batch.limits import BatchLimits

    limits = get_usage(api).get("limits")
    if limits is None:
        return _openais_limits("it is of an older version", one_url=one_url)
    return BatchLimits(limits["batch_bytes"], limits["batch_requests"], one_url)


def _openais_limits(why: str, *, one_url: bool) -> "BatchLimits":
    from larder.batch.limits import BatchLimits

    complain(f"OpenAI's limits hold, 200 MiB and 50000 requests, since no service says its: {why}")
    return BatchLimits(one_url=one_url)


def _name(path: str) -> str:
    """As faults are shown at; a pipe that was given by its path has that."""
    return "stdin" if path == "-" else path


def _requests(report: "BatchReport") -> str:
    return "1 request" if report.requests == 1 else f"{report.requests} requests"


def _invalid(report: "BatchReport", then: str = "") -> Exception:
    from larder.errors import InvalidBatchError

    faults = "1 fault" if report.fault_count == 1 else f"{report.fault_count} faults"
    shown = len(report.faults)
    more = f", of which {shown} are shown" if shown < report.fault_count else ""
    return InvalidBatchError(f"{faults} in {_requests(report)}{more}{then}")


def _print_as_json(path: str, report: "BatchReport") -> None:
    from dataclasses import asdict

    for fault in report.faults:
        print_json({"object": "batch.fault", "path": path, **asdict(fault)})
    print_json(
        {
            "object": "batch.report",
            "path": path,
            "is_valid": report.is_valid,
            "requests": report.requests,
            "bytes": report.bytes,
            "fault_count": report.fault_count,
            "limits": asdict(report.limits),
        }
    )

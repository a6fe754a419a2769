"""`larder download`."""

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from larder.cli import targets
from larder.cli.arguments import add_acting, add_service, add_threads, is_for_a_person
from larder.cli.at_once import add_jobs, at_once, jobs_of
from larder.cli.each import Failures
from larder.cli.fetching import Fetching, explaining_interrupt, to_stream
from larder.cli.output import print_json
from larder.cli.selection import add_selection, selected, selection_of
from larder.cli.service import service_of
from larder.cli.targets import Target
from larder.cli.terminal import say
from larder.errors import NothingFoundError, UsageError
from larder.transfer.targets import (
    ends_as_a_directory,
    is_directory,
    is_written_in_order,
    make_directory,
    open_in_order,
)
from larder.values import format_size

if TYPE_CHECKING:
    from larder.api.http import HttpApi
    from larder.api.types import File
    from larder.cli.arguments import Commands

_EPILOG = """\
Files are named by their ids, or chosen by options, of which all must hold. Several go into one
directory, which is made if it is not there; for one file only if the path ends in /. Where two
have the same name, the second one's gets its id: `a (file-…).jsonl`.

After an interruption the same command continues, and what is there already with the same content
counts as downloaded. Content is verified, or said not to be where the service tells no checksum.

examples:
  larder download file-01m8cbg00t8t
  larder download file-01m8cbg00t8t file-01m8cbg08s2k -o results/
  larder download --purpose batch-output --name '*.jsonl' -o results/
  larder download file-01m8cbg00t8t -o - | head -n 1
"""

# Calls that only read one record each.
_ASKED_AT_ONCE = 8

_STANDARD_OUTPUT = {"/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"}


def add_to(commands: "Commands") -> None:
    """Adds the command."""
    parser = commands.add_parser("download", help="download files", epilog=_EPILOG)
    parser.add_argument("ids", metavar="ID", nargs="*")
    add_selection(parser)
    parser.add_argument("--all", action="store_true", help="all your files")
    parser.add_argument(
        "-o",
        "--output",
        metavar="PATH",
        help="a file, a directory, or - for standard output; else its own filename here",
    )
    parser.add_argument("--force", action="store_true", help="replace what is there")
    parser.add_argument("--dry-run", action="store_true", help="only say what would be done")
    add_jobs(parser, "files read")
    add_threads(parser, "ranges of a file read at once, except to standard output")
    add_acting(parser)
    add_service(parser, quiet="the path")
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    is_chosen = arguments.all or selection_of(arguments).is_given
    if is_chosen and arguments.ids:
        raise UsageError("give IDs, or --all, --purpose, --name and --older-than, but not both")
    if not is_chosen and not arguments.ids:
        raise UsageError("give the IDs of files, or --all, --purpose, --name or --older-than")
    ids = list(dict.fromkeys(arguments.ids))
    jobs = jobs_of(arguments)
    if arguments.output == "":  # as of a variable that is not set
        raise UsageError("-o must be the path of a file or directory, or -, and not empty")
    if len(ids) == 1:
        _download_one(service_of(arguments), ids[0], arguments)
        return 0
    directory = _directory(arguments.output)
    api, failures = service_of(arguments), Failures()
    files = _named(api, ids, failures) if ids else _chosen(api, arguments)
    _download(api, targets.targets_in(directory, files, failures), jobs, arguments, failures)
    return failures.exit_code


def _is_standard_output(output: str | None) -> bool:
    return output == "-" or (output is not None and str(Path(output)) in _STANDARD_OUTPUT)


def _directory(output: str | None) -> Path:
    if _is_standard_output(output):
        raise UsageError("-o: standard output takes one file, by its id")
    if output is not None and os.path.lexists(output) and not is_directory(output):
        raise UsageError(f"-o: several files need a directory, and {output} is none")
    return Path(output or ".")


def _named(api: "HttpApi", ids: list[str], failures: Failures) -> list["File"]:
    from larder.api.files import get_file

    files: list[File] = []
    at_once(
        ids,
        lambda file_id: get_file(api, file_id),
        lambda _, file: files.append(file),
        jobs=_ASKED_AT_ONCE,
        failures=failures,
    )
    return [] if failures.affected_all else files


def _chosen(api: "HttpApi", arguments: argparse.Namespace) -> list["File"]:
    """The oldest first, so that of two with one name it is the newer that gets another."""
    selection = selection_of(arguments)
    files = list(selected(api, selection, order="asc"))
    if not files:
        raise NothingFoundError(f"no file found: {selection.in_words() or 'you have none'}")
    return files


def _download(
    api: "HttpApi",
    wanted: list[Target],
    jobs: int,
    arguments: argparse.Namespace,
    failures: Failures,
) -> None:
    from larder.cli.progress import transfers

    if arguments.dry_run:
        for target in wanted:
            _say_what_would_be(target, arguments)
        return
    if wanted and arguments.output is not None:
        make_directory(Path(arguments.output))
    total = sum(target.file["bytes"] for target in wanted)
    fetching = Fetching(api, arguments)
    with (
        explaining_interrupt(),
        transfers(wanted=is_for_a_person(arguments), files=len(wanted), total=total) as shown,
    ):
        at_once(
            wanted,
            lambda target: fetching.fetch(target, shown),
            lambda target, _: _say_where(target, arguments),
            jobs=jobs,
            stop=fetching.stop,
            failures=failures,
        )


def _download_one(api: "HttpApi", file_id: str, arguments: argparse.Namespace) -> None:
    """Also to what is no directory."""
    from larder.api.files import get_file
    from larder.cli.progress import transfers

    file = get_file(api, file_id)
    if _is_standard_output(arguments.output) and not arguments.dry_run:
        is_seen = sys.stdout.isatty()
        to_stream(api, file, sys.stdout.buffer, shows=not (arguments.quiet or is_seen))
        return
    target = _target(file, arguments.output)
    if arguments.dry_run:
        _say_what_would_be(target, arguments)
        return
    if arguments.output is not None and ends_as_a_directory(arguments.output):
        make_directory(Path(arguments.output))
    if is_written_in_order(target.path) and Path(arguments.output or ".") == target.path:
        with open_in_order(target.path) as stream:
            to_stream(api, file, stream, shows=not (arguments.quiet or stream.isatty()))
    else:
        with explaining_interrupt(), transfers(wanted=is_for_a_person(arguments)) as shown:
            Fetching(api, arguments).fetch(target, shown)
    _say_where(target, arguments)


def _target(file: "File", output: str | None) -> Target:
    if output is None or is_directory(output) or ends_as_a_directory(output):
        return Target(file, targets.own_path(file, Path(output or ".")))
    return Target(file, Path(output))


def _say_where(target: Target, arguments: argparse.Namespace) -> None:
    if arguments.json:
        print_json({**target.file, "path": str(target.path)})
    else:
        say(str(target.path), flush=True)


def _say_what_would_be(target: Target, arguments: argparse.Namespace) -> None:
    if not is_for_a_person(arguments):
        _say_where(target, arguments)
    else:
        size = format_size(target.file["bytes"])
        say(f"would download {target}  {size}  to {target.path}")

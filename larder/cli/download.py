"""`larder download`."""

import argparse
import sys
from pathlib import Path
from typing import IO, TYPE_CHECKING

from larder.cli.arguments import add_acting, add_service, add_threads
from larder.cli.output import print_json
from larder.cli.service import service_of
from larder.cli.terminal import complain, say
from larder.errors import LarderError, TargetError, TargetExistsError

if TYPE_CHECKING:
    from larder.api.http import HttpApi
    from larder.api.types import File
    from larder.cli.arguments import Commands


_STANDARD_OUTPUT = {"-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"}


def add_to(commands: "Commands") -> None:
    """Adds the command."""
    parser = commands.add_parser(
        "download",
        help="download a file",
        epilog="After an interruption the same command continues. Content is verified, or said "
        "not to be where the service tells no checksum.",
    )
    parser.add_argument("id", metavar="ID")
    parser.add_argument(
        "-o",
        "--output",
        metavar="PATH",
        help="a file, a directory, or - for standard output; else its own filename here",
    )
    parser.add_argument("--force", action="store_true", help="replace what is there")
    add_threads(parser, "ranges read at once, except to standard output")
    add_acting(parser)
    add_service(parser)
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> None:
    from larder.api.files import get_file
    from larder.transfer.targets import is_written_in_order, must_be_a_directory_if_said

    if arguments.output is not None:
        must_be_a_directory_if_said(arguments.output)
    api = service_of(arguments)
    file = get_file(api, arguments.id)
    if arguments.output in _STANDARD_OUTPUT:
        _to_stream(api, file, sys.stdout.buffer, is_seen=sys.stdout.isatty())
        return
    destination = _destination(file, arguments.output)
    if arguments.output == str(destination) and is_written_in_order(destination):
        with destination.open("wb") as stream:
            _to_stream(api, file, stream, is_seen=stream.isatty())
    else:
        _to_path(api, file, destination, arguments)
    if arguments.json:
        print_json({**file, "path": str(destination)})
    else:
        say(str(destination))


def _to_stream(api: "HttpApi", file: "File", stream: IO[bytes], *, is_seen: bool) -> None:
    from larder.cli.progress import progress_bar
    from larder.transfer.download import download_to_stream

    with progress_bar(file["filename"], wanted=not is_seen) as on_progress:
        verified = download_to_stream(api, file, stream, on_progress=on_progress)
    stream.flush()
    _say_unless(verified, file)


def _to_path(
    api: "HttpApi", file: "File", destination: Path, arguments: argparse.Namespace
) -> None:
    from larder.cli.progress import progress_bar
    from larder.transfer.download import download_to_path

    try:
        with progress_bar(destination.name, wanted=not arguments.json) as on_progress:
            verified = download_to_path(
                api,
                file,
                destination,
                replace=arguments.force,
                on_progress=on_progress,
                threads=arguments.threads,
            )
    except TargetExistsError as error:
        raise LarderError(f"{error}: use --force to replace it, or -o") from None
    except KeyboardInterrupt:
        raise KeyboardInterrupt("interrupted: the same command continues the download") from None
    _say_unless(verified, file)


def _say_unless(verified: bool, file: "File") -> None:
    if not verified:
        what = f"{file['id']} could not be verified"
        complain(f"{what}: the service tells no checksum of it")


def _destination(file: "File", output: str | None) -> Path:
    from larder.transfer.targets import destination_of

    try:
        return destination_of(file, output)
    except TargetError as error:
        raise LarderError(f"{error}: use -o") from None

"""`larder download`."""

import argparse
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from larder.cli.arguments import add_service, add_threads
from larder.cli.output import print_json
from larder.cli.terminal import say
from larder.errors import LarderError

if TYPE_CHECKING:
    from larder.api.http import HttpApi
    from larder.api.types import File
    from larder.cli.arguments import Commands


# https://learn.microsoft.com/en-us/windows/win32/fileio/naming-a-file: a drive or a stream, a
# pattern, an end that is dropped, and devices, which are there in every directory.
_NO_FILE_ON_WINDOWS = re.compile(
    r'.*[<>:"|?*].*|.*[. ]|(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³]) *(\..*)?',
    re.IGNORECASE,
)


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
        "-o", "--output", metavar="PATH", help="where to; - for standard output; else its filename"
    )
    parser.add_argument("--force", action="store_true", help="replace what is there")
    add_threads(parser, "ranges read at once, except to standard output")
    add_service(parser)
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> None:
    from larder.api.files import get_file
    from larder.api.http import api_from_environment

    api = api_from_environment(arguments.base_url)
    file = get_file(api, arguments.id)
    if arguments.output == "-":
        _to_standard_output(api, file)
        return
    destination = _destination(file, arguments.output)
    _must_be_free(destination, force=arguments.force)
    _to_path(api, file, destination, arguments)
    if arguments.json:
        print_json({**file, "path": str(destination)})
    else:
        say(str(destination))


def _to_standard_output(api: "HttpApi", file: "File") -> None:
    from larder.cli.progress import progress_bar
    from larder.transfer.download import download_to_stream

    with progress_bar(file["filename"], wanted=not sys.stdout.isatty()) as on_progress:
        verified = download_to_stream(api, file, sys.stdout.buffer.write, on_progress=on_progress)
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
    except FileExistsError:
        raise _exists(destination) from None
    except KeyboardInterrupt:
        raise KeyboardInterrupt("interrupted: the same command continues the download") from None
    _say_unless(verified, file)


def _say_unless(verified: bool, file: "File") -> None:
    if not verified:
        what = f"{file['id']} could not be verified"
        print(f"larder: {what}: the service tells no checksum of it", file=sys.stderr)


def _must_be_free(destination: Path, *, force: bool) -> None:
    if not force and os.path.lexists(destination):
        raise _exists(destination)
    if destination.exists() and not destination.is_file():
        raise LarderError(f"{destination} is no file: it is not replaced, use -o")


def _exists(destination: Path) -> LarderError:
    return LarderError(f"{destination} exists: use --force to replace it, or -o")


def _destination(file: "File", output: str | None) -> Path:
    """The path to write: a directory as output takes the file's own name."""
    if output is not None and not Path(output).is_dir():
        return Path(output)
    # The service keeps basenames only; but nobody's name may lead out of the directory.
    name = re.split(r"[/\\]", file["filename"])[-1]
    if not is_plain(name, windows=os.name == "nt"):
        raise LarderError(f"the file's name {name!r} is not one for a file here: use -o")
    return Path(output or ".") / name


def is_plain(name: str, *, windows: bool) -> bool:
    """Whether a name without separators is that of a file in a directory, and of nothing else."""
    if name in {"", ".", ".."} or re.search("[\x00-\x1f\x7f-\x9f\ud800-\udfff]", name):
        return False
    return not (windows and _NO_FILE_ON_WINDOWS.fullmatch(name))

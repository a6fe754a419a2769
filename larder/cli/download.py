"""`larder download`."""

import argparse
import os
import re
import stat
import sys
from pathlib import Path
from typing import IO, TYPE_CHECKING

from larder.cli.arguments import add_acting, add_service, add_threads
from larder.cli.output import print_json
from larder.cli.service import service_of
from larder.cli.terminal import complain, say
from larder.errors import LarderError

if TYPE_CHECKING:
    from larder.api.http import HttpApi
    from larder.api.types import File
    from larder.cli.arguments import Commands


_EPILOG = """\
After an interruption the same command continues. Content is verified, or said not to be where the
service tells no checksum.

examples:
  larder download file-01m8cbg00t8t
  larder download file-01m8cbg00t8t -o results/
  larder download file-01m8cbg00t8t -o - | head -n 1
"""

_STANDARD_OUTPUT = {"-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"}

# https://learn.microsoft.com/en-us/windows/win32/fileio/naming-a-file: a drive or a stream, a
# pattern, an end that is dropped, and devices, which are there in every directory.
_NO_FILE_ON_WINDOWS = re.compile(
    r'.*[<>:"|?*].*|.*[. ]|(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³]) *(\..*)?',
    re.IGNORECASE,
)


def add_to(commands: "Commands") -> None:
    """Adds the command."""
    parser = commands.add_parser("download", help="download a file", epilog=_EPILOG)
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

    _must_be_a_directory_if_said(arguments.output)
    api = service_of(arguments)
    file = get_file(api, arguments.id)
    if arguments.output in _STANDARD_OUTPUT:
        _to_stream(api, file, sys.stdout.buffer, is_seen=sys.stdout.isatty())
        return
    destination = _destination(file, arguments.output)
    if arguments.output == str(destination) and _is_written_in_order(destination):
        with destination.open("wb") as stream:
            _to_stream(api, file, stream, is_seen=stream.isatty())
    else:
        _must_be_free(destination, force=arguments.force)
        _to_path(api, file, destination, arguments)
    if arguments.json:
        print_json({**file, "path": str(destination)})
    else:
        say(str(destination))


def _to_stream(api: "HttpApi", file: "File", stream: IO[bytes], *, is_seen: bool) -> None:
    from larder.cli.progress import progress_bar
    from larder.transfer.download import download_to_stream

    with progress_bar(file["filename"], wanted=not is_seen) as on_progress:
        verified = download_to_stream(api, file, stream.write, on_progress=on_progress)
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
                _behind_links(destination),
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
        complain(f"{what}: the service tells no checksum of it")


def _must_be_free(destination: Path, *, force: bool) -> None:
    if not force and os.path.lexists(destination):
        raise _exists(destination)
    if destination.exists() and not destination.is_file():
        raise LarderError(f"{destination} is no file: it is not replaced, use -o")


def _is_written_in_order(destination: Path) -> bool:
    """Whether nothing is replaced there, since it is a pipe, or a device such as /dev/null."""
    try:
        kind = destination.stat().st_mode
    except (OSError, ValueError):
        return False
    return stat.S_ISFIFO(kind) or stat.S_ISCHR(kind)


def _behind_links(destination: Path) -> Path:
    """What a link there leads to, so that it stays a link."""
    if not destination.is_symlink():
        return destination
    target = Path(os.path.realpath(destination))
    if target.is_symlink():
        raise LarderError(f"{destination} is a link that leads in a circle")
    return target


def _must_be_a_directory_if_said(output: str | None) -> None:
    separators = tuple(filter(None, (os.sep, os.altsep)))
    if output is not None and output.endswith(separators) and not Path(output).is_dir():
        raise LarderError(f"{output} is no directory: make it, or leave its last {output[-1]} away")


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

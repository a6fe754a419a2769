"""`larder upload`."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from larder.cli.arguments import add_service, add_threads, lifetime, text
from larder.cli.output import print_json
from larder.cli.terminal import say

if TYPE_CHECKING:
    from larder.api.http import HttpApi
    from larder.api.types import ExpiresAfter, File
    from larder.api.uploads import NewFile
    from larder.cli.arguments import Commands
    from larder.transfer.progress import OnProgress
    from larder.transfer.sources import FileSource

_EPILOG = """\
Large files go in parts, in parallel. After an interruption the same command continues.
Prints each file's id.
"""


def add_to(commands: "Commands") -> None:
    """Adds the command."""
    parser = commands.add_parser("upload", help="upload files", epilog=_EPILOG)
    parser.add_argument("files", metavar="FILE", nargs="+", type=Path)
    parser.add_argument("--purpose", type=text, default="batch", help="default: batch")
    parser.add_argument(
        "--expires-after",
        type=lifetime,
        metavar="DURATION",
        help="such as 7d or 12h, 1h to 30d; else as long as the service allows",
    )
    add_threads(parser, "parts of a large file sent at once")
    add_service(parser)
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    from larder.api.http import api_from_environment
    from larder.cli.each import for_each
    from larder.cli.progress import progress_bar

    api = api_from_environment(arguments.base_url)
    expires_after: ExpiresAfter | None = None
    if arguments.expires_after is not None:
        expires_after = {"anchor": "created_at", "seconds": arguments.expires_after}

    def upload(path: Path) -> None:
        with progress_bar(path.name, wanted=not arguments.json) as on_progress:
            file = _upload(
                api, path, arguments.purpose, expires_after, arguments.threads, on_progress
            )
        if arguments.json:
            print_json(file)
        else:
            say(file["id"], flush=True)

    return for_each(arguments.files, upload)


def _upload(
    api: "HttpApi",
    path: Path,
    purpose: str,
    expires_after: "ExpiresAfter | None",
    threads: int,
    on_progress: "OnProgress | None",
) -> "File":
    from larder.api.files import create_file
    from larder.api.uploads import INLINE_BYTES
    from larder.errors import ApiError
    from larder.transfer.sources import FileSource, describe, whole

    source = FileSource(path)
    new = describe(path.name, source.size, purpose=purpose, expires_after=expires_after)
    if source.size <= INLINE_BYTES:
        try:
            return create_file(api, new, whole(source))
        except ApiError as error:
            # This service takes less in one call; but of an empty file there are no parts.
            if error.status != 413 or source.size == 0:
                raise
    return _upload_in_parts(api, source, new, threads, on_progress)


def _upload_in_parts(
    api: "HttpApi",
    source: "FileSource",
    new: "NewFile",
    threads: int,
    on_progress: "OnProgress | None",
) -> "File":
    from larder.transfer.sessions import Sessions
    from larder.transfer.upload import of_source, upload_in_parts

    session = Sessions(api.base_url, api.api_key).of(source, new)
    whole = of_source(source, threads=threads)
    try:
        return upload_in_parts(api, whole, new, session=session, on_progress=on_progress)
    except KeyboardInterrupt:
        raise KeyboardInterrupt("interrupted: the same command continues the upload") from None

"""`larder upload`."""

import argparse
from typing import TYPE_CHECKING

from larder.cli.arguments import add_acting, add_service, add_threads, file_lifetime, text
from larder.cli.output import print_json
from larder.cli.service import service_of
from larder.cli.terminal import say

if TYPE_CHECKING:
    from larder.api.http import HttpApi
    from larder.api.types import ExpiresAfter, File
    from larder.api.uploads import NewFile
    from larder.cli.arguments import Commands
    from larder.cli.progress import Transfer
    from larder.transfer.sources import FileSource, HandleSource, Source

_EPILOG = """\
Large files go in parts, in parallel. After an interruption the same command continues; what came
through a pipe is copied to disk first, and begun anew. Prints each file's id.

examples:
  larder upload batch.jsonl
  larder upload results.jsonl --purpose user_data --expires-after 7d
  gzip -dc batch.jsonl.gz | larder upload - --filename batch.jsonl
"""


def add_to(commands: "Commands") -> None:
    """Adds the command."""
    parser = commands.add_parser("upload", help="upload files", epilog=_EPILOG)
    parser.add_argument("files", metavar="FILE", nargs="+", help="a path, or - for standard input")
    parser.add_argument(
        "--purpose", type=text, help="default: batch; with --owner: batch-output, the only one"
    )
    parser.add_argument("--filename", type=text, metavar="NAME", help="instead of the file's own")
    parser.add_argument(
        "--expires-after",
        type=file_lifetime,
        metavar="DURATION",
        help="such as 7d or 12h, 1h to 30d; else as long as the service allows",
    )
    add_threads(parser, "parts of a large file sent at once")
    add_acting(parser)
    add_service(parser)
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    from larder.cli.each import for_each
    from larder.cli.progress import transfers
    from larder.errors import UsageError
    from larder.transfer.pipes import name_of, source_at

    if arguments.filename is not None and len(arguments.files) > 1:
        raise UsageError(f"--filename names one file, not {len(arguments.files)}")
    api = service_of(arguments)

    def upload(path: str) -> None:
        name = name_of(path) if arguments.filename is None else arguments.filename
        with source_at(path) as source, shown.of(name, source.size) as transfer:
            new = _described(name, source, arguments)
            file = _upload(api, source, new, arguments.threads, transfer)
        if arguments.json:
            print_json(file)
        else:
            say(file["id"], flush=True)

    with transfers(wanted=not arguments.json, files=len(arguments.files)) as shown:
        return for_each(arguments.files, upload)


def _described(name: str, source: "Source", arguments: argparse.Namespace) -> "NewFile":
    from larder.transfer.sources import describe

    expires_after: ExpiresAfter | None = None
    if arguments.expires_after is not None:
        expires_after = {"anchor": "created_at", "seconds": arguments.expires_after}
    purpose = arguments.purpose or ("batch" if arguments.owner is None else "batch-output")
    return describe(name, source.size, purpose=purpose, expires_after=expires_after)


def _upload(
    api: "HttpApi",
    source: "FileSource | HandleSource",
    new: "NewFile",
    threads: int,
    transfer: "Transfer",
) -> "File":
    from larder.api.files import create_file
    from larder.api.uploads import INLINE_BYTES
    from larder.errors import ApiError
    from larder.transfer.sources import whole

    if source.size <= INLINE_BYTES:
        try:
            return create_file(api, new, whole(source))
        except ApiError as error:
            # This service takes less in one call; but of an empty file there are no parts.
            if error.status != 413 or source.size == 0:
                raise
    return _upload_in_parts(api, source, new, threads, transfer)


def _upload_in_parts(
    api: "HttpApi",
    source: "FileSource | HandleSource",
    new: "NewFile",
    threads: int,
    transfer: "Transfer",
) -> "File":
    from larder.transfer.sessions import Sessions
    from larder.transfer.sources import FileSource
    from larder.transfer.upload import of_source, upload_in_parts

    whole = of_source(source, threads=threads)
    session = None
    if isinstance(source, FileSource):
        session = Sessions(api.base_url, api.api_key, owner=api.owner).of(source, new)
    try:
        return upload_in_parts(
            api,
            whole,
            new,
            session=session,
            on_progress=transfer.on_progress,
            on_step=transfer.on_step,
        )
    except KeyboardInterrupt:
        if session is None:
            raise
        raise KeyboardInterrupt("interrupted: the same command continues the upload") from None

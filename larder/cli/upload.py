"""`larder upload`."""

import argparse
from typing import TYPE_CHECKING

from larder.cli.arguments import add_acting, add_service, add_threads, file_lifetime, text
from larder.cli.output import print_json
from larder.cli.service import service_of
from larder.cli.terminal import say
from larder.cli.validate import UploadCheck, add_validation

if TYPE_CHECKING:
    from larder.api.http import HttpApi
    from larder.api.types import ExpiresAfter, File
    from larder.api.uploads import NewFile
    from larder.cli.arguments import Commands
    from larder.transfer.progress import OnProgress
    from larder.transfer.sources import FileSource, HandleSource, Source

_EPILOG = """\
Large files go in parts, in parallel. After an interruption the same command continues; what came
through a pipe is copied to disk first, and begun anew. Prints each file's id.

With purpose batch a file is validated first, as `larder validate` does, and not uploaded if it has
faults.

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
    add_validation(parser)
    add_acting(parser)
    add_service(parser)
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    from larder.cli.each import for_each
    from larder.cli.progress import progress_bar
    from larder.errors import UsageError
    from larder.transfer.pipes import name_of, source_at

    if arguments.filename is not None and len(arguments.files) > 1:
        raise UsageError(f"--filename names one file, not {len(arguments.files)}")
    api = service_of(arguments)
    check = UploadCheck(arguments, api)

    def upload(path: str) -> None:
        name = name_of(path) if arguments.filename is None else arguments.filename
        with (
            source_at(path) as source,
            progress_bar(name, wanted=not arguments.json) as on_progress,
        ):
            new = _described(name, source, arguments)
            check(path, source, new.purpose)
            file = _upload(api, source, new, arguments.threads, on_progress)
        if arguments.json:
            print_json(file)
        else:
            say(file["id"], flush=True)

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
    on_progress: "OnProgress | None",
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
    return _upload_in_parts(api, source, new, threads, on_progress)


def _upload_in_parts(
    api: "HttpApi",
    source: "FileSource | HandleSource",
    new: "NewFile",
    threads: int,
    on_progress: "OnProgress | None",
) -> "File":
    from larder.transfer.sessions import Sessions
    from larder.transfer.sources import FileSource
    from larder.transfer.upload import of_source, upload_in_parts

    whole = of_source(source, threads=threads)
    if not isinstance(source, FileSource):
        return upload_in_parts(api, whole, new, on_progress=on_progress)
    session = Sessions(api.base_url, api.api_key, owner=api.owner).of(source, new)
    try:
        return upload_in_parts(api, whole, new, session=session, on_progress=on_progress)
    except KeyboardInterrupt:
        raise KeyboardInterrupt("interrupted: the same command continues the upload") from None

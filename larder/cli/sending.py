"""What the commands share that upload files: their options, and how one file is sent."""

import argparse
import os
import stat
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from larder.cli.arguments import add_threads, file_lifetime, text
from larder.cli.at_once import add_jobs
from larder.cli.validate import UploadCheck, add_validation

if TYPE_CHECKING:
    from larder.api.http import HttpApi
    from larder.api.types import ExpiresAfter, File
    from larder.api.uploads import NewFile
    from larder.cli.paths import Patterns
    from larder.cli.progress import Transfer, Transfers
    from larder.transfer.sources import FileSource, HandleSource


def add_sending(parser: argparse.ArgumentParser) -> None:
    """Adds the options that say which files are uploaded, and as what."""
    parser.add_argument(
        "--purpose", type=text, help="default: batch; with --owner: batch-output, the only one"
    )
    parser.add_argument(
        "--expires-after",
        type=file_lifetime,
        metavar="DURATION",
        help="such as 7d or 12h, 1h to 30d; else as long as the service allows",
    )
    for option, what in (
        ("--include", "only files like this"),
        ("--exclude", "no files like this"),
    ):
        parser.add_argument(
            option,
            action="append",
            default=[],
            metavar="PATTERN",
            help=f"{what}: a path, a name or a directory, such as '*.jsonl'; may be given again",
        )
    add_validation(parser)
    parser.add_argument("--hidden", action="store_true", help="files in directories, .hidden too")
    parser.add_argument(
        "--dry-run", action="store_true", help="only say which files would be sent, unread"
    )
    add_jobs(parser, "files sent")
    add_threads(parser, "parts of a large file sent at once")


def patterns_of(arguments: argparse.Namespace) -> "Patterns":
    """Which files of a directory are meant."""
    from larder.cli.paths import Patterns

    return Patterns(arguments.include, arguments.exclude, arguments.hidden)


def purpose_of(arguments: argparse.Namespace) -> str:
    """The purpose that was given, or a default: `batch`, and `batch-output` for another owner."""
    purpose: str | None = arguments.purpose
    return purpose or ("batch" if arguments.owner is None else "batch-output")


def total_bytes(paths: Sequence[str]) -> int | None:
    """That of all, where each has a size already; None with a pipe among them."""
    try:
        found = [Path(path).stat() for path in paths]
    except (OSError, ValueError):  # it is for the upload to say so
        return None
    return sum(each.st_size for each in found) if all(map(_is_regular, found)) else None


def _is_regular(found: os.stat_result) -> bool:
    return stat.S_ISREG(found.st_mode)


class Sending:
    """Uploads of files that are for the same; safe to use from several threads.

    Once `stop` is set, what goes in parts ends with Stopped, and the same upload continues it.
    """

    def __init__(self, api: "HttpApi", arguments: argparse.Namespace) -> None:
        """Asks nobody yet; the arguments are those of `add_sending`."""
        self.stop = threading.Event()
        self._api = api
        self._purpose = purpose_of(arguments)
        self._threads: int = arguments.threads
        self._check = UploadCheck(arguments, api)
        self._expires_after: ExpiresAfter | None = None
        if arguments.expires_after is not None:
            self._expires_after = {"anchor": "created_at", "seconds": arguments.expires_after}

    def send(self, path: str, name: str, shown: "Transfers") -> "File":
        """Uploads the file at the path; `-` is standard input. Raises LarderError."""
        from larder.transfer.pipes import source_at
        from larder.transfer.sources import describe

        with source_at(path) as source, shown.transfer(name, source.size) as transfer:
            self._check(path, source, self._purpose)
            new = describe(
                name, source.size, purpose=self._purpose, expires_after=self._expires_after
            )
            return self._send(source, new, transfer)

    def _send(
        self, source: "FileSource | HandleSource", new: "NewFile", transfer: "Transfer"
    ) -> "File":
        from larder.api.files import create_file
        from larder.api.uploads import INLINE_BYTES
        from larder.errors import ApiError
        from larder.transfer.sources import whole

        if source.size <= INLINE_BYTES:
            try:
                return create_file(self._api, new, whole(source))
            except ApiError as error:
                # This service takes less in one call; but of an empty file there are no parts.
                if error.status != 413 or source.size == 0:
                    raise
        return self._send_in_parts(source, new, transfer)

    def _send_in_parts(
        self, source: "FileSource | HandleSource", new: "NewFile", transfer: "Transfer"
    ) -> "File":
        from larder.transfer.sessions import Sessions
        from larder.transfer.sources import FileSource
        from larder.transfer.upload import of_source, upload_in_parts

        api, session = self._api, None
        if isinstance(source, FileSource):
            session = Sessions(api.base_url, api.api_key, owner=api.owner).of(source, new)
        return upload_in_parts(
            api,
            of_source(source, threads=self._threads),
            new,
            session=session,
            on_progress=transfer.on_progress,
            on_step=transfer.on_step,
            stop=self.stop,
        )

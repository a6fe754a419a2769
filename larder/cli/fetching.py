"""How one file is downloaded, to disk or to a stream."""

import argparse
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

from larder.cli.targets import Target, is_there
from larder.cli.terminal import complain
from larder.errors import LarderError, TargetExistsError

if TYPE_CHECKING:
    from larder.api.http import HttpApi
    from larder.api.types import File
    from larder.cli.progress import Transfers


class Fetching:
    """Downloads to disk; safe to use from several threads, which end soon once `stop` is set."""

    def __init__(self, api: "HttpApi", arguments: argparse.Namespace) -> None:
        self.stop = threading.Event()
        self._api = api
        self._force: bool = arguments.force
        self._threads: int = arguments.threads

    def fetch(self, target: Target, shown: "Transfers") -> None:
        """Has the content at the target in the end. Raises LarderError."""
        from larder.transfer.download import download_to_path

        file, path = target.file, target.path
        if is_there(self._api, target):
            return
        try:
            with shown.transfer(path.name, file["bytes"]) as transfer:
                verified = download_to_path(
                    self._api,
                    file,
                    path,
                    replace=self._force,
                    on_progress=transfer.on_progress,
                    on_step=transfer.on_step,
                    threads=self._threads,
                    stop=self.stop,
                )
        except TargetExistsError as error:
            raise LarderError(f"{error}: use --force to replace it, or -o") from None
        _say_unless(verified, file)


@contextmanager
def explaining_interrupt() -> Iterator[None]:
    """Says what Ctrl-C has not undone."""
    try:
        yield
    except KeyboardInterrupt:
        raise KeyboardInterrupt("interrupted: the same command continues the download") from None


def to_stream(api: "HttpApi", file: "File", stream: IO[bytes], *, shows: bool) -> None:
    """Writes the content in order; `shows` how far it is, where the content itself is not seen."""
    from larder.cli.progress import transfers
    from larder.transfer.download import download_to_stream

    with (
        transfers(wanted=shows) as shown,
        shown.transfer(file["filename"], file["bytes"]) as transfer,
    ):
        verified = download_to_stream(api, file, stream, on_progress=transfer.on_progress)
    stream.flush()
    _say_unless(verified, file)


def _say_unless(verified: bool, file: "File") -> None:
    if not verified:
        what = f"{file['id']} could not be verified"
        complain(f"{what}: the service tells no checksum of it")

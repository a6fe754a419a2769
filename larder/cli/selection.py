"""Selects files by their purpose, name and age in place of their ids."""

import argparse
import time
from collections.abc import Iterator
from fnmatch import fnmatchcase
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from larder.cli.arguments import duration, text

if TYPE_CHECKING:
    from larder.api.http import HttpApi
    from larder.api.types import File


class Selection(NamedTuple):
    """The conditions of a selection; None means any, and the age is in seconds."""

    purpose: str | None = None
    name: str | None = None
    older_than: int | None = None

    @property
    def is_given(self) -> bool:
        """Whether any condition is given."""
        return self != Selection()

    def takes(self, file: "File", now: float) -> bool:
        """Whether the file is selected, at this Unix time."""
        return (
            self.purpose in {None, file["purpose"]}
            and (self.name is None or fnmatchcase(file["filename"], self.name))
            and (self.older_than is None or file["created_at"] < now - self.older_than)
        )

    def in_words(self) -> str:
        """The options that it was given as."""
        given = {
            "--purpose": self.purpose,
            "--name": self.name,
            "--older-than": None if self.older_than is None else f"{self.older_than}s",
        }
        return " ".join(f"{option} {value}" for option, value in given.items() if value is not None)


def add_selection(parser: argparse.ArgumentParser) -> None:
    """Adds `--purpose`, `--name` and `--older-than`; all that are given must apply."""
    parser.add_argument("--purpose", type=text, help="only files of this purpose, such as batch")
    parser.add_argument(
        "--name", type=text, metavar="GLOB", help="only files of such a name, as in '*.jsonl'"
    )
    parser.add_argument(
        "--older-than",
        type=duration,
        metavar="DURATION",
        help="only files that were made longer ago, such as 7d or 12h",
    )


def selection_of(arguments: argparse.Namespace) -> Selection:
    """The selection by the options of `add_selection`."""
    return Selection(arguments.purpose, arguments.name, arguments.older_than)


def selected(
    api: "HttpApi", selection: Selection, *, order: str | None = None, limit: int | None = None
) -> Iterator["File"]:
    """The selected files, newest first unless `order` is `asc`; at most `limit`.

    The purpose is checked here too, so that a deletion does not depend on how a service reads an
    empty purpose.
    """
    from larder.api.files import list_files

    now = time.time()
    # A limit is sent only if every file that comes is selected.
    most = limit if selection == Selection(purpose=selection.purpose) else None
    files = list_files(api, purpose=selection.purpose, order=order, limit=most)
    return islice((file for file in files if selection.takes(file, now)), limit)

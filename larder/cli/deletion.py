"""Deletes selected files, after showing them and asking."""

import argparse
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from larder.cli.output import print_json
from larder.cli.questions import is_agreed
from larder.cli.terminal import complain, say
from larder.values import format_size

if TYPE_CHECKING:
    from larder.api.http import HttpApi
    from larder.api.types import Deleted, File
    from larder.cli.each import Failures

AT_ONCE = 8
"""How many at once: each is a transaction on the owner's usage, one at a time."""

_NAMED = 10


def may_delete(files: Sequence["File"], *, yes: bool) -> bool:
    """Whether the user agrees, after a line for each of the first ten files; `yes` skips that.

    Raises UsageError if there is no terminal to ask at.
    """
    if yes:
        return True
    for file in files[:_NAMED]:
        complain(f"{file['id']}  {format_size(file['bytes'])}  {file['filename']}")
    if len(files) > _NAMED:
        complain(f"and {len(files) - _NAMED} more")
    return is_agreed(f"Delete {counted(files)} for good?")


def delete_all(
    api: "HttpApi",
    files: Sequence["File"],
    report: Callable[["Deleted"], None],
    failures: "Failures",
) -> None:
    """Deletes the files, several at once; one that is gone already is no failure."""
    from larder.api.files import delete_file
    from larder.cli.at_once import at_once
    from larder.errors import EXIT_NOT_FOUND, ApiError

    def delete(file_id: str) -> "Deleted":
        try:
            return delete_file(api, file_id)
        except ApiError as error:
            if error.exit_code != EXIT_NOT_FOUND:
                raise
            return {"id": file_id, "object": "file", "deleted": True}

    ids = [file["id"] for file in files]
    at_once(ids, delete, lambda _, deleted: report(deleted), jobs=AT_ONCE, failures=failures)


def say_what_would_be(files: Sequence["File"], arguments: argparse.Namespace) -> None:
    """Says which files would be deleted."""
    for file in files:
        if arguments.json:
            print_json(file)
        elif arguments.quiet:
            say(file["id"])
        else:
            size = format_size(file["bytes"])
            say(f"would delete {file['id']}  {size}  {file['filename']}")
    complain(f"nothing was deleted: {counted(files)} would be")


def counted(files: Sequence["File"]) -> str:
    """Their number and size."""
    size = format_size(sum(file["bytes"] for file in files))
    return f"{len(files)} file{'' if len(files) == 1 else 's'}, {size}"

"""The rules of reading files: one is never seen once it is deleted or expired."""

from collections.abc import Iterator
from typing import Protocol

from lambdas.core import ids
from lambdas.core.callers import Caller
from lambdas.core.errors import FileNotFound
from lambdas.core.file import File
from lambdas.core.pages import Entries, Page, PageRequest, fill
from lambdas.core.purposes import NEVER_STORED


class FileStore(Protocol):
    """Has the files of every owner."""

    def get(self, owner: str, file_id: str, now: float) -> File:
        """Return a file as last committed; raises FileNotFound, also when it has expired."""

    def page(
        self, owner: str, purpose: str | None, page: PageRequest, now: float
    ) -> Iterator[Entries]:
        """Yield every unexpired file on and behind the page, in order, some at a time."""


def get_file(caller: Caller, file_id: str, *, files: FileStore, now: float) -> File:
    """Return an owner's file; raises FileNotFound, the same whatever the reason is."""
    if not ids.is_id(ids.FILE, file_id):
        raise FileNotFound(file_id)
    return files.get(caller.owner, file_id, now)


def list_files(
    caller: Caller, page: PageRequest, purpose: str | None, *, files: FileStore, now: float
) -> Page:
    """Return a page of an owner's files, by the time of their creation."""
    if purpose in NEVER_STORED:
        return Page([], has_more=False)
    return fill(files.page(caller.owner, purpose, page, now), page.limit)

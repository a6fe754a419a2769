"""Files kept in memory: fast enough for tens of thousands, where moto takes seconds a page."""

from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from collections.abc import Iterator

from lambdas.core.errors import FileNotFound
from lambdas.core.file import File
from lambdas.core.idempotency import Claim
from lambdas.core.pages import Entries, PageRequest
from lambdas.core.quota import Allowance, Amount


class MemoryFiles:
    """A store of files and of their changes that lives as long as a test.

    It is a `lambdas.core.files.FileStore` and a `lambdas.core.file_changes.FileChangeStore`.
    """

    def __init__(self) -> None:
        self.held: dict[str, Amount] = defaultdict(Amount)
        self._ids: dict[str, list[str]] = defaultdict(list)
        self._files: dict[tuple[str, str], File] = {}

    def add(self, file: File, allowed: Allowance, claim: Claim | None) -> None:
        """Show the file and count it; raises QuotaExceeded."""
        held, needed = self.held[file.owner], Amount(used=file.bytes, files=1)
        if allowed.missing(held, needed):
            raise allowed.refusal(held, needed)
        self.held[file.owner] += needed
        insort(self._ids[file.owner], file.id)
        self._files[file.owner, file.id] = file

    def get(self, owner: str, file_id: str, now: float) -> File:
        """Return a file; raises FileNotFound, also when it has expired."""
        file = self._files.get((owner, file_id))
        if file is None or file.expires_at <= now:
            raise FileNotFound(file_id)
        return file

    def page(
        self, owner: str, purpose: str | None, page: PageRequest, now: float
    ) -> Iterator[Entries]:
        """Yield every unexpired file on and behind the page, in order."""
        for file_id in self._beyond(self._ids[owner], page):
            file = self._files[owner, file_id]
            if file.expires_at > now and purpose in (None, file.purpose):
                yield [(file_id, file.rendered)]

    def remove(self, owner: str, file_id: str, now: float) -> None:
        """Hide the file and give its bytes back; raises FileNotFound."""
        self.held[owner] -= Amount(used=self.get(owner, file_id, now).bytes, files=1)
        self._ids[owner].remove(file_id)
        del self._files[owner, file_id]

    def _beyond(self, ids: list[str], page: PageRequest) -> Iterator[str]:
        if page.descending:
            end = len(ids) if page.after is None else bisect_left(ids, page.after)
            return (ids[position] for position in range(end - 1, -1, -1))
        start = 0 if page.after is None else bisect_right(ids, page.after)
        return (ids[position] for position in range(start, len(ids)))

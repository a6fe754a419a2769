"""What a history shows of files and uploads: facts, who made them, when each was seen or not."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from lambdas.core.large_files import MIME_TYPE
from tests.histories.operation import NEVER, Operation

Facts = dict[str, Any]


@dataclass
class Sights:
    """What is known of one owner's files and uploads once all is over.

    Args:
        operations: The owner's, in any order.

    Attributes:
        files: Facts of every file that was seen, by ids, a digest of its content among them.
        uploads: Facts of every upload that was seen.
        makers: Who may have made a file or upload: creates, completes and begins, by ids.
        becomes: The ids of uploads' files, by the uploads'.
        seen: When a file or upload had been seen, by ids.
        strays: Files and uploads that were seen and that nobody can have made.
    """

    operations: Sequence[Operation]
    files: dict[str, Facts] = field(default_factory=dict)
    uploads: dict[str, Facts] = field(default_factory=dict)
    makers: defaultdict[str, list[Operation]] = field(default_factory=lambda: defaultdict(list))
    becomes: dict[str, str] = field(default_factory=dict)
    seen: dict[str, float] = field(default_factory=dict)
    strays: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Read it all."""
        self._named = defaultdict[str, list[Operation]](list)
        self._lists: list[tuple[Operation, dict[str, Facts]]] = []
        self._looks: dict[str, list[Operation]] = {}
        for operation in self.operations:
            self._named[operation.of].append(operation)
            if operation.kind in ("list", "list_uploads") and operation.ok:
                shown = {facts["id"]: facts for facts in operation.told["data"]}
                self._lists.append((operation, shown))
        for operation in sorted(self.operations, key=lambda one: one.end):
            for facts in _files_told_by(operation):
                self._note(self.files, facts, operation)
            for facts in _uploads_told_by(operation):
                self._note(self.uploads, facts, operation)
                if file := facts.get("file"):
                    self.becomes[facts["id"]] = file["id"]
        for operation in self.operations:
            if operation.kind in ("create", "begin") and operation.ok:
                self.makers[operation.told["id"]].append(operation)
        self._find_makers(self.uploads, "begin", set())
        self._find_makers(self.files, "create", set(self.becomes.values()))
        for upload_id, file_id in self.becomes.items():
            self.makers[file_id] = self._completes(upload_id)
            self._learn_digest(file_id)

    def _note(self, known: dict[str, Facts], facts: Mapping[str, Any], by: Operation) -> None:
        identifier = facts["id"]
        known.setdefault(identifier, {**facts})
        self.seen[identifier] = min(by.end, self.seen.get(identifier, NEVER))

    def _find_makers(self, known: Mapping[str, Facts], kind: str, others: set[str]) -> None:
        """Say which requests without an answer may have made what was seen."""
        unknown = [one for one in self.operations if one.kind == kind and one.end == NEVER]
        for identifier, facts in known.items():
            made = self.makers[identifier]
            keys = {one.asked["key"] for one in made if one.asked.get("key")}
            tries = [one for one in unknown if one.asked.get("key") in keys]
            if not made and identifier not in others:
                tries = [one for one in unknown if _may_have_made(one, facts)]
                tries = [one for one in tries if one.start < self.seen[identifier]][:1]
                if not tries and (kind == "begin" or not self._is_from_an_upload(facts)):
                    self.strays.append(identifier)
            made += tries
            if not any(one.asked.get("key") for one in tries):
                unknown = [one for one in unknown if one not in tries]
            if kind == "create" and identifier not in others:
                self._learn_digest(identifier)

    def _is_from_an_upload(self, facts: Facts) -> bool:
        """Find the upload of a file that no complete was told of, by its name."""
        for upload_id, upload in self.uploads.items():
            is_like_it = all(upload[name] == facts[name] for name in ("filename", "bytes"))
            if is_like_it and upload_id not in self.becomes and self._completes(upload_id):
                self.becomes[upload_id] = facts["id"]
                return True
        return False

    def _completes(self, upload_id: str) -> list[Operation]:
        return [
            one
            for one in self._named[upload_id]
            if one.kind == "complete" and (one.ok or one.end == NEVER)
        ]

    def _learn_digest(self, file_id: str) -> None:
        """Take a file's content from whoever made it, or from the first who read it."""
        readers = (one for one in self._named[file_id] if one.kind == "read")
        digests = (one.asked.get("digest") for one in self.makers[file_id])
        told = (one.told.get("digest") for one in readers)
        self.files[file_id]["digest"] = next(filter(None, [*digests, *told]), "")

    def named(self, identifier: str) -> list[Operation]:
        """Return what named a file or upload."""
        return self._named[identifier]

    def of_file(self, file_id: str) -> list[Operation]:
        """Return every look at a file as `see`, `shown` or not, and every deletion."""
        if file_id not in self._looks:
            self._looks[file_id] = [*self._of_file(file_id)]
        return self._looks[file_id]

    def _of_file(self, file_id: str) -> Iterator[Operation]:
        until = NEVER
        for one in self._named[file_id]:
            told = one.ok or one.status == 404
            if one.kind in ("look", "read") and told:
                yield _seen(one, file_id, one.told if one.ok else None)
            elif one.kind == "delete" and (told or one.end == NEVER):
                until = min(until, one.end if one.ok else NEVER)
                yield replace(one, optional=one.end == NEVER)
        # That it is not listed before it was made, or any more, needs no look of its own.
        since = min((one.start for one in self.makers[file_id]), default=-NEVER)
        for one, facts in self.in_lists("list", file_id, since, until):
            yield _seen(one, file_id, facts)

    def in_lists(
        self, kind: str, identifier: str, since: float = -NEVER, until: float = NEVER
    ) -> Iterator[tuple[Operation, Facts | None]]:
        """Yield each list that shows it, with its facts, or that would show it if it were there.

        The latter only where they ended after the first time and began before the second.
        """
        for one, shown in self._lists:
            if one.kind == kind and (
                identifier in shown
                or (since <= one.end and one.start <= until and _reaches(one, identifier))
            ):
                yield one, shown.get(identifier)


def _files_told_by(operation: Operation) -> list[Facts]:
    told = operation.told
    if not operation.ok:
        return []
    if operation.kind == "list":
        return list(told["data"])
    if operation.kind in ("create", "look") and "id" in told:
        return [dict(told)]
    return [upload["file"] for upload in _uploads_told_by(operation) if upload.get("file")]


def _uploads_told_by(operation: Operation) -> list[Facts]:
    if not operation.ok:
        return []
    if operation.kind == "list_uploads":  # some are forms, which are the front door's own
        return [facts for facts in operation.told["data"] if facts["mime_type"] != MIME_TYPE]
    shows = operation.kind in ("begin", "show", "complete", "cancel")
    return [dict(operation.told)] if shows else []


def _may_have_made(operation: Operation, facts: Facts) -> bool:
    return all(operation.asked.get(name) == facts[name] for name in ("filename", "bytes"))


def _seen(operation: Operation, file_id: str, facts: Mapping[str, Any] | None) -> Operation:
    told = {"shown": False} if facts is None else {**facts, "shown": True}
    return replace(operation, kind="see", of=file_id, told=told, asked={"by": operation.kind})


def _reaches(operation: Operation, identifier: str) -> bool:
    """Tell whether a page would have shown an id, by its ends: ids are in the order of lists."""
    shown = [facts["id"] for facts in operation.told["data"]]
    after, backwards = operation.asked.get("after"), operation.asked.get("order") != "asc"
    if "purpose" in operation.asked:
        return False
    if after and (identifier >= after if backwards else identifier <= after):
        return False
    if not operation.told["has_more"]:
        return True
    return bool(shown) and (identifier >= shown[-1] if backwards else identifier <= shown[-1])

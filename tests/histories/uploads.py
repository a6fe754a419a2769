"""How an upload may change, together with the file that it becomes.

The two are one object here, since one transaction completes the upload and shows the file, and one
deletes both. The request's time decides whether an upload or a file has ended (docs/decisions/0002)
and the order of the operations decides everything else.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from tests.histories.files import DELETED, NOT_YET, FileRules, FileState, There, made_by
from tests.histories.operation import Operation

NEW, PENDING, COMPLETED, CANCELLED, GONE = "new", "pending", "completed", "cancelled", "gone"
LASTS_SECONDS = 86_400
"""An upload with a part, or with part URLs, from its beginning on."""


@dataclass(frozen=True)
class Session:
    """An upload; `parts` are those that came through the API, with their bytes."""

    status: str = NEW
    bytes: int = 0
    end: int = 0
    lasts_until: int = 0
    parts: frozenset[tuple[str, int]] = frozenset()
    chosen: tuple[str, ...] = ()
    file_id: str = ""
    file: FileState = NOT_YET

    def may_be_pending(self, operation: Operation) -> bool:
        """Tell whether a request may have found it pending."""
        return self.status == PENDING and operation.earliest < self.end

    def may_have_expired(self, operation: Operation) -> bool:
        """Tell whether a request may have found it expired."""
        return self.status == PENDING and operation.latest >= self.end

    def may_be_completed(self, operation: Operation) -> bool:
        """Tell whether a request may have found it with its file."""
        return isinstance(self.file, There) and self.file.may_be_served(operation)

    def may_be_found(self, status: str, operation: Operation) -> bool:
        """Tell whether it may have been shown with this status."""
        return {
            "pending": self.may_be_pending(operation),
            "expired": self.may_have_expired(operation),
            "completed": self.may_be_completed(operation),
            "cancelled": self.status == CANCELLED,
        }[status]

    def without(self, operation: Operation) -> Iterator["Session"]:
        """Yield what it may be when it was not found: what has expired may be removed for good."""
        if self.status in (NEW, GONE) or self.file == DELETED:
            yield self
        elif isinstance(self.file, There):
            if self.file.may_have_ended(operation):
                yield self
        elif operation.latest >= self.end:
            yield replace(self, status=GONE)


class UploadRules:
    """An upload that one request begins, and the file that it becomes.

    `prolong` is what a part or a request for URLs does before it does anything else.
    """

    initial = Session()
    _files = FileRules()

    def after(self, state: Session, operation: Operation) -> Iterator[Session]:
        """See Specification."""
        if operation.kind in ("see", "delete"):
            for file in self._files.after(state.file, operation):
                yield replace(state, file=file)
        elif operation.status == 404:
            yield from state.without(operation)
        elif operation.status == 400:
            if _may_refuse(state, operation):
                yield state
        elif operation.ok or operation.optional:
            yield from _STEPS[operation.kind](state, operation)
        else:  # 403 for want of room, which a usage is asked about, and 409 and 503
            yield state

    def only_reads(self, operation: Operation) -> bool:
        """See Specification."""
        if operation.kind in ("see", "delete"):
            return self._files.only_reads(operation)
        return operation.status in (400, 403, 409, 503) or operation.kind in ("find", "parts")


def _begin(state: Session, operation: Operation) -> Iterator[Session]:
    told = operation.told
    if state.status == NEW:
        lasts_until = told["created_at"] + LASTS_SECONDS
        yield Session(PENDING, told["bytes"], told["expires_at"], lasts_until)
    elif operation.asked.get("key"):
        yield state


def _prolong(state: Session, operation: Operation) -> Iterator[Session]:
    if state.may_be_pending(operation):
        yield replace(state, end=state.lasts_until)


def _stage(state: Session, operation: Operation) -> Iterator[Session]:
    if state.may_be_pending(operation):
        part = (operation.told["id"], operation.told["bytes"])
        yield replace(state, parts=state.parts | {part}, end=state.lasts_until)


def _find(state: Session, operation: Operation) -> Iterator[Session]:
    """Be shown it, by itself or in a list."""
    told = operation.told
    if not state.may_be_found(told["status"], operation):
        return
    is_right = told["status"] != "pending" or told["expires_at"] == state.end
    if is_right and told.get("file", {}).get("id", state.file_id) == state.file_id:
        yield state


def _parts(state: Session, operation: Operation) -> Iterator[Session]:
    """Be told which parts there are; those sent straight to S3 are not in the history."""
    told = {part for part in operation.told["part_ids"] if len(part) > len("part_00001")}
    mine = {part for part, _ in state.parts}
    unknown = operation.asked.get("unknown_parts", 0)
    if state.may_be_pending(operation) and mine <= told and len(told - mine) <= unknown:
        yield state


def _complete(state: Session, operation: Operation) -> Iterator[Session]:
    chosen = tuple(operation.asked["part_ids"])
    told = operation.told.get("file")
    if state.status == COMPLETED:
        is_again = chosen == state.chosen and state.may_be_completed(operation)
        if is_again and told and told["id"] == state.file_id:
            yield state
    elif state.may_be_pending(operation) and told and _can_join(state, operation):
        file = made_by({**told, "digest": operation.asked.get("digest") or told.get("digest")})
        yield replace(state, status=COMPLETED, chosen=chosen, file_id=told["id"], file=file)


def _can_join(state: Session, operation: Operation) -> bool:
    chosen = operation.asked["part_ids"]
    if not operation.asked.get("is_md5_right", True):
        return False
    if len(chosen[0]) == len("part_00001"):
        return True  # S3 knows which have come
    bytes_of = dict(state.parts)
    return all(part in bytes_of for part in chosen) and (
        sum(bytes_of[part] for part in chosen) == state.bytes
    )


def _cancel(state: Session, operation: Operation) -> Iterator[Session]:
    if state.status == CANCELLED:
        yield state
    elif state.may_be_pending(operation):
        yield replace(state, status=CANCELLED)


_STEPS: dict[str, Callable[[Session, Operation], Iterator[Session]]] = {
    "begin": _begin,
    "prolong": _prolong,
    "stage": _stage,
    "find": _find,
    "parts": _parts,
    "complete": _complete,
    "cancel": _cancel,
    "link": _prolong,
}


def _may_refuse(state: Session, operation: Operation) -> bool:
    """Tell whether a 400 is true."""
    told, asked = operation.told, operation.asked
    if told["code"] == "parts_changed" or "is being completed" in told["message"]:
        return bool(asked.get("rivals"))
    if told["code"] == "upload_not_pending" or operation.kind == "parts":
        statuses = ("expired", "completed", "cancelled")
        named = [status for status in statuses if f" is {status};" in told["message"]]
        found = any(state.may_be_found(status, operation) for status in named or statuses)
        is_again = operation.kind == "complete" and tuple(asked["part_ids"]) == state.chosen
        return found and not (named == ["completed"] and is_again)
    if operation.kind == "complete":
        # By S3's own parts nobody here knows what had come.
        is_numbered = asked.get("digest") is None
        return state.status != NEW and (is_numbered or not _can_join(state, operation))
    return True  # a part that was malformed or too large, before the upload was looked at

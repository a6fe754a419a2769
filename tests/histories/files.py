"""How a file may change: it is made, served until its end or its deletion, and never again."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.histories.operation import Operation

NOT_YET, DELETED = "not there yet", "deleted"


@dataclass(frozen=True)
class There:
    """A file that was made and not deleted; `digest` is its content's, "" where nobody knows."""

    bytes: int
    expires_at: int
    digest: str = ""

    def may_be_served(self, operation: Operation) -> bool:
        """Tell whether a request may have come before the end."""
        return operation.earliest < self.expires_at

    def may_have_ended(self, operation: Operation) -> bool:
        """Tell whether a request may have come at the end or later."""
        return operation.latest >= self.expires_at

    def may_be_shown(self, operation: Operation) -> bool:
        """Tell whether an answer may show it, and says nothing else of it than others."""
        told = operation.told
        is_known = self.digest and told.get("digest")
        return (
            self.may_be_served(operation)
            and told.get("bytes", self.bytes) == self.bytes
            and told.get("expires_at", self.expires_at) == self.expires_at
            and not (is_known and told["digest"] != self.digest)
        )


FileState = There | str


class FileRules:
    """A file that one request makes. The request's time decides whether it is before the end.

    `create` makes it, and again with its key changes nothing; `see` was shown it, or was told that
    it is not there; `delete` was done, or was told so too.
    """

    initial: FileState = NOT_YET

    def after(self, state: FileState, operation: Operation) -> Iterator[FileState]:
        """See Specification."""
        if operation.kind == "create":
            if state == NOT_YET:
                yield made_by(operation.told)
            elif operation.asked.get("key"):
                yield state
        elif operation.kind == "delete" and (operation.ok or operation.optional):
            if isinstance(state, There) and state.may_be_served(operation):
                yield DELETED
        elif operation.told.get("shown"):
            if isinstance(state, There) and state.may_be_shown(operation):
                yield state
        elif not isinstance(state, There) or state.may_have_ended(operation):
            yield state

    def only_reads(self, operation: Operation) -> bool:
        """See Specification."""
        return operation.kind == "see" or (operation.kind == "delete" and operation.status == 404)


def made_by(told: Mapping[str, Any]) -> There:
    """Make the file that an answer tells of."""
    return There(told["bytes"], told["expires_at"], told.get("digest") or "")

"""Forms that are sent again with an Idempotency-Key that already has its answer.

Nothing of such a form is stored, and it needs no room: its content is digested as it comes, and
it is answered as the first time. A form that is repeated while the first is still on its way is
refused once it has arrived.
"""

from dataclasses import dataclass

from lambdas.core.callers import Caller
from lambdas.core.errors import Busy
from lambdas.core.expiry import lifetime
from lambdas.core.file_changes import NewFile
from lambdas.core.idempotency import ClaimStore, Sha256, fingerprint_of, idempotently, was_answered
from lambdas.core.limits import Limits
from lambdas.core.purposes import writable_purpose

OPERATION = "create_file"


@dataclass(frozen=True, slots=True)
class RepeatedForms:
    """Answers forms whose key already has its answer."""

    claims: ClaimStore
    limits: Limits

    def is_one(self, caller: Caller, idempotency_key: str, now: float) -> bool:
        """Tell whether this key was answered."""
        return was_answered(idempotency_key, OPERATION, caller, store=self.claims, now=now)

    def answer(
        self, caller: Caller, new: NewFile, content: Sha256, idempotency_key: str, now: float
    ) -> str:
        """Answer as the first time; raises IdempotencyKeyReused for another form."""
        purpose = writable_purpose(new.purpose, caller, self.limits)
        seconds = lifetime(new.expires_after)
        return idempotently(
            idempotency_key,
            OPERATION,
            caller,
            lambda: fingerprint_of(new.filename, purpose, seconds, content=content),
            lambda _claim: _forgotten(),
            store=self.claims,
            now=now,
        )


def _forgotten() -> str:
    """Ask for another try: the stored answer expired while the form came in."""
    raise Busy

"""Forms that come again with the Idempotency-Key that they were answered under.

Nothing of such a form is stored, and no room is needed for it: its content is digested as it comes,
and it is answered as the first time. One that comes again while the first is on its way is told so
when it is all there.
"""

from dataclasses import dataclass

from lambdas.core.callers import Caller
from lambdas.core.errors import Busy
from lambdas.core.expiry import lifetime
from lambdas.core.files import NewFile
from lambdas.core.idempotency import ClaimStore, Sha256, fingerprint_of, idempotently, was_answered
from lambdas.core.limits import Limits
from lambdas.core.purposes import writable_purpose

OPERATION = "create_file"


@dataclass(frozen=True, slots=True)
class RepeatedForms:
    """Where forms are answered that were answered before."""

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
    """Have it sent again: the answer's time was up while the form came in."""
    raise Busy

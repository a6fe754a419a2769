"""Idempotency-Key: the same request sent again is answered as the first time.

After Stripe's rules and the IETF draft
(https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-idempotency-key-header): a key belongs
to who sent it, an owner or a service that acts for one, and to an operation, and is kept for 24
hours. Without the header nothing here calls AWS.
"""

import hashlib
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from lambdas.core.callers import Caller
from lambdas.core.errors import IdempotencyKeyInUse, IdempotencyKeyReused, InvalidRequest

KEPT_SECONDS = 86_400

# Longer than any function runs (29 s): an attempt that still holds a key after it has died.
LEASE_SECONDS = 60

LONGEST_KEY = 255


@dataclass(frozen=True, slots=True)
class Claim:
    """One attempt at a request with an Idempotency-Key."""

    owner: str
    id: str
    fingerprint: str
    attempt: str


class ClaimStore(Protocol):
    """Keeps which attempt holds a key, and its answer, committed together with what was done."""

    def claim(self, claim: Claim, now: float) -> str | None:
        """Take the key for this attempt, or return the answer that it already has.

        Takes a key whose earlier attempt died. Raises IdempotencyKeyInUse while another attempt is
        in flight, even one of another fingerprint, which may fail and leave the key free, and
        IdempotencyKeyReused when the fingerprints differ.
        """

    def has_answer(self, owner: str, claim_id: str, now: float) -> bool:
        """Tell whether a key is kept with its answer."""

    def unclaim(self, claim: Claim) -> None:
        """Give the key back unless it has been answered; a failure of that is ignored."""


class Sha256(Protocol):
    """A running SHA-256, as `hashlib` makes them."""

    def digest(self) -> bytes:
        """Return the digest of all bytes so far."""


def fingerprint_of(*values: object, content: Sha256 | None = None) -> str:
    """Digest a request's values, each as JSON, and then its content."""
    digest = hashlib.sha256()
    for value in values:
        digest.update(hashlib.sha256(json.dumps(value, sort_keys=True).encode()).digest())
    if content is not None:
        digest.update(content.digest())
    return digest.hexdigest()


def idempotently(
    key: str | None,
    operation: str,
    caller: Caller,
    fingerprint: Callable[[], str],
    act: Callable[[Claim | None], str],
    *,
    store: ClaimStore,
    now: float,
) -> str:
    """Act, or answer as this key was answered before; without a key, just act.

    A failure gives the key back, so the same request may be sent again at once. That is safe even
    when the outcome is unknown: `act` commits its answer together with the claim, so a commit that
    was done keeps the key, and one that comes late finds the claim gone and does nothing.
    """
    if key is None:
        return act(None)
    must_be_a_key(key)
    claim = Claim(caller.owner, _name(key, operation, caller), fingerprint(), secrets.token_hex(8))
    try:
        answer = store.claim(claim, now)
        return act(claim) if answer is None else answer
    except (IdempotencyKeyReused, IdempotencyKeyInUse):
        raise  # the key is another's
    except Exception:
        store.unclaim(claim)
        raise


def was_answered(
    key: str, operation: str, caller: Caller, *, store: ClaimStore, now: float
) -> bool:
    """Tell whether a request with this key would get its stored answer, without being done."""
    must_be_a_key(key)
    return store.has_answer(caller.owner, _name(key, operation, caller), now)


def must_be_a_key(key: str) -> None:
    """Refuse what is no Idempotency-Key; raises InvalidRequest."""
    if not (1 <= len(key) <= LONGEST_KEY and key.isascii() and key.isprintable()):
        raise InvalidRequest(
            f"Invalid 'Idempotency-Key'. Allowed: 1 to {LONGEST_KEY} printable ASCII characters.",
            param="Idempotency-Key",
        )


def _name(key: str, operation: str, caller: Caller) -> str:
    """Name the claim, beside the owner's other items, so that no two senders share one."""
    words = json.dumps([operation, key, caller.service])
    return f"idempotency#{hashlib.sha256(words.encode()).hexdigest()}"

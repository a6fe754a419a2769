"""Idempotency-Key: the same request again is answered as the first time."""

from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.core.callers import Caller
from lambdas.core.errors import (
    IdempotencyKeyInUse,
    IdempotencyKeyReused,
    InvalidRequest,
    LarderError,
    TooManyBytes,
    Unavailable,
)
from lambdas.core.idempotency import Claim, fingerprint_of, idempotently

NOW = 1_700_000_000.0
ALICE = Caller("alice")


@dataclass
class Claims:
    """Claims in memory: those in flight, and the answers."""

    held: dict[str, Claim] = field(default_factory=dict)
    answers: dict[str, str] = field(default_factory=dict)
    asked: int = 0

    def claim(self, claim: Claim, now: float) -> str | None:
        self.asked += 1
        self.held[claim.id] = claim
        return self.answers.get(claim.id)

    def has_answer(self, owner: str, claim_id: str, now: float) -> bool:
        return claim_id in self.answers

    def unclaim(self, claim: Claim) -> None:
        del self.held[claim.id]


def ask(
    claims: Claims,
    key: str | None,
    act: Callable[[Claim | None], str],
    operation: str = "create",
    caller: Caller = ALICE,
) -> str:
    return idempotently(key, operation, caller, lambda: "said", act, store=claims, now=NOW)


def refusing(error: LarderError) -> Callable[[Claim | None], str]:
    def act(claim: Claim | None) -> str:
        raise error

    return act


def test_without_a_key_nothing_is_claimed() -> None:
    claims = Claims()
    assert ask(claims, None, lambda claim: f"acted with {claim}") == "acted with None"
    assert claims.asked == 0


def test_the_first_request_acts_with_its_claim() -> None:
    claims = Claims()
    acted: list[Claim | None] = []

    def act(claim: Claim | None) -> str:
        acted.append(claim)
        return "answer"

    assert ask(claims, "key", act) == "answer"
    assert acted == list(claims.held.values())


def test_an_answered_request_is_not_done_again() -> None:
    claims = Claims()
    ask(claims, "key", lambda _: "first")
    claims.answers = dict.fromkeys(claims.held, "first")
    assert ask(claims, "key", lambda _: "second") == "first"


def test_a_refusal_gives_the_key_back() -> None:
    claims = Claims()
    with pytest.raises(TooManyBytes):
        ask(claims, "key", refusing(TooManyBytes(used=1, quota=1, needed=1)))
    assert claims.held == {}


def test_an_unknown_outcome_gives_the_key_back_too() -> None:
    claims = Claims()
    with pytest.raises(Unavailable):
        ask(claims, "key", refusing(Unavailable()))
    assert claims.held == {}


@pytest.mark.parametrize("error", [IdempotencyKeyInUse(), IdempotencyKeyReused()])
def test_a_key_that_another_has_is_not_given_back(error: LarderError) -> None:
    claims = Claims()
    with pytest.raises(type(error)):
        ask(claims, "key", refusing(error))
    assert len(claims.held) == 1


def test_a_key_belongs_to_its_operation() -> None:
    claims = Claims()
    for operation in ("create_file", "create_upload"):
        ask(claims, "key", lambda _: "answer", operation)
    assert len(claims.held) == 2


def test_a_key_belongs_to_its_sender() -> None:
    claims = Claims()
    senders = (ALICE, Caller("alice", "alice"), Caller("alice", "one"), Caller("alice", "other"))
    for sender in senders:
        ask(claims, "key", lambda _: "answer", caller=sender)
    assert len(claims.held) == len(senders)
    assert {claim.owner for claim in claims.held.values()} == {"alice"}


def test_no_sender_can_spell_another_s_key() -> None:
    claims = Claims()
    ask(claims, "key batch-system", lambda _: "answer")
    ask(claims, "key", lambda _: "answer", caller=Caller("alice", "batch-system"))
    assert len(claims.held) == 2


@pytest.mark.parametrize(
    "key", ["a", "a" * 255, "stainless-python-retry-0b5f", "a key with spaces"]
)
def test_every_printable_key_is_taken(key: str) -> None:
    assert ask(Claims(), key, lambda _: "answer") == "answer"


@pytest.mark.parametrize("key", ["", "a" * 256, "a\tb", "a\x00b", "a\x7fb", "é"])
def test_another_key_is_refused_by_name(key: str) -> None:
    with pytest.raises(InvalidRequest, match="1 to 255 printable") as raised:
        ask(Claims(), key, lambda _: "answer")
    assert raised.value.param == "Idempotency-Key"


fields = st.tuples(st.text(), st.integers(), st.binary())


def fingerprint(text: str, number: int, content: bytes) -> str:
    return fingerprint_of(text, number, content=sha256(content))


@given(fields, fields)
def test_fingerprints_are_equal_only_for_the_same_words(
    one: tuple[str, int, bytes], other: tuple[str, int, bytes]
) -> None:
    assert (fingerprint(*one) == fingerprint(*other)) == (one == other)


def test_the_order_of_json_s_keys_says_nothing() -> None:
    assert fingerprint_of({"a": 1, "b": 2}) == fingerprint_of({"b": 2, "a": 1})

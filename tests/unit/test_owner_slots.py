"""The slots in which owners' requests are counted."""

from collections import Counter

from lambdas.core.owner_slots import OwnerSlots

SLOTS = OwnerSlots("slot", 64)


def test_an_owner_s_slot_is_the_same_in_every_process() -> None:
    assert [SLOTS.of(owner) for owner in ("alice", "bob", "Ünal")] == ["slot47", "slot26", "slot34"]


def test_owners_are_spread_evenly() -> None:
    taken = Counter(SLOTS.of(f"owner-{number}") for number in range(6400))
    assert len(taken) == 64
    assert max(taken.values()) < 150


def test_nobody_s_requests_are_counted_in_no_owner_s_slot() -> None:
    assert SLOTS.of_nobody() == "slot64"
    assert SLOTS.of_nobody() not in {SLOTS.of(f"owner-{number}") for number in range(6400)}

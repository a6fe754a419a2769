"""What the authorizer tells API Gateway of whose request it is, for the owner's rate."""

from typing import Any

import pytest

from infra.routes import AUTHORIZE
from lambdas.core.owner_slots import OwnerSlots
from tests.bed.bed import Bed
from tests.bed.gateway import handler_of
from tests.bed.proxy_event import API_ARN

SLOTS = OwnerSlots("slot", 64)


def policy(api_key: str) -> dict[str, Any]:
    event = {"methodArn": f"{API_ARN}/v1/GET/files", "headers": {"Authorization": api_key}}
    answered: dict[str, Any] = handler_of(AUTHORIZE.handler)(event, None)
    return answered


@pytest.fixture
def counted(bed: Bed, monkeypatch: pytest.MonkeyPatch) -> Bed:
    """A stage with a rate for each owner, which the function is told when it starts."""
    monkeypatch.setitem(handler_of(AUTHORIZE.handler).__globals__, "owner_slots", SLOTS)
    return bed


def test_a_request_is_counted_in_its_owner_s_slot(counted: Bed) -> None:
    answered = policy(f"Bearer {counted.api_key('alice')}")
    assert answered["usageIdentifierKey"] == SLOTS.of("alice")


def test_a_wrong_key_is_counted_apart(counted: Bed) -> None:
    answered = policy("Bearer sk-larder-wrong")
    assert answered["policyDocument"]["Statement"][0]["Effect"] == "Deny"
    assert answered["usageIdentifierKey"] == SLOTS.of_nobody()


def test_without_a_rate_nothing_is_counted(bed: Bed) -> None:
    assert "usageIdentifierKey" not in policy(f"Bearer {bed.api_key('alice')}")

"""Who a request is for: the key's owner, or whom a service names."""

import pytest

from lambdas.core.callers import Caller, caller_of
from lambdas.core.errors import InvalidRequest, PermissionDenied

SERVICE = frozenset({"service"})
NOTHING: frozenset[str] = frozenset()

OWNERS = ["a", "0", "alice", "Alice.B-c_d+e@example.com", "a" * 64]


@pytest.mark.parametrize("scopes", [NOTHING, SERVICE])
def test_without_a_name_a_key_speaks_for_its_own_owner(scopes: frozenset[str]) -> None:
    assert caller_of("alice", scopes, None) == Caller("alice")


@pytest.mark.parametrize("owner", OWNERS)
def test_a_service_acts_for_the_owner_that_it_names(owner: str) -> None:
    assert caller_of("batch-system", SERVICE, owner) == Caller(owner, service="batch-system")


@pytest.mark.parametrize("scopes", [NOTHING, frozenset({"services", "Service", "admin"})])
def test_no_other_key_may_name_an_owner(scopes: frozenset[str]) -> None:
    with pytest.raises(PermissionDenied) as raised:
        caller_of("alice", scopes, "alice")
    assert raised.value.param == "Larder-Owner"


@pytest.mark.parametrize(
    "owner", ["", "a" * 65, "-a", ".a", "@a", "a b", "a/b", "a#b", "a\n", "é", "usage#", "../a"]
)
def test_what_cannot_name_an_owner_is_refused(owner: str) -> None:
    with pytest.raises(InvalidRequest) as raised:
        caller_of("batch-system", SERVICE, owner)
    assert raised.value.param == "Larder-Owner"


def test_an_owner_may_do_everything() -> None:
    Caller("alice").must_be_the_owner()


def test_whoever_acts_for_an_owner_may_not() -> None:
    with pytest.raises(PermissionDenied):
        Caller("alice", service="batch-system").must_be_the_owner()

"""The slots in which API Gateway counts owners' requests."""

from dataclasses import replace
from itertools import pairwise

import pytest

from infra.constructs.owner_slots import SLOTS, owner_slots_settings
from lambdas.core.owner_slots import OwnerSlots
from tests.infra.guarded import GUARDED
from tests.infra.templates import Assembly


def slot_values(assembly: Assembly) -> list[str]:
    return [key.properties["Value"] for key in assembly.api.all_of("ApiGateway::ApiKey")]


def told(assembly: Assembly) -> OwnerSlots:
    """The slots as the authorizer is told of them."""
    variables = assembly.api.function("authorize").properties["Environment"]["Variables"]
    return OwnerSlots(variables["OWNER_SLOT_PREFIX"], int(variables["OWNER_SLOTS"]))


def required(assembly: Assembly) -> set[bool]:
    methods = assembly.api.all_of("ApiGateway::Method")
    return {method.properties.get("ApiKeyRequired", False) for method in methods}


def test_a_slot_may_ask_what_the_stage_says(guarded: Assembly) -> None:
    plan = guarded.api.only("ApiGateway::UsagePlan").properties
    assert plan["Throttle"] == {"BurstLimit": 40, "RateLimit": 20}
    (where,) = plan["ApiStages"]
    assert where == {
        "ApiId": {"Ref": guarded.api.only("ApiGateway::RestApi").logical_id},
        "Stage": {"Ref": guarded.api.only("ApiGateway::Stage").logical_id},
    }


def test_the_authorizer_names_slots_that_there_are(guarded: Assembly) -> None:
    slots = told(guarded)
    owners = {slots.of(f"owner-{number}") for number in range(20 * SLOTS)}
    assert sorted([*owners, slots.of_nobody()]) == sorted(slot_values(guarded))


def test_every_slot_is_in_the_plan(guarded: Assembly) -> None:
    keys = {key.logical_id for key in guarded.api.all_of("ApiGateway::ApiKey")}
    held = guarded.api.all_of("ApiGateway::UsagePlanKey")
    assert {one.properties["KeyId"]["Ref"] for one in held} == keys
    plan = guarded.api.only("ApiGateway::UsagePlan").logical_id
    assert {one.properties["UsagePlanId"]["Ref"] for one in held} == {plan}


@pytest.mark.parametrize("kind", ["ApiGateway::ApiKey", "ApiGateway::UsagePlanKey"])
def test_slots_are_made_one_after_the_other(kind: str, guarded: Assembly) -> None:
    made = guarded.api.all_of(kind)
    assert len(made) == SLOTS + 1
    for before, after in pairwise(made):
        assert before.logical_id in after.body["DependsOn"]


def test_a_value_is_one_that_api_gateway_takes(guarded: Assembly) -> None:
    for value in slot_values(guarded):
        assert value.isalnum()
        assert 30 <= len(value) <= 128


def test_two_deployments_share_no_slot(guarded: Assembly, counted: Assembly) -> None:
    second = owner_slots_settings(replace(GUARDED, deployment="second"))
    assert second["OWNER_SLOT_PREFIX"] != told(guarded).prefix
    assert told(counted).prefix == told(guarded).prefix


def test_every_method_asks_for_the_authorizer_s_slot(guarded: Assembly) -> None:
    assert guarded.api.only("ApiGateway::RestApi").properties["ApiKeySourceType"] == "AUTHORIZER"
    assert required(guarded) == {True}


def test_slots_that_are_not_enforced_are_made_and_asked_of_nobody(counted: Assembly) -> None:
    assert len(slot_values(counted)) == SLOTS + 1
    assert required(counted) == {False}


def test_without_a_rate_there_are_no_slots(prod: Assembly) -> None:
    assert prod.api.all_of("ApiGateway::ApiKey") == prod.api.all_of("ApiGateway::UsagePlan") == []
    assert required(prod) == {False}
    assert "ApiKeySourceType" not in prod.api.only("ApiGateway::RestApi").properties

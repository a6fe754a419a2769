"""The slots in which API Gateway counts owners' requests: `docs/decisions/0015`."""

import hashlib

from aws_cdk import aws_apigateway as apigateway
from constructs import Construct

from infra.api_settings import OwnerRate
from infra.stages import Stage

# Two owners share one with a chance of 1 in 64. Each is a key of API Gateway's, of which an
# account has 10,000: https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
SLOTS = 64


def owner_slots_settings(stage: Stage) -> dict[str, str]:
    """What the authorizer is told of the slots; nothing where there are none."""
    if stage.owner_rate is None:
        return {}
    return {"OWNER_SLOTS": str(SLOTS), "OWNER_SLOT_PREFIX": _prefix(stage)}


class OwnerSlots(Construct):
    """One usage plan with a key for each slot, and one more for requests without an owner.

    The values are no secrets: the API takes them from its authorizer and from nobody else, and the
    plan is for this API alone.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-key-source.html

    Args:
        scope: The construct that this one is part of.
        id: Its name there.
        stage: Whose name is part of every key's value.
        rate: What each slot may ask.
        api: Which API counts so.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 - CDK's own name
        *,
        stage: Stage,
        rate: OwnerRate,
        api: apigateway.RestApi,
    ) -> None:
        super().__init__(scope, id)
        self._plan = apigateway.CfnUsagePlan(
            self,
            "Plan",
            description=f"Larder: what one owner may ask of {stage.prefix}",
            api_stages=[
                apigateway.CfnUsagePlan.ApiStageProperty(
                    api_id=api.rest_api_id, stage=api.deployment_stage.stage_name
                )
            ],
            throttle=apigateway.CfnUsagePlan.ThrottleSettingsProperty(
                burst_limit=rate.burst, rate_limit=rate.requests_per_second
            ),
        )
        for slot in range(SLOTS + 1):
            self._add(slot, f"{_prefix(stage)}{slot}")

    def _add(self, slot: int, value: str) -> None:
        """Make a slot after the one before: API Gateway adds keys to a plan one at a time.

        https://github.com/serverless/serverless/issues/12065 cites AWS's support on it.
        """
        key = apigateway.CfnApiKey(self, f"Key{slot}", enabled=True, value=value)
        held = apigateway.CfnUsagePlanKey(
            self, f"Slot{slot}", key_id=key.ref, key_type="API_KEY", usage_plan_id=self._plan.ref
        )
        if slot > 0:
            key.node.add_dependency(self.node.find_child(f"Key{slot - 1}"))
            held.node.add_dependency(self.node.find_child(f"Slot{slot - 1}"))


def _prefix(stage: Stage) -> str:
    # A value is at least 30 letters and digits, and an account's and region's only one.
    # https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-usage-plans.html
    return hashlib.sha256(stage.prefix.encode()).hexdigest()[:32]

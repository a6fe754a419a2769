"""The authorizer: whose API key a request carries.

API Gateway caches the answer by the `Authorization` header alone, so the policy allows every
method of the stage; what depends on more than the key is decided in the endpoint.
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html
"""

import gc
import os
import time
from collections.abc import Mapping
from typing import Any

from lambdas.core.errors import InvalidApiKey
from lambdas.core.owner_slots import OwnerSlots
from lambdas.stores.api_keys import ApiKeys

api_keys = ApiKeys.from_environment()
owner_slots = (
    OwnerSlots(os.environ["OWNER_SLOT_PREFIX"], int(os.environ["OWNER_SLOTS"]))
    if "OWNER_SLOTS" in os.environ
    else None
)

gc.enable()
gc.freeze()


def handler(event: Mapping[str, Any], _context: object) -> dict[str, Any]:
    """Allow the key's owner the whole API, or deny; a gateway response has the error message.

    The context that endpoints read holds strings only: `owner`, and `scopes` in one string.
    """
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    scheme, _, api_key = headers.get("authorization", "").partition(" ")
    stage = "/".join(str(event["methodArn"]).split("/")[:2])
    try:
        if scheme.lower() != "bearer":
            raise InvalidApiKey("Bearer authorization is required.")
        holder = api_keys.holder(api_key.strip(" "), time.time())
    except InvalidApiKey:
        return _policy("anonymous", "Deny", stage, {})
    return _policy(
        holder.owner,
        "Allow",
        stage,
        {"owner": holder.owner, "scopes": " ".join(sorted(holder.scopes))},
    )


def _policy(principal: str, effect: str, stage: str, context: dict[str, str]) -> dict[str, Any]:
    return {
        **_slot(context.get("owner")),
        "principalId": principal,
        "policyDocument": {
            "Version": "2012-10-17",
            "Statement": [
                {"Action": "execute-api:Invoke", "Effect": effect, "Resource": f"{stage}/*"}
            ],
        },
        "context": context,
    }


def _slot(owner: str | None) -> dict[str, str]:
    """Name the slot that counts the request; without one API Gateway answers a denial wrongly."""
    if owner_slots is None:
        return {}
    return {"usageIdentifierKey": owner_slots.of(owner) if owner else owner_slots.of_nobody()}

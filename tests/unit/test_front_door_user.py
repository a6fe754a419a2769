"""The front door's row as the policy of its user on this machine."""

import json

from infra.local.front_door_user import policy
from infra.routes import FRONT_DOOR
from infra.rows import LIST_PARTS, Permission, Resource

OUTPUTS = {"CatalogTable": "the-catalog", "ApiKeysTable": "the-keys", "ContentBucket": "the-bucket"}
TABLE = "arn:aws:dynamodb:us-east-1:000000000000:table"


def test_a_permission_becomes_a_statement_about_what_was_deployed() -> None:
    permission = Permission(Resource.CATALOG_BY_EXPIRY, ("dynamodb:Query",))
    assert policy([permission], OUTPUTS)["Statement"] == [
        {
            "Effect": "Allow",
            "Action": ["dynamodb:Query"],
            "Resource": f"{TABLE}/the-catalog/index/by_expiry",
        }
    ]


def test_listing_is_held_to_a_prefix() -> None:
    [statement] = policy([LIST_PARTS], OUTPUTS)["Statement"]
    assert statement["Resource"] == "arn:aws:s3:::the-bucket"
    assert statement["Condition"] == {"StringLike": {"s3:prefix": "parts/*"}}


def test_the_whole_row_is_allowed_and_nothing_is_a_wildcard_alone() -> None:
    written = policy(FRONT_DOOR.permissions, OUTPUTS)
    assert [statement["Action"] for statement in written["Statement"]] == [
        list(permission.actions) for permission in FRONT_DOOR.permissions
    ]
    assert all("the-" in statement["Resource"] for statement in written["Statement"])
    assert '"*"' not in json.dumps(written)

"""The front door's IAM user at the emulator, which may do only what its row allows."""

import contextlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from infra.local.aws import aws_session
from infra.local.emulator import REGION
from infra.routes import FRONT_DOOR
from infra.rows import Permission, Resource

USER = "larder-front-door"
_TABLES = f"arn:aws:dynamodb:{REGION}:000000000000:table"


def front_door_credentials(endpoint: str, outputs: Mapping[str, str]) -> dict[str, str]:
    """Create or update the user, and return a new access key as variables.

    Args:
        endpoint: The emulator's URL.
        outputs: The data stack's outputs.
    """
    iam: Any = aws_session().client("iam", endpoint_url=endpoint)
    with contextlib.suppress(iam.exceptions.EntityAlreadyExistsException):
        iam.create_user(UserName=USER)
    document = json.dumps(policy(FRONT_DOOR.permissions, outputs))
    iam.put_user_policy(UserName=USER, PolicyName="row", PolicyDocument=document)
    for old in iam.list_access_keys(UserName=USER)["AccessKeyMetadata"]:
        iam.delete_access_key(UserName=USER, AccessKeyId=old["AccessKeyId"])
    key = iam.create_access_key(UserName=USER)["AccessKey"]
    return {
        "AWS_ACCESS_KEY_ID": key["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"],
    }


def policy(permissions: Iterable[Permission], outputs: Mapping[str, str]) -> dict[str, Any]:
    """A row's permissions as a policy; for AWS `infra.constructs.permissions` writes it.

    Args:
        permissions: What is allowed.
        outputs: The data stack's outputs, which name the tables and the bucket.
    """
    statements = [_statement(permission, outputs) for permission in permissions]
    return {"Version": "2012-10-17", "Statement": statements}


def _statement(permission: Permission, outputs: Mapping[str, str]) -> dict[str, Any]:
    statement: dict[str, Any] = {
        "Effect": "Allow",
        "Action": list(permission.actions),
        "Resource": _arn(permission.resource, outputs),
    }
    if permission.prefix:
        statement["Condition"] = {"StringLike": {"s3:prefix": permission.prefix}}
    return statement


def _arn(resource: Resource, outputs: Mapping[str, str]) -> str:
    whole, slash, within = resource.value.partition("/")
    arns = {
        "catalog": f"{_TABLES}/{outputs['CatalogTable']}",
        "api_keys": f"{_TABLES}/{outputs['ApiKeysTable']}",
        "content": f"arn:aws:s3:::{outputs['ContentBucket']}",
    }
    return f"{arns[whole]}{slash}{within}"

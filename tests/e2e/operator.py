"""An operator who may do what some statements of `docs/operator-policy.json` say, and no more."""

import contextlib
import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from infra.local.aws import aws_session
from infra.local.deploy import DEPLOYMENT, STAGE
from infra.local.deployment import RunningDeployment
from infra.local.emulator import REGION, ROOT

USER = "larder-operator"
PAGE = ROOT / "docs" / "operators.md"
POLICY = ROOT / "docs" / "operator-policy.json"
RESTORED_TABLE = "larder-e2e-restored"


def statements(deployment: RunningDeployment) -> dict[str, dict[str, Any]]:
    """The policy's statements by their Sid, with this deployment's names in them."""
    text = POLICY.read_text()
    names = {
        "REGION": REGION,
        "ACCOUNT": "000000000000",
        "DATA_STACK": f"{DEPLOYMENT}-{STAGE}-data",
        "API_STACK": f"{DEPLOYMENT}-{STAGE}-api",
        "FRONT_DOOR_STACK": f"{DEPLOYMENT}-{STAGE}-front-door",
        "API_KEYS_TABLE": deployment.outputs["ApiKeysTable"],
        "RESTORED_TABLE": RESTORED_TABLE,
        "CATALOG_TABLE": deployment.outputs["CatalogTable"],
        "CONTENT_BUCKET": deployment.outputs["ContentBucket"],
    }
    for placeholder, name in names.items():
        text = text.replace(placeholder, name)
    return {statement["Sid"]: statement for statement in json.loads(text)["Statement"]}


@dataclass(frozen=True)
class Operator:
    """A user of the emulator's IAM, by whose credentials `larder admin` runs."""

    iam: Any
    policy: dict[str, dict[str, Any]]
    credentials: dict[str, str]

    def may(self, sids: Collection[str]) -> None:
        """From now on only these statements hold."""
        document = {
            "Version": "2012-10-17",
            "Statement": [self.policy[sid] for sid in self.policy if sid in sids],
        }
        policy_document = json.dumps(document)
        self.iam.put_user_policy(
            UserName=USER, PolicyName="operator", PolicyDocument=policy_document
        )


def operator_of(deployment: RunningDeployment) -> Operator:
    """Make the user, or bring it up to date, and give it a new access key."""
    iam: Any = aws_session().client("iam", endpoint_url=deployment.endpoint_url)
    with contextlib.suppress(iam.exceptions.EntityAlreadyExistsException):
        iam.create_user(UserName=USER)
    for old in iam.list_access_keys(UserName=USER)["AccessKeyMetadata"]:
        iam.delete_access_key(UserName=USER, AccessKeyId=old["AccessKeyId"])
    key = iam.create_access_key(UserName=USER)["AccessKey"]
    credentials = {
        "AWS_ACCESS_KEY_ID": key["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"],
    }
    return Operator(iam, statements(deployment), credentials)

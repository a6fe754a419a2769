"""The emulator enforces IAM: each function may do what its row in `infra/routes.py` says.

That the other tests pass shows that the rows allow enough; these show that they are enforced.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import urllib3

from infra.local.aws import aws_session
from infra.local.deployment import RunningDeployment
from tests.e2e.user import User

LISTING = "-ListFiles"
NOTHING = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Deny", "Action": "dynamodb:*", "Resource": "*"}],
}


@pytest.fixture
def powerless_listing(deployment: RunningDeployment) -> Iterator[None]:
    """The function that lists files has, for a while, a role that allows it nothing."""
    iam: Any = aws_session().client("iam", endpoint_url=deployment.endpoint_url)
    (role,) = [
        role["RoleName"]
        for page in iam.get_paginator("list_roles").paginate()
        for role in page["Roles"]
        if LISTING in role["RoleName"]
    ]
    (policy,) = iam.list_role_policies(RoleName=role)["PolicyNames"]
    granted = iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]
    iam.put_role_policy(RoleName=role, PolicyName=policy, PolicyDocument=json.dumps(NOTHING))
    yield
    iam.put_role_policy(RoleName=role, PolicyName=policy, PolicyDocument=json.dumps(granted))


@pytest.mark.usefixtures("powerless_listing")
def test_a_function_without_its_permissions_fails_alone_and_tells_nothing(user: User) -> None:
    refused = user.request("GET", "/files")
    assert refused.status == 500
    assert refused.json()["error"]["type"] == "server_error"
    assert "dynamodb" not in refused.data.decode().lower()
    assert user.request("GET", "/usage").status == 200


def test_content_is_not_for_those_without_a_presigned_url(user: User) -> None:
    path = user.home / "a.jsonl"
    path.write_bytes(b"{}\n")
    user.larder("upload", path, "--no-validate")
    (key,) = user.objects()
    bucket = user.deployment.outputs["ContentBucket"]
    with urllib3.PoolManager(retries=False, timeout=30) as http:
        answer = http.request("GET", f"{user.deployment.endpoint_url}/{bucket}/{key}")
    assert answer.status == 403

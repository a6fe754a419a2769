"""A row's permissions as the policy of a role."""

from collections.abc import Mapping, Sequence

from aws_cdk import Stack
from aws_cdk import aws_iam as iam

from infra.constructs.acknowledgements import acknowledge
from infra.key_actions import key_actions
from infra.rows import Permission, Resource

_OBJECTS = "Objects get their names at run time, so the prefix is as exact as a policy can be."
_WILDCARDS = {
    Resource.FILES: _OBJECTS,
    Resource.PARTS: _OBJECTS,
    Resource.CATALOG_STREAMS: "ListStreams lists the streams of a table; the table is exact.",
}


def statements(
    permissions: Sequence[Permission], arns: Mapping[Resource, str]
) -> list[iam.PolicyStatement]:
    """One statement per permission, in the row's order.

    Args:
        permissions: What a function may do.
        arns: The ARN of each resource that the permissions name.
    """
    return [
        iam.PolicyStatement(
            actions=list(permission.actions),
            resources=[arns[permission.resource]],
            conditions=(
                {"StringLike": {"s3:prefix": permission.prefix}} if permission.prefix else None
            ),
        )
        for permission in permissions
    ]


def with_key(
    permissions: Sequence[Permission], arns: Mapping[Resource, str]
) -> Sequence[Permission]:
    """The row's permissions, and those that they need on the team's key, if a stage has one."""
    if Resource.KEY not in arns or not (actions := key_actions(permissions)):
        return permissions
    return (*permissions, Permission(Resource.KEY, actions))


def acknowledge_wildcards(
    role: iam.Role, permissions: Sequence[Permission], arns: Mapping[Resource, str]
) -> None:
    """Acknowledge every ARN that ends in a wildcard below an exact table or bucket."""
    for resource in {permission.resource for permission in permissions}:
        if reason := _WILDCARDS.get(resource):
            finding = f"IAM5[Resource::{_as_reported(Stack.of(role), arns[resource])}]"
            acknowledge(role, finding, reason)


def _as_reported(stack: Stack, arn: str) -> str:
    """An imported ARN as cdk-nag reports it: the import's name and the rest."""
    _, (imported, rest) = stack.resolve(arn)["Fn::Join"]
    return f"{imported['Fn::ImportValue']}{rest}"

"""Restricts the API and presigned URLs to some IP addresses."""

from collections.abc import Sequence
from ipaddress import ip_network

from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3


def api_policy(ranges: Sequence[str]) -> iam.PolicyDocument:
    """Deny the API to every other address, before its authorizer is called.

    Only an explicit denial is evaluated that early.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html
    """
    return iam.PolicyDocument(
        statements=[
            iam.PolicyStatement(
                effect=effect,
                principals=[iam.AnyPrincipal()],
                actions=["execute-api:Invoke"],
                resources=["execute-api:/*"],
                conditions=conditions,
            )
            for effect, conditions in (
                (iam.Effect.ALLOW, None),
                (iam.Effect.DENY, _elsewhere(ranges)),
            )
        ]
    )


def deny_presigned_elsewhere(bucket: s3.Bucket, ranges: Sequence[str]) -> None:
    """Deny presigned URLs to every other address.

    Functions and AWS's own services sign in a header, so they are not affected. A request through
    a VPC endpoint has no public address, and is denied.
    https://docs.aws.amazon.com/AmazonS3/latest/API/bucket-policy-s3-sigv4-conditions.html
    """
    bucket.add_to_resource_policy(
        iam.PolicyStatement(
            effect=iam.Effect.DENY,
            principals=[iam.AnyPrincipal()],
            actions=["s3:*"],
            resources=[bucket.bucket_arn, bucket.arn_for_objects("*")],
            conditions={
                "StringEquals": {"s3:authType": "REST-QUERY-STRING"},
                **_elsewhere(ranges),
            },
        )
    )


def _elsewhere(ranges: Sequence[str]) -> dict[str, dict[str, list[str]]]:
    return {"NotIpAddress": {"aws:SourceIp": [str(ip_network(value)) for value in ranges]}}

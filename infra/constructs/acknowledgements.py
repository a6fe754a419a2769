"""Acknowledges findings of cdk-nag, each with the reason."""

from aws_cdk import Acknowledgment, Validations
from constructs import IConstruct


def acknowledge(construct: IConstruct, rule: str, reason: str) -> None:
    """Accept one finding on one construct.

    Args:
        construct: Where the rule does not hold.
        rule: Its id in the AwsSolutions pack, such as `SQS3`, with the finding in brackets if
            the rule has several (https://github.com/cdklabs/cdk-nag/blob/main/RULES.md).
        reason: Why that is right, for the people who audit the deployment.
    """
    finding = f"AwsSolutions::AwsSolutions-{rule}"
    Validations.of(construct).acknowledge(Acknowledgment(id=finding, reason=reason))

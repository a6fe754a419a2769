"""Log groups with the stage's retention."""

from aws_cdk import RemovalPolicy
from aws_cdk import aws_logs as logs
from constructs import Construct


def log_group(
    scope: Construct,
    id: str,  # noqa: A002 - CDK's own name
    *,
    days: int,
    name: str | None = None,
) -> logs.LogGroup:
    """A log group; its name is generated, unless AWS requires one, so that no two are the same.

    Raises KeyError when CloudWatch has no such retention period.
    """
    periods = {
        1: logs.RetentionDays.ONE_DAY,
        7: logs.RetentionDays.ONE_WEEK,
        14: logs.RetentionDays.TWO_WEEKS,
        30: logs.RetentionDays.ONE_MONTH,
        90: logs.RetentionDays.THREE_MONTHS,
        180: logs.RetentionDays.SIX_MONTHS,
        365: logs.RetentionDays.ONE_YEAR,
    }
    return logs.LogGroup(
        scope,
        id,
        log_group_name=name,
        retention=periods[days],
        removal_policy=RemovalPolicy.DESTROY,
    )

"""An alarm, and who is told of it."""

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

FIVE_MINUTES = Duration.minutes(5)


def topic_for(scope: Construct, email: str | None) -> sns.Topic | None:
    """Where alarms are told, if there is somebody to tell."""
    if email is None:
        return None
    topic = sns.Topic(scope, "Topic", enforce_ssl=True)
    topic.add_subscription(subscriptions.EmailSubscription(email))
    return topic


def add_alarm(
    scope: Construct,
    name: str,
    description: str,
    metric: cloudwatch.IMetric,
    *,
    threshold: float,
    topic: sns.ITopic | None,
    periods: int = 1,
) -> None:
    """Raise an alarm while a metric is at its threshold or above it.

    Args:
        scope: The construct that it is part of.
        name: Its name there.
        description: What is wrong then.
        metric: What is watched; no data is no alarm.
        threshold: From where on it is wrong.
        topic: Where it is told.
        periods: For how many of the metric's periods it has been so.
    """
    alarm = cloudwatch.Alarm(
        scope,
        name,
        alarm_description=description,
        metric=metric,
        threshold=threshold,
        comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        evaluation_periods=periods,
        treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
    )
    if topic is not None:
        alarm.add_alarm_action(actions.SnsAction(topic))

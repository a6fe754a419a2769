"""An alarm, and the topic that it notifies."""

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

FIVE_MINUTES = Duration.minutes(5)

_AT_LEAST = cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD
_AT_MOST = cloudwatch.ComparisonOperator.LESS_THAN_OR_EQUAL_TO_THRESHOLD


def topic_for(scope: Construct, email: str | None) -> sns.Topic | None:
    """The topic that alarms notify, None without an e-mail address."""
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
    is_silence: bool = False,
) -> None:
    """Raise an alarm while a metric is at its threshold or above it.

    Args:
        scope: The construct that it is part of.
        name: Its name there.
        description: What is wrong then.
        metric: What is watched; missing data raises no alarm, unless `is_silence`.
        threshold: The value from which on the alarm is raised.
        topic: Where it is notified.
        periods: How many of the metric's periods in a row it takes.
        is_silence: Raise the alarm while the metric is at most the threshold, or has no data.
    """
    alarm = cloudwatch.Alarm(
        scope,
        name,
        alarm_description=description,
        metric=metric,
        threshold=threshold,
        comparison_operator=_AT_MOST if is_silence else _AT_LEAST,
        evaluation_periods=periods,
        treat_missing_data=(
            cloudwatch.TreatMissingData.BREACHING
            if is_silence
            else cloudwatch.TreatMissingData.NOT_BREACHING
        ),
    )
    if topic is not None:
        alarm.add_alarm_action(actions.SnsAction(topic))

"""What a person should know of, without reading a log."""

from aws_cdk import Duration
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from aws_cdk import aws_sqs as sqs
from constructs import Construct

FIVE_MINUTES = Duration.minutes(5)


class Alarms(Construct):
    """Failing answers, a slow reaper, what it gave up on, and a throttled catalog."""

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 - CDK's own name
        *,
        api: apigateway.RestApi,
        reap: lambda_.IFunction,
        dead_letters: sqs.IQueue,
        catalog: dynamodb.ITable,
        email: str | None,
    ) -> None:
        super().__init__(scope, id)
        self._topic = _topic_for(self, email) if email else None
        self._alarm(
            "ServerErrors",
            "The API answered five requests or more within five minutes with a 5xx.",
            api.metric_server_error(period=FIVE_MINUTES, statistic="Sum"),
            threshold=5,
        )
        self._alarm(
            "DeadLetters",
            "Removals that the reaper gave up on: run `larder admin check --repair`.",
            dead_letters.metric_approximate_number_of_messages_visible(
                period=FIVE_MINUTES, statistic="Maximum"
            ),
            threshold=1,
        )
        self._alarm(
            "ReaperBehind",
            "The reaper is an hour behind the catalog's stream, which keeps only 24 hours.",
            reap.metric("IteratorAge", period=FIVE_MINUTES, statistic="Maximum"),
            threshold=Duration.hours(1).to_milliseconds(),
        )
        for kind in ("Read", "Write"):
            self._alarm(
                f"Catalog{kind}sThrottled",
                f"DynamoDB throttled {kind.lower()}s of the catalog.",
                catalog.metric(f"{kind}ThrottleEvents", period=FIVE_MINUTES, statistic="Sum"),
                threshold=10,
            )

    def _alarm(
        self, name: str, description: str, metric: cloudwatch.IMetric, *, threshold: float
    ) -> None:
        alarm = cloudwatch.Alarm(
            self,
            name,
            alarm_description=description,
            metric=metric,
            threshold=threshold,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            evaluation_periods=1,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
        if self._topic:
            alarm.add_alarm_action(actions.SnsAction(self._topic))


def _topic_for(scope: Construct, email: str) -> sns.Topic:
    topic = sns.Topic(scope, "Topic", enforce_ssl=True)
    topic.add_subscription(subscriptions.EmailSubscription(email))
    return topic

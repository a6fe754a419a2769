"""What a person should know of the API and the reaper, without reading a log."""

from aws_cdk import Duration
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.constructs.alarm import FIVE_MINUTES, add_alarm, topic_for


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
        topic = topic_for(self, email)
        add_alarm(
            self,
            "ServerErrors",
            "The API answered five requests or more within five minutes with a 5xx.",
            api.metric_server_error(period=FIVE_MINUTES, statistic="Sum"),
            threshold=5,
            topic=topic,
        )
        add_alarm(
            self,
            "DeadLetters",
            "Removals that the reaper gave up on: run `larder admin check --repair`.",
            dead_letters.metric_approximate_number_of_messages_visible(
                period=FIVE_MINUTES, statistic="Maximum"
            ),
            threshold=1,
            topic=topic,
        )
        add_alarm(
            self,
            "ReaperBehind",
            "The reaper is an hour behind the catalog's stream, which keeps only 24 hours.",
            reap.metric("IteratorAge", period=FIVE_MINUTES, statistic="Maximum"),
            threshold=Duration.hours(1).to_milliseconds(),
            topic=topic,
        )
        for kind in ("Read", "Write"):
            add_alarm(
                self,
                f"Catalog{kind}sThrottled",
                f"DynamoDB throttled {kind.lower()}s of the catalog.",
                catalog.metric(f"{kind}ThrottleEvents", period=FIVE_MINUTES, statistic="Sum"),
                threshold=10,
                topic=topic,
            )

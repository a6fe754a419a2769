"""The alarms of the API and the reaper.

Each has its section in `docs/runbook.md`: what it means, what to look at, what to do.
"""

from collections.abc import Mapping, Sequence
from functools import partial

from aws_cdk import Duration
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.constructs.alarm import FIVE_MINUTES, add_alarm, topic_for
from infra.constructs.watched import Watched
from infra.rows import Route

# API Gateway waits 29 seconds; SDKs a minute or more.
SLOW_MILLISECONDS = 10_000


class Alarms(Construct):
    """Failing and slow answers, failing functions, a slow reaper, and what is throttled.

    Args:
        scope: The construct that this one is part of.
        id: Its name there.
        watched: What they look at.
        service: What the log lines call it, by which damaged records are counted.
        of_functions: Whether there are alarms for functions, each of the sum of several metrics.
        quiet_hours: Raise an alarm after so many hours without a request; None for never.
        email: Who is notified.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 - CDK's own name
        *,
        watched: Watched,
        service: str,
        of_functions: bool,
        quiet_hours: int | None,
        email: str | None,
    ) -> None:
        super().__init__(scope, id)
        self._alarm = partial(add_alarm, self, topic=topic_for(self, email))
        self._answers(watched.api, quiet_hours)
        self._alarm(
            "DamagedRecords",
            "A record of the catalog cannot be read: run `larder admin check`.",
            cloudwatch.Metric(
                namespace="Larder",
                metric_name="DamagedRecords",
                dimensions_map={"service": service},
                statistic="Sum",
                period=FIVE_MINUTES,
            ),
            threshold=1,
        )
        if of_functions:
            self._functions(watched.endpoints, watched.authorize)
        self._reaper(watched.reap, watched.dead_letters)
        for kind in ("Read", "Write"):
            self._alarm(
                f"Catalog{kind}sThrottled",
                f"DynamoDB throttled {kind.lower()}s of the catalog.",
                watched.catalog.metric(
                    f"{kind}ThrottleEvents", period=FIVE_MINUTES, statistic="Sum"
                ),
                threshold=10,
            )

    def _answers(self, api: apigateway.RestApi, quiet_hours: int | None) -> None:
        self._alarm(
            "ServerErrors",
            "The API answered five requests or more within five minutes with a 5xx.",
            api.metric_server_error(period=FIVE_MINUTES, statistic="Sum"),
            threshold=5,
        )
        self._alarm(
            "SlowAnswers",
            "For a quarter of an hour one answer in a hundred took ten seconds or more.",
            api.metric_latency(period=FIVE_MINUTES, statistic="p99"),
            threshold=SLOW_MILLISECONDS,
            periods=3,
        )
        if quiet_hours is not None:
            self._alarm(
                "NoTraffic",
                f"Nobody has asked anything for {quiet_hours} hours.",
                api.metric_count(period=Duration.hours(1), statistic="Sum"),
                threshold=0,
                periods=quiet_hours,
                is_silence=True,
            )

    def _functions(
        self, endpoints: Mapping[Route, lambda_.Function], authorize: lambda_.Function
    ) -> None:
        """Have alarms for files and for uploads, since an alarm sums up ten metrics at most.

        https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Create-alarm-on-metric-math-expression.html
        """
        for what, is_upload in (("Files", False), ("Uploads", True)):
            functions = [
                function
                for route, function in endpoints.items()
                if route.path.startswith("/uploads") == is_upload
            ]
            self._alarm(
                f"{what}Failing",
                f"Functions of {what.lower()} died or timed out 5 times or more within 5 minutes.",
                sum_of([function.metric_errors(period=FIVE_MINUTES) for function in functions]),
                threshold=5,
            )
            self._alarm(
                f"{what}Throttled",
                f"Functions of {what.lower()} were throttled 5 times or more within 5 minutes.",
                sum_of([function.metric_throttles(period=FIVE_MINUTES) for function in functions]),
                threshold=5,
            )
        self._alarm(
            "AuthorizerFailing",
            "Keys could not be looked up five times or more within five minutes.",
            sum_of([authorize.metric_errors(), authorize.metric_throttles()]),
            threshold=5,
        )

    def _reaper(self, reap: lambda_.IFunction, dead_letters: sqs.IQueue) -> None:
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


def sum_of(metrics: Sequence[cloudwatch.IMetric]) -> cloudwatch.MathExpression:
    """The sum of some metrics, where one without data counts as 0."""
    return cloudwatch.MathExpression(
        expression="SUM(FILL(METRICS(), 0))",
        using_metrics={f"m{number}": metric for number, metric in enumerate(metrics)},
        period=FIVE_MINUTES,
    )

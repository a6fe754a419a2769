"""One page of CloudWatch that shows how a deployment is doing.

It needs no custom metric: AWS's own metrics are free, and what only the logs have is queried when
somebody opens the page.
"""

from collections.abc import Mapping, Sequence

from aws_cdk import Duration
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.constructs.alarm import FIVE_MINUTES
from infra.constructs.watched import Watched

_WIDE, _HALF, _THIRD = 24, 12, 8
_DAY = Duration.days(1)  # S3 counts once a day

ERRORS_BY_CODE = (
    'filter message = "request" and status >= 400',
    "stats count(*) as requests by status, code",
    "sort requests desc",
)
REFUSED_BY_QUOTA = (
    'filter message = "request" and code like /_quota_exceeded$/',
    "stats count(*) as requests by owner, code",
    "sort requests desc",
)
COLD_STARTS = (
    'filter @type = "REPORT" and ispresent(@initDuration)',
    "stats count(*) as starts, pct(@initDuration, 50) as p50, max(@initDuration) by bin(1h)",
)
# The access log's numbers are texts, so `* 1` converts them.
BYTES_OUT = ("stats sum(bytes * 1) as bytes_out, count(*) as requests by bin(1h)",)
BUSIEST = (
    "stats count(*) as requests, sum(bytes * 1) as bytes_out by key_owner",
    "sort requests desc",
    "limit 20",
)
DAMAGED_RECORDS = (
    'filter message like "damaged record" or message = "unexpected"',
    "fields @timestamp, message, owner, id, request_id",
    "sort @timestamp desc",
    "limit 20",
)


class Dashboard(Construct):
    """Requests, errors, latencies, bytes, the reaper, throttles, conflicts, and what costs money.

    Args:
        scope: The construct that this one is part of.
        id: Its name there.
        name: The dashboard's.
        watched: What it shows.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 - CDK's own name
        *,
        name: str,
        watched: Watched,
    ) -> None:
        super().__init__(scope, id)
        named = watched.functions
        functions = [function.log_group for function in named.values()]
        page = cloudwatch.Dashboard(self, "Page", dashboard_name=name)
        page.add_widgets(*_answers(watched.api))
        page.add_widgets(*_latencies(named))
        page.add_widgets(
            _query("Errors by code", ERRORS_BY_CODE, functions),
            _query("Refused by quota", REFUSED_BY_QUOTA, functions),
        )
        page.add_widgets(*_functions(named, _query("Cold starts", COLD_STARTS, functions, _THIRD)))
        page.add_widgets(*_reaper(watched.reap, watched.dead_letters))
        page.add_widgets(*_catalog(watched.catalog))
        page.add_widgets(*_bytes(watched.content))
        page.add_widgets(
            _query("Bytes out", BYTES_OUT, [watched.access_log]),
            _query("Busiest owners", BUSIEST, [watched.access_log]),
        )
        page.add_widgets(_query("Damaged records, and bugs", DAMAGED_RECORDS, functions, _WIDE))


def _answers(api: apigateway.RestApi) -> Sequence[cloudwatch.IWidget]:
    return (
        _graph("Requests", [api.metric_count(period=FIVE_MINUTES)], _THIRD),
        _graph(
            "Refused and failed",
            [
                api.metric_client_error(period=FIVE_MINUTES, statistic="Sum"),
                api.metric_server_error(period=FIVE_MINUTES, statistic="Sum"),
            ],
            _THIRD,
        ),
        _graph(
            "Latency, ms",
            [
                api.metric_latency(period=FIVE_MINUTES, statistic=statistic, label=statistic)
                for statistic in ("p50", "p90", "p99")
            ],
            _THIRD,
        ),
    )


def _query(
    title: str, lines: Sequence[str], groups: Sequence[logs.ILogGroup], width: int = _HALF
) -> cloudwatch.IWidget:
    names = [group.log_group_name for group in groups]
    return cloudwatch.LogQueryWidget(
        title=title, log_group_names=names, query_lines=list(lines), width=width, height=6
    )


def _graph(
    title: str, metrics: Sequence[cloudwatch.IMetric], width: int = _HALF
) -> cloudwatch.IWidget:
    return cloudwatch.GraphWidget(title=title, left=list(metrics), width=width, height=6)


def _latencies(functions: Mapping[str, lambda_.IFunction]) -> Sequence[cloudwatch.IWidget]:
    """Latency by endpoint, from its function: free, unlike API Gateway's metrics by method."""
    return [
        _graph(
            f"Duration of functions, {statistic}, ms",
            [
                function.metric_duration(period=FIVE_MINUTES, statistic=statistic, label=name)
                for name, function in functions.items()
            ],
            _THIRD,
        )
        for statistic in ("p50", "p90", "p99")
    ]


def _functions(
    functions: Mapping[str, lambda_.IFunction], cold_starts: cloudwatch.IWidget
) -> Sequence[cloudwatch.IWidget]:
    errors = [one.metric_errors(period=FIVE_MINUTES, label=n) for n, one in functions.items()]
    throttles = [one.metric_throttles(period=FIVE_MINUTES, label=n) for n, one in functions.items()]
    return (
        _graph("Functions that died or timed out", errors, _THIRD),
        _graph("Functions throttled", throttles, _THIRD),
        cold_starts,
    )


def _reaper(reap: lambda_.IFunction, dead_letters: sqs.IQueue) -> Sequence[cloudwatch.IWidget]:
    behind = reap.metric(
        "IteratorAge", period=FIVE_MINUTES, statistic="Maximum", label="behind the stream, ms"
    )
    given_up = dead_letters.metric_approximate_number_of_messages_visible(
        period=FIVE_MINUTES, statistic="Maximum", label="given up"
    )
    return _graph("Reaper's age", [behind]), _graph("Dead letters", [given_up])


def _catalog(catalog: dynamodb.ITable) -> Sequence[cloudwatch.IWidget]:
    def summed(*names: str) -> list[cloudwatch.IMetric]:
        return [catalog.metric(name, period=FIVE_MINUTES, statistic="Sum") for name in names]

    return (
        _graph(
            "Transactions that met another's, each tried again",
            summed("TransactionConflict"),
            _THIRD,
        ),
        _graph("Catalog throttled", summed("ReadThrottleEvents", "WriteThrottleEvents"), _THIRD),
        _graph(
            "Catalog's units, which are billed",
            summed("ConsumedReadCapacityUnits", "ConsumedWriteCapacityUnits"),
            _THIRD,
        ),
    )


def _bytes(content: s3.IBucket) -> Sequence[cloudwatch.IWidget]:
    def daily(name: str, storage: str) -> cloudwatch.Metric:
        return cloudwatch.Metric(
            namespace="AWS/S3",
            metric_name=name,
            dimensions_map={"BucketName": content.bucket_name, "StorageType": storage},
            statistic="Average",
            period=_DAY,
        )

    return (
        _graph("Bytes stored", [daily("BucketSizeBytes", "StandardStorage")]),
        _graph("Objects stored", [daily("NumberOfObjects", "AllStorageTypes")]),
    )

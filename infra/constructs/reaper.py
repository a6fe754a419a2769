"""The reaper's source, the catalog's stream, and its queue of failures."""

import json
from collections.abc import Mapping

from aws_cdk import Duration
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.constructs.acknowledgements import acknowledge

REAPED_PREFIXES = ("file-", "upload_")
BATCH_SIZE = 100
ATTEMPTS = 10


class DeadLetters(Construct):
    """The queue with the stream positions of batches that could not be reaped."""

    def __init__(self, scope: Construct, id: str) -> None:  # noqa: A002 - CDK's own name
        super().__init__(scope, id)
        self.queue = sqs.Queue(
            self,
            "Queue",
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            retention_period=Duration.days(14),  # the longest there is
        )
        acknowledge(self.queue, "SQS3", "This is the queue where failures end; an alarm is on it.")


class CatalogRemovals(Construct):
    """Calls a function with what was removed from the catalog.

    Only the records that the function reports as failed are delivered again. A batch that fails
    as a whole is halved until the bad record is alone. A record that fails every time goes to the
    dead letters, so that it does not hold up its shard for a day.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 - CDK's own name
        *,
        function: lambda_.IFunction,
        stream_arn: str,
        dead_letters: sqs.IQueue,
        gather_seconds: int,
    ) -> None:
        super().__init__(scope, id)
        # Not DynamoEventSource: that grants the role ListStreams on every table.
        lambda_.CfnEventSourceMapping(
            self,
            "Stream",
            function_name=function.function_arn,
            event_source_arn=stream_arn,
            starting_position="TRIM_HORIZON",  # also what was removed before it existed
            batch_size=BATCH_SIZE,
            maximum_batching_window_in_seconds=gather_seconds,
            filter_criteria=lambda_.CfnEventSourceMapping.FilterCriteriaProperty(
                filters=[
                    lambda_.CfnEventSourceMapping.FilterProperty(
                        pattern=json.dumps(removals_filter())
                    )
                ]
            ),
            bisect_batch_on_function_error=True,
            function_response_types=["ReportBatchItemFailures"],
            maximum_retry_attempts=ATTEMPTS,
            destination_config=lambda_.CfnEventSourceMapping.DestinationConfigProperty(
                on_failure=lambda_.CfnEventSourceMapping.OnFailureProperty(
                    destination=dead_letters.queue_arn
                )
            ),
        )


def removals_filter() -> Mapping[str, object]:
    """Files and uploads that were removed; not usage, markers or idempotency records."""
    prefixes = [{"prefix": prefix} for prefix in REAPED_PREFIXES]
    return {"eventName": ["REMOVE"], "dynamodb": {"Keys": {"id": {"S": prefixes}}}}

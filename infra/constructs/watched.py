"""What the alarms and the dashboard watch."""

from collections.abc import Mapping
from dataclasses import dataclass

from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs

from infra.rows import Route


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """The parts of a deployment whose metrics and logs are watched.

    Args:
        api: The REST API.
        access_log: The API's log of requests.
        endpoints: Every route and its function.
        keyless: Likewise, of what is answered without a key.
        authorize: The authorizer.
        reap: The reaper.
        dead_letters: Where the reaper's failures end.
        catalog: The table.
        content: The bucket.
    """

    api: apigateway.RestApi
    access_log: logs.ILogGroup
    endpoints: Mapping[Route, lambda_.Function]
    keyless: Mapping[Route, lambda_.Function]
    authorize: lambda_.Function
    reap: lambda_.Function
    dead_letters: sqs.IQueue
    catalog: dynamodb.ITable
    content: s3.IBucket

    @property
    def functions(self) -> Mapping[str, lambda_.Function]:
        """Every function, by its display name."""
        named = {f"{route.method} {route.path}": one for route, one in self.endpoints.items()}
        keyless = {route.function.name: one for route, one in self.keyless.items()}
        return {**named, **keyless, "authorizer": self.authorize, "reaper": self.reap}

"""The REST API: its routes, its authorizer, its own answers and its log."""

import json
from collections.abc import Mapping

from aws_cdk import Duration, Size, Tags
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.constructs.acknowledgements import acknowledge
from infra.constructs.gateway_responses import add_gateway_responses
from infra.constructs.log_group import log_group
from infra.rows import Route
from infra.stages import Stage

# Every body comes to a function as bytes (base64 in the event), and goes from it as bytes if it
# says so, whatever the client accepts; JSON goes as the text that it is. No method is a MOCK, which
# would need CONVERT_TO_TEXT.
# https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-payload-encodings-workflow.html
BINARY_MEDIA_TYPES = ["*/*"]

# All answers without a Content-Encoding, which content has (lambdas/api/content.py). A list of two
# files is longer; a File or an error is not.
LEAST_COMPRESSED_BYTES = 1024

BASE_PATH = "v1"  # the API Gateway stage's name is the first segment of every path

# One line a request, by the rule for ids in lambdas/api/endpoint.py. No variable holds a header, so
# for whom a service acts stands in the function's own line, which the request id finds.
# https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-variables-for-access-logging.html
ACCESS_LOG_FIELDS = {
    "time": "$context.requestTimeEpoch",
    "request_id": "$context.requestId",
    "key_owner": "$context.authorizer.owner",
    "method": "$context.httpMethod",
    "path": "$context.resourcePath",
    "status": "$context.status",
    "latency_ms": "$context.responseLatency",
    "function_ms": "$context.integration.latency",
    "bytes": "$context.responseLength",
    "gateway_error": "$context.error.responseType",
    "ip": "$context.identity.sourceIp",
}


class LarderApi(Construct):
    """A regional API with one function per route, all behind the authorizer.

    Args:
        scope: The construct that this one is part of.
        id: Its name there.
        stage: Throttling, caching, logging and the sizes that answers name.
        endpoints: Every route and its function.
        authorize: The authorizer's function.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 - CDK's own name
        *,
        stage: Stage,
        endpoints: Mapping[Route, lambda_.IFunction],
        authorize: lambda_.IFunction,
    ) -> None:
        super().__init__(scope, id)
        access_log = log_group(self, "AccessLog", days=stage.log_days)
        self.api = apigateway.RestApi(
            self,
            "Api",
            rest_api_name=stage.prefix,
            description="Larder: an OpenAI-compatible Files API",
            binary_media_types=BINARY_MEDIA_TYPES,
            min_compression_size=Size.bytes(LEAST_COMPRESSED_BYTES),
            cloud_watch_role=stage.account_logging,
            deploy_options=_deploy_options(stage, access_log),
            endpoint_types=[apigateway.EndpointType.REGIONAL],
        )
        self._bound_execution_log(stage)
        self.api.node.try_remove_child("Endpoint")  # the stack's own ApiUrl is the one output
        add_gateway_responses(self.api, inline_bytes=stage.limits.inline_bytes)
        authorizer = apigateway.RequestAuthorizer(
            self,
            "Authorizer",
            handler=authorize,
            identity_sources=[apigateway.IdentitySource.header("Authorization")],
            results_cache_ttl=Duration.seconds(stage.authorizer_cache_seconds),
        )
        for route, function in endpoints.items():
            method = self.api.root.resource_for_path(route.path).add_method(
                route.method,
                apigateway.LambdaIntegration(function, allow_test_invoke=False),
                authorizer=authorizer,
            )
            acknowledge(
                method,
                "COG4",
                "Clients are programs with API keys of Larder's own, which its authorizer checks.",
            )
        self._acknowledge_rules(stage)
        if stage.local_port is not None:
            Tags.of(self.api).add("ms-custom-id", stage.deployment)  # fixes the emulator's API id

    def _bound_execution_log(self, stage: Stage) -> None:
        """Make the group for API Gateway's errors first, or it makes one that is kept for good.

        The API's id in the name tells it from another deployment's.
        https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
        """
        name = f"API-Gateway-Execution-Logs_{self.api.rest_api_id}/{BASE_PATH}"
        log = log_group(self, "ExecutionLog", days=stage.log_days, name=name)
        self.api.deployment_stage.node.add_dependency(log)

    def _acknowledge_rules(self, stage: Stage) -> None:
        acknowledge(
            self.api,
            "APIG2",
            "The functions validate: an error names the parameter and the allowed values.",
        )
        acknowledge(
            self.api.deployment_stage,
            "APIG3",
            "Every call needs a key and is throttled; a web ACL is the deploying team's to choose.",
        )
        if stage.account_logging:
            acknowledge(
                self.api.node.find_child("CloudWatchRole"),
                "IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/"
                "AmazonAPIGatewayPushToCloudWatchLogs]",
                "The policy that AWS asks for in the account's one role for API Gateway's logs.",
            )


def _deploy_options(stage: Stage, access_log: logs.ILogGroup) -> apigateway.StageOptions:
    return apigateway.StageOptions(
        stage_name=BASE_PATH,
        access_log_destination=apigateway.LogGroupLogDestination(access_log),
        access_log_format=apigateway.AccessLogFormat.custom(json.dumps(ACCESS_LOG_FIELDS)),
        data_trace_enabled=False,  # it would log keys and file content
        logging_level=apigateway.MethodLoggingLevel.ERROR,
        metrics_enabled=True,
        throttling_burst_limit=stage.burst,
        throttling_rate_limit=stage.requests_per_second,
        tracing_enabled=stage.tracing,
    )

"""The REST API: its routes, its authorizer, its own answers and its log."""

import json
from collections.abc import Mapping
from typing import cast

from aws_cdk import Duration, Size, Tags
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.constructs.acknowledgements import acknowledge
from infra.constructs.allowed_addresses import api_policy
from infra.constructs.firewall import WebAcl
from infra.constructs.gateway_responses import add_gateway_responses
from infra.constructs.log_group import log_group
from infra.constructs.owner_slots import OwnerSlots
from infra.rows import Route
from infra.stages import Stage

# Every request's body reaches a function as bytes (base64 in the event). A function's answer is
# bytes if it says so, whatever the client accepts, and else text. No method is a MOCK, which would
# need CONVERT_TO_TEXT.
# https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-payload-encodings-workflow.html
BINARY_MEDIA_TYPES = ["*/*"]

# API Gateway compresses longer answers, except files' content, which has a Content-Encoding
# (lambdas/api/content.py). A list of two files is longer; a File or an error is not.
LEAST_COMPRESSED_BYTES = 1024

# TLS 1.2 and 1.3. Unlike STRICT, BASIC does not compare the request's host with TLS's SNI.
# https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-security-policies.html
SECURITY_POLICY = "SecurityPolicy_TLS13_1_2_PQ_2025_09"
ENDPOINT_ACCESS_MODE = "BASIC"

BASE_PATH = "v1"  # the API Gateway stage's name is the first segment of every path

# One line a request, by the rule for ids in lambdas/api/endpoint.py. No variable holds a header, so
# only the function's own log line, found by the request id, has the owner for whom a service acts.
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
    """A regional API with one function per route, behind the authorizer but for a few.

    Args:
        scope: The construct that this one is part of.
        id: Its name there.
        stage: Throttling, caching, logging, who may call, and the sizes that answers name.
        endpoints: Every route and its function.
        keyless: The same for routes that need no key.
        authorize: The authorizer's function.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 - CDK's own name
        *,
        stage: Stage,
        endpoints: Mapping[Route, lambda_.IFunction],
        keyless: Mapping[Route, lambda_.IFunction],
        authorize: lambda_.IFunction,
    ) -> None:
        super().__init__(scope, id)
        self.access_log = log_group(self, "AccessLog", days=stage.log_days)
        self.api = self._rest_api(stage)
        self._bound_execution_log(stage)
        self.api.node.try_remove_child("Endpoint")  # the stack has its own output, ApiUrl
        add_gateway_responses(self.api, stage)
        self._add_methods(stage, endpoints, authorize)
        self._add_keyless_methods(keyless)
        if stage.owner_rate is not None:
            OwnerSlots(self, "OwnerSlots", stage=stage, rate=stage.owner_rate, api=self.api)
        if stage.firewall is not None:
            WebAcl(self, "Firewall", firewall=stage.firewall, api=self.api)
        self._acknowledge_rules(stage)
        if stage.local_port is not None:
            Tags.of(self.api).add("ms-custom-id", stage.deployment)  # fixes the emulator's API id

    def _rest_api(self, stage: Stage) -> apigateway.RestApi:
        by_slot = apigateway.ApiKeySourceType.AUTHORIZER
        ranges = stage.allowed_ip_ranges
        api = apigateway.RestApi(
            self,
            "Api",
            rest_api_name=stage.prefix,
            description="Larder: an OpenAI-compatible Files API",
            api_key_source_type=by_slot if stage.owner_rate else None,
            binary_media_types=BINARY_MEDIA_TYPES,
            min_compression_size=Size.bytes(LEAST_COMPRESSED_BYTES),
            cloud_watch_role=stage.account_logging,
            deploy_options=_deploy_options(stage, self.access_log),
            endpoint_types=[apigateway.EndpointType.REGIONAL],
            policy=api_policy(ranges) if ranges else None,
        )
        resource = cast("apigateway.CfnRestApi", api.node.default_child)
        resource.security_policy = SECURITY_POLICY
        resource.endpoint_access_mode = ENDPOINT_ACCESS_MODE
        return api

    def _add_methods(
        self,
        stage: Stage,
        endpoints: Mapping[Route, lambda_.IFunction],
        authorize: lambda_.IFunction,
    ) -> None:
        authorizer = apigateway.RequestAuthorizer(
            self,
            "Authorizer",
            handler=authorize,
            identity_sources=[apigateway.IdentitySource.header("Authorization")],
            results_cache_ttl=Duration.seconds(stage.authorizer_cache_seconds),
        )
        by_slot = stage.owner_rate is not None and stage.owner_rate.enforced
        for route, function in endpoints.items():
            method = self.api.root.resource_for_path(route.path).add_method(
                route.method,
                apigateway.LambdaIntegration(function, allow_test_invoke=False),
                api_key_required=by_slot or None,
                authorizer=authorizer,
            )
            acknowledge(
                method,
                "COG4",
                "Clients are programs with API keys of Larder's own, which its authorizer checks.",
            )

    def _add_keyless_methods(self, endpoints: Mapping[Route, lambda_.IFunction]) -> None:
        for route, function in endpoints.items():
            method = self.api.root.resource_for_path(route.path).add_method(
                route.method,
                apigateway.LambdaIntegration(function, allow_test_invoke=False),
                authorization_type=apigateway.AuthorizationType.NONE,
            )
            for rule in ("APIG4", "COG4"):
                acknowledge(
                    method,
                    rule,
                    "A browser's preflight and the console's page carry no key and open nothing.",
                )

    def _bound_execution_log(self, stage: Stage) -> None:
        """Make the log group of API Gateway's errors, since its own would never expire.

        Its name has the API's id, and so differs between deployments.
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
        if stage.firewall is None:
            acknowledge(
                self.api.deployment_stage,
                "APIG3",
                "All calls are throttled, and only preflights and the console's page need no key; "
                "a web ACL is the stage's to choose.",
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
        # Alarms use the API's own metrics, which are free; those of its methods are not needed.
        # https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html
        metrics_enabled=stage.detailed_metrics,
        throttling_burst_limit=stage.burst,
        throttling_rate_limit=stage.requests_per_second,
        tracing_enabled=stage.tracing,
    )

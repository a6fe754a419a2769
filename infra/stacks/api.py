"""The stack of everything that holds no data: functions, API, reaper and alarms."""

from collections.abc import Mapping
from pathlib import Path

from aws_cdk import CfnOutput, Stack
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.constructs.alarms import Alarms
from infra.constructs.dashboard import Dashboard
from infra.constructs.domain import ApiDomain, base_url
from infra.constructs.function import LarderFunction
from infra.constructs.owner_slots import owner_slots_settings
from infra.constructs.reaper import CatalogRemovals, DeadLetters
from infra.constructs.rest_api import BASE_PATH, LarderApi
from infra.constructs.watched import Watched
from infra.routes import AUTHORIZE, REAP, ROUTES, keyless_routes
from infra.rows import Function, Resource, Route
from infra.stacks.data import DataStack
from infra.stages import Stage


class ApiStack(Stack):
    """One function per endpoint behind one REST API, and the reaper behind the catalog's stream."""

    def __init__(self, scope: Construct, *, stage: Stage, data: DataStack, asset: Path) -> None:
        super().__init__(
            scope, f"{stage.prefix}-api", description=f"Larder ({stage.name}): the Files API"
        )
        self.add_stack_dependency(data)
        self._stage = stage
        self._code = lambda_.Code.from_asset(str(asset))
        dead_letters = DeadLetters(self, "DeadLetters").queue
        self._arns = {**data.arns(), Resource.DEAD_LETTERS: dead_letters.queue_arn}
        environment = data.code_environment()
        endpoints = {route: self._function(route.function, environment) for route in ROUTES}
        keys = {"API_KEYS_TABLE": data.api_keys.table_name, **owner_slots_settings(stage)}
        authorize = self._function(
            AUTHORIZE, {**environment, **keys}, reserved=stage.authorizer_reserved
        )
        reap = self._function(REAP, environment)
        for endpoint in endpoints.values():  # a new version's reaper must exist before its markers
            endpoint.node.add_dependency(reap)
        keyless = self._keyless(environment)
        rest = LarderApi(
            self, "Rest", stage=stage, endpoints=endpoints, keyless=keyless, authorize=authorize
        )
        self._reap_with(reap, dead_letters)
        self._watch(
            Watched(
                api=rest.api,
                access_log=rest.access_log,
                endpoints=endpoints,
                keyless=keyless,
                authorize=authorize,
                reap=reap,
                dead_letters=dead_letters,
                catalog=data.catalog,
                content=data.content,
            )
        )
        self.api_id = rest.api.rest_api_id
        self._tell_urls(rest.api)

    def _keyless(self, environment: Mapping[str, str]) -> dict[Route, lambda_.Function]:
        routes = keyless_routes(
            preflights=bool(self._stage.cors_origins), console=self._stage.console
        )
        functions = {
            row: self._function(row, environment)
            for row in dict.fromkeys(route.function for route in routes)
        }
        return {route: functions[route.function] for route in routes}

    def _reap_with(self, reap: lambda_.Function, dead_letters: sqs.IQueue) -> None:
        CatalogRemovals(
            self,
            "CatalogRemovals",
            function=reap,
            stream_arn=self._arns[Resource.CATALOG_STREAM],
            dead_letters=dead_letters,
            gather_seconds=self._stage.reap_after_seconds,
        )

    def _watch(self, watched: Watched) -> None:
        stage = self._stage
        Alarms(
            self,
            "Alarms",
            watched=watched,
            service=stage.prefix,
            of_functions=stage.function_alarms,
            quiet_hours=stage.quiet_hours,
            email=stage.alarm_email,
        )
        if stage.dashboard:
            Dashboard(self, "Dashboard", name=stage.prefix, watched=watched)

    def _tell_urls(self, api: apigateway.RestApi) -> None:
        """Output the one ApiUrl for users; with a front door, its stack does that."""
        domain, own = self._stage.domain, self._base_url(api.rest_api_id)
        if self._stage.front_door is not None:
            CfnOutput(self, "RegionalUrl", value=own)
        elif domain is not None:
            ApiDomain(self, "Domain", domain=domain, api=api)
            CfnOutput(self, "ApiUrl", value=base_url(domain))
            CfnOutput(self, "RegionalUrl", value=own)
        else:
            CfnOutput(self, "ApiUrl", value=own)

    def _function(
        self, row: Function, environment: Mapping[str, str], *, reserved: int | None = None
    ) -> lambda_.Function:
        return LarderFunction(
            self,
            row.name.title().replace("_", ""),
            row=row,
            code=self._code,
            arns=self._arns,
            environment=environment,
            stage=self._stage,
            reserved=reserved,
        ).function

    def _base_url(self, api_id: str) -> str:
        port = self._stage.local_port
        if port is not None:
            return f"http://127.0.0.1:{port}/_aws/execute-api/{api_id}/{BASE_PATH}"
        return f"https://{api_id}.execute-api.{self.region}.{self.url_suffix}/{BASE_PATH}"

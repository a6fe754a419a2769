import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from infra.choice import find_stage
from infra.routes import CONSOLE, PREFLIGHT, ROUTES, keyless_routes
from infra.stages import STAGES, Limits
from tests.infra.conftest import Synthesized
from tests.infra.templates import Assembly, Template

PREFLIGHTS = {("OPTIONS", route.path) for route in ROUTES}
PAGES = {(verb, path) for verb in ("GET", "HEAD") for path in ("/console", "/console/{asset}")}
KEYLESS = PREFLIGHTS | PAGES


def paths(template: Template) -> dict[str, str]:
    """Each API Gateway resource's whole path."""
    parts = {
        resource.logical_id: (
            resource.properties["PathPart"],
            resource.properties["ParentId"].get("Ref"),
        )
        for resource in template.all_of("ApiGateway::Resource")
    }

    def whole(logical_id: str | None) -> str:
        if logical_id not in parts:
            return ""
        part, parent = parts[logical_id]
        return f"{whole(parent)}/{part}"

    return {logical_id: whole(logical_id) for logical_id in parts}


def methods(template: Template) -> dict[tuple[str, str], Mapping[str, Any]]:
    by_id = paths(template)
    return {
        (m.properties["HttpMethod"], by_id[m.properties["ResourceId"]["Ref"]]): m.properties
        for m in template.all_of("ApiGateway::Method")
    }


def test_the_api_serves_the_table_of_routes_and_nothing_else(every_stage: Assembly) -> None:
    served = methods(every_stage.api).keys() - KEYLESS
    assert served == {(route.method, route.path) for route in ROUTES}


def test_a_stage_that_names_origins_answers_browsers_on_every_path(dev: Assembly) -> None:
    served = methods(dev.api)
    function = dev.api.function(PREFLIGHT.name).logical_id
    for verb_and_path in PREFLIGHTS:
        method = served[verb_and_path]
        assert method["AuthorizationType"] == "NONE"
        assert f'{{"Fn::GetAtt": ["{function}", "Arn"]}}' in json.dumps(method["Integration"])


def test_every_stage_has_a_console_that_opens_without_a_key(every_stage: Assembly) -> None:
    served = methods(every_stage.api)
    function = every_stage.api.function(CONSOLE.name).logical_id
    for verb_and_path in PAGES:
        method = served[verb_and_path]
        assert method["AuthorizationType"] == "NONE"
        assert f'{{"Fn::GetAtt": ["{function}", "Arn"]}}' in json.dumps(method["Integration"])


def test_a_stage_may_do_without_one(synthesized: Synthesized) -> None:
    without = synthesized(replace(STAGES["prod"], console=False))
    assert not PAGES & methods(without.api).keys()
    assert "CorsConfiguration" not in without.data.only("S3::Bucket", "Content/Bucket").properties


def test_a_stage_that_names_none_answers_no_preflight(prod: Assembly) -> None:
    assert not PREFLIGHTS & methods(prod.api).keys()
    with pytest.raises(ValueError, match="not enough values"):
        prod.api.function(PREFLIGHT.name)


def test_functions_and_front_door_are_told_the_origins(dev: Assembly, prod: Assembly) -> None:
    [origin] = STAGES["dev"].cors_origins
    for function in dev.api.all_of("Lambda::Function"):
        assert function.properties["Environment"]["Variables"]["CORS_ORIGINS"] == origin
    for function in prod.api.all_of("Lambda::Function"):
        assert "CORS_ORIGINS" not in function.properties["Environment"]["Variables"]


def test_a_route_goes_to_the_function_of_its_row(prod: Assembly) -> None:
    served = methods(prod.api)
    for route in ROUTES:
        integration = served[route.method, route.path]["Integration"]
        function = prod.api.function(route.function.name).logical_id
        assert integration["Type"] == "AWS_PROXY"
        assert f'{{"Fn::GetAtt": ["{function}", "Arn"]}}' in json.dumps(integration["Uri"])


def test_no_route_is_served_without_the_authorizer(every_stage: Assembly) -> None:
    authorizer = every_stage.api.only("ApiGateway::Authorizer")
    served = methods(every_stage.api)
    for verb_and_path in served.keys() - KEYLESS:
        method = served[verb_and_path]
        assert method["AuthorizationType"] == "CUSTOM"
        assert method["AuthorizerId"] == {"Ref": authorizer.logical_id}


def test_the_authorizers_answer_is_kept_for_a_minute_by_its_header(prod: Assembly) -> None:
    authorizer = prod.api.only("ApiGateway::Authorizer").properties
    assert authorizer["Type"] == "REQUEST"
    assert authorizer["IdentitySource"] == "method.request.header.Authorization"
    assert authorizer["AuthorizerResultTtlInSeconds"] == 60


def test_api_gateway_may_call_each_function_for_its_own_methods_only(prod: Assembly) -> None:
    called: dict[str, set[str]] = {}
    for permission in prod.api.all_of("Lambda::Permission"):
        properties = permission.properties
        assert properties["Principal"] == "apigateway.amazonaws.com"
        assert properties["Action"] == "lambda:InvokeFunction"
        source = arn(properties["SourceArn"])
        function = properties["FunctionName"]["Fn::GetAtt"][0]
        called.setdefault(function, set()).add(source[source.index("/") :])
    expected: dict[str, set[str]] = {}
    for route in (*ROUTES, *keyless_routes(preflights=False, console=True)):
        # A parameter of the path is a wildcard in the ARN of a method.
        path = re.sub("{[^}]*}", "*", route.path)
        function = prod.api.function(route.function.name).logical_id
        expected.setdefault(function, set()).add(f"/<stage>/{route.method}{path}")
    authorize = prod.api.function("authorize").logical_id
    assert all(source.startswith("/authorizers/") for source in called.pop(authorize))
    assert called == expected


def arn(value: Mapping[str, Any]) -> str:
    """The words of an ARN: `<stage>` for the API's stage, nothing for what else it names."""
    _, parts = value["Fn::Join"]
    stage = [p for p in parts if "DeploymentStage" in str(p)]
    return "".join(p if isinstance(p, str) else "<stage>" * (p in stage) for p in parts)


def test_the_base_path_is_v1(every_stage: Assembly) -> None:
    assert every_stage.api.only("ApiGateway::Stage").properties["StageName"] == "v1"
    outputs = every_stage.api.body["Outputs"]
    url = outputs.get("ApiUrl") or outputs["RegionalUrl"]
    assert re.search(r'/v1"', json.dumps(url["Value"]))


def test_every_body_comes_and_goes_as_bytes(every_stage: Assembly) -> None:
    api = every_stage.api.only("ApiGateway::RestApi").properties
    assert api["BinaryMediaTypes"] == ["*/*"]
    assert api["EndpointConfiguration"] == {"Types": ["REGIONAL"]}


def test_no_less_than_tls_1_2_is_spoken(every_stage: Assembly) -> None:
    api = every_stage.api.only("ApiGateway::RestApi").properties
    assert api["SecurityPolicy"] == "SecurityPolicy_TLS13_1_2_PQ_2025_09"
    assert api["EndpointAccessMode"] == "BASIC"  # a policy of this kind needs one


def test_no_method_is_a_mock_which_bytes_would_break(every_stage: Assembly) -> None:
    kinds = {method["Integration"]["Type"] for method in methods(every_stage.api).values()}
    assert kinds == {"AWS_PROXY"}


def test_calls_are_throttled_as_the_stage_says(synthesized: Synthesized) -> None:
    for stage in STAGES.values():
        (settings,) = methods_settings(synthesized(stage))
        assert settings["ThrottlingRateLimit"] == stage.requests_per_second
        assert settings["ThrottlingBurstLimit"] == stage.burst
        assert (settings["HttpMethod"], settings["ResourcePath"]) == ("*", "/*")


def test_neither_keys_nor_content_are_logged(every_stage: Assembly) -> None:
    (settings,) = methods_settings(every_stage)
    assert settings["DataTraceEnabled"] is False


def methods_settings(assembly: Assembly) -> list[Mapping[str, Any]]:
    settings: list[Mapping[str, Any]] = assembly.api.only("ApiGateway::Stage").properties[
        "MethodSettings"
    ]
    return settings


def test_every_access_is_logged_with_its_request_id(every_stage: Assembly) -> None:
    stage = every_stage.api.only("ApiGateway::Stage").properties
    log = every_stage.api.only("Logs::LogGroup", "Rest/AccessLog")
    assert stage["AccessLogSetting"]["DestinationArn"] == {"Fn::GetAtt": [log.logical_id, "Arn"]}
    line = json.loads(stage["AccessLogSetting"]["Format"])
    assert line["request_id"] == "$context.requestId"
    assert line["key_owner"] == "$context.authorizer.owner"
    assert line["path"] == "$context.resourcePath"  # no ids: the function's line has them


def test_calls_are_traced_where_the_stage_says(synthesized: Synthesized) -> None:
    for stage in STAGES.values():
        api = synthesized(stage).api
        assert api.only("ApiGateway::Stage").properties["TracingEnabled"] is stage.tracing


def test_the_accounts_one_role_for_logs_is_set_where_the_stage_says_and_stays(
    synthesized: Synthesized,
) -> None:
    for stage in STAGES.values():
        accounts = synthesized(stage).api.all_of("ApiGateway::Account")
        assert len(accounts) == int(stage.account_logging)
        # Deleting one deployment must not silence the account's other APIs.
        assert all(account.body["DeletionPolicy"] == "Retain" for account in accounts)


def fixed_ids(assembly: Assembly) -> list[str]:
    tags = assembly.api.only("ApiGateway::RestApi").properties["Tags"]
    return [tag["Value"] for tag in tags if tag["Key"] == "ms-custom-id"]


def test_the_emulators_api_has_a_fixed_id_and_no_other_has(local: Assembly, prod: Assembly) -> None:
    assert fixed_ids(local) == ["larder"]
    assert fixed_ids(prod) == []


def test_a_local_deployment_of_another_name_has_another_api(synthesized: Synthesized) -> None:
    assert fixed_ids(synthesized(find_stage("local", deployment="second"))) == ["second"]


def test_another_memory_of_the_authorizer_is_deployed(
    prod: Assembly, synthesized: Synthesized
) -> None:
    shorter = replace(STAGES["prod"], authorizer_cache_seconds=5)
    before = prod.api.only("ApiGateway::Deployment").logical_id
    after = synthesized(shorter).api.only("ApiGateway::Deployment").logical_id
    assert before != after


def test_the_gateway_s_own_log_is_there_before_it_makes_one(prod: Assembly) -> None:
    log = prod.api.only("Logs::LogGroup", "Rest/ExecutionLog")
    name = log.properties["LogGroupName"]
    api = prod.api.only("ApiGateway::RestApi").logical_id
    assert name == {"Fn::Join": ["", ["API-Gateway-Execution-Logs_", {"Ref": api}, "/v1"]]}
    assert log.logical_id in prod.api.only("ApiGateway::Stage").body["DependsOn"]


def test_new_words_in_an_answer_are_deployed(prod: Assembly, synthesized: Synthesized) -> None:
    smaller = replace(STAGES["prod"], limits=Limits(inline_bytes=2 * 2**20))
    before = prod.api.only("ApiGateway::Deployment").logical_id
    after = synthesized(smaller).api.only("ApiGateway::Deployment").logical_id
    assert before != after

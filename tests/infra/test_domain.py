"""A name of one's own, before the API and before CloudFront."""

from dataclasses import replace

import pytest

from infra.edge import API, FRONT_DOOR
from tests.infra.conftest import CERTIFICATE, NAMED_FRONT_DOOR, Synthesized
from tests.infra.guarded import COUNTED, GUARDED
from tests.infra.templates import Assembly, Template, in_words
from tests.infra.test_rules import linted, reported

assert GUARDED.domain is not None
IN_A_ZONE = GUARDED.domain
ELSEWHERE = replace(IN_A_ZONE, zone_id=None, zone_name=None)


@pytest.fixture(scope="session")
def named_elsewhere(synthesized: Synthesized) -> Assembly:
    return synthesized(replace(COUNTED, domain=ELSEWHERE))


@pytest.fixture(scope="session")
def named_front_door(synthesized: Synthesized) -> Assembly:
    return synthesized(NAMED_FRONT_DOOR)


def outputs(assembly: Assembly, template: Template) -> dict[str, str]:
    return {
        name: in_words(assembly, output["Value"])
        for name, output in template.body["Outputs"].items()
        if "Export" not in output
    }


def test_the_base_path_is_the_stage(guarded: Assembly) -> None:
    mapping = guarded.api.only("ApiGateway::BasePathMapping").properties
    assert mapping == {
        "BasePath": "v1",
        "DomainName": {"Ref": guarded.api.only("ApiGateway::DomainName").logical_id},
        "RestApiId": {"Ref": guarded.api.only("ApiGateway::RestApi").logical_id},
        "Stage": {"Ref": guarded.api.only("ApiGateway::Stage").logical_id},
    }


def test_the_url_is_the_name_s_and_the_api_s_own_stays(guarded: Assembly, prod: Assembly) -> None:
    assert outputs(guarded, guarded.api) == {
        "ApiUrl": "https://files.example.com/v1",
        "RegionalUrl": outputs(prod, prod.api)["ApiUrl"],
    }


def test_the_name_is_regional_and_speaks_tls_as_the_api_does(guarded: Assembly) -> None:
    name = guarded.api.only("ApiGateway::DomainName").properties
    api = guarded.api.only("ApiGateway::RestApi").properties
    assert name["DomainName"] == "files.example.com"
    assert name["RegionalCertificateArn"] == IN_A_ZONE.certificate_arn
    assert name["EndpointConfiguration"] == {"Types": ["REGIONAL"]}
    for setting in ("SecurityPolicy", "EndpointAccessMode"):
        assert name[setting] == api[setting]


def test_the_name_is_written_into_its_zone(guarded: Assembly) -> None:
    record = guarded.api.only("Route53::RecordSet").properties
    name = guarded.api.only("ApiGateway::DomainName").logical_id
    assert (record["Type"], record["Name"]) == ("A", "files.example.com.")
    assert record["HostedZoneId"] == "Z123"
    assert in_words(guarded, record["AliasTarget"]["DNSName"]) == f"<{name}.RegionalDomainName>"


def test_without_a_zone_it_is_told_what_the_name_must_point_to(named_elsewhere: Assembly) -> None:
    name = named_elsewhere.api.only("ApiGateway::DomainName").logical_id
    values = outputs(named_elsewhere, named_elsewhere.api)
    assert values["DomainTarget"] == f"<{name}.RegionalDomainName>"
    assert named_elsewhere.api.all_of("Route53::RecordSet") == []


def test_with_a_front_door_the_name_is_cloudfront_s(named_front_door: Assembly) -> None:
    config = named_front_door.front_door.only("CloudFront::Distribution").properties[
        "DistributionConfig"
    ]
    assert config["Aliases"] == ["files.example.com"]
    assert config["ViewerCertificate"] == {
        "AcmCertificateArn": CERTIFICATE,
        "MinimumProtocolVersion": "TLSv1.2_2021",
        "SslSupportMethod": "sni-only",
    }
    assert named_front_door.api.all_of("ApiGateway::DomainName") == []
    stack = named_front_door.front_door
    assert outputs(named_front_door, stack) == {"ApiUrl": "https://files.example.com/v1"}


def test_cloudfront_s_name_is_written_for_both_kinds_of_address(named_front_door: Assembly) -> None:
    stack = named_front_door.front_door
    distribution = stack.only("CloudFront::Distribution").logical_id
    records = {
        record.properties["Type"]: in_words(
            named_front_door, record.properties["AliasTarget"]["DNSName"]
        )
        for record in stack.all_of("Route53::RecordSet")
    }
    assert records == dict.fromkeys(("A", "AAAA"), f"<{distribution}.DomainName>")


def test_the_name_changes_nothing_of_who_answers(
    named_front_door: Assembly, with_front_door: Assembly
) -> None:
    for kind in ("CloudFront::Function", "CloudFront::VpcOrigin"):
        named, before = (a.front_door.only(kind) for a in (named_front_door, with_front_door))
        assert named.properties == before.properties
    config = named_front_door.front_door.only("CloudFront::Distribution").properties
    origins = config["DistributionConfig"]["Origins"]
    assert {origin["Id"] for origin in origins} == {API, FRONT_DOOR}


def test_no_rule_of_aws_is_broken_by_a_name(named_front_door: Assembly) -> None:
    assert list(reported(named_front_door, "violations")) == []
    rules = {rule["ruleName"] for rule in reported(named_front_door, "suppressedViolations")}
    assert "AwsSolutions-CFR4" not in rules  # the certificate takes TLS 1.2


@pytest.mark.slow
def test_cfn_lint_has_nothing_to_say_of_a_name(named_front_door: Assembly) -> None:
    assert linted(named_front_door.front_door.text) == []

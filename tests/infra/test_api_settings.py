"""What is refused of the settings of the REST API alone, before anything is synthesized."""

from dataclasses import replace

import pytest

from infra.api_settings import Domain, Firewall, OwnerRate
from infra.front_door_settings import FrontDoor
from infra.stages import STAGES, Stage, StageError

DOMAIN = Domain(
    name="files.example.com",
    certificate_arn="arn:aws:acm:eu-central-1:123456789012:certificate/4f0e",
)


def test_no_stage_asks_unasked_for_what_costs_or_keeps_out() -> None:
    for stage in STAGES.values():
        for setting in (stage.owner_rate, stage.authorizer_reserved, stage.firewall, stage.domain):
            assert setting is None
        assert stage.allowed_ip_ranges == ()
        assert stage.detailed_metrics is False


@pytest.mark.parametrize(
    "rate",
    [OwnerRate(requests_per_second=0, burst=1), OwnerRate(requests_per_second=1, burst=0)],
)
def test_a_rate_that_lets_nobody_in_is_refused(rate: OwnerRate) -> None:
    with pytest.raises(StageError, match="owner_rate"):
        Stage(name="greedy", owner_rate=rate)


def test_an_authorizer_that_may_not_run_is_refused() -> None:
    with pytest.raises(StageError, match="authorizer_reserved must be at least 1"):
        Stage(name="greedy", authorizer_reserved=0)


def test_a_bound_that_the_firewall_does_not_know_is_refused() -> None:
    with pytest.raises(StageError, match="requests_per_ip must be at least 10"):
        Stage(name="greedy", firewall=Firewall(requests_per_ip=9))


@pytest.mark.parametrize("value", ["192.0.2.1/24", "192.0.2.0/33", "example.com", ""])
def test_a_malformed_range_is_refused_by_name(value: str) -> None:
    with pytest.raises(StageError, match=f"Invalid '{value}' in allowed_ip_ranges"):
        Stage(name="greedy", allowed_ip_ranges=("198.51.100.0/24", value))


@pytest.mark.parametrize(
    "stage",
    [
        Stage(name="guarded", firewall=Firewall(requests_per_ip=1000)),
        Stage(name="guarded", allowed_ip_ranges=("192.0.2.0/24",)),
    ],
    ids=["firewall", "allowed_ip_ranges"],
)
def test_what_looks_at_addresses_is_refused_where_cloudfront_hides_them(stage: Stage) -> None:
    with pytest.raises(StageError, match="CloudFront's addresses in place of the clients'"):
        replace(stage, front_door=FrontDoor())


@pytest.mark.parametrize("name", ["Files.example.com", "example", "https://files.example.com", "-"])
def test_a_malformed_domain_is_refused_by_name(name: str) -> None:
    with pytest.raises(StageError, match=f"Invalid domain name '{name}'"):
        Stage(name="named", domain=replace(DOMAIN, name=name))


def test_what_is_no_certificate_is_refused_by_name() -> None:
    with pytest.raises(StageError, match=r"Invalid certificate_arn 'files.pem'"):
        Stage(name="named", domain=replace(DOMAIN, certificate_arn="files.pem"))


def test_a_certificate_that_cloudfront_does_not_take_is_refused_by_its_region() -> None:
    assert Stage(name="named", domain=DOMAIN).domain == DOMAIN
    with pytest.raises(StageError, match=r"certificate is in eu-central-1.*us-east-1 only"):
        Stage(name="named", domain=DOMAIN, front_door=FrontDoor())


@pytest.mark.parametrize("zone", [{"zone_id": "Z1"}, {"zone_name": "example.com"}])
def test_half_a_zone_is_refused(zone: dict[str, str]) -> None:
    with pytest.raises(StageError, match="both zone_id and zone_name"):
        Stage(name="named", domain=replace(DOMAIN, **zone))


def test_a_domain_of_another_zone_is_refused() -> None:
    with pytest.raises(StageError, match=r"not in the zone 'ample.com'"):
        Stage(name="named", domain=replace(DOMAIN, zone_id="Z1", zone_name="ample.com"))

"""Stages that ask for what none of ours does."""

from dataclasses import replace

from infra.api_settings import Domain, Firewall, OwnerRate
from infra.stages import STAGES

RANGES = ("192.0.2.0/24", "198.51.100.7/32")
GUARDED = replace(
    STAGES["prod"],
    owner_rate=OwnerRate(requests_per_second=20, burst=40),
    authorizer_reserved=25,
    firewall=Firewall(requests_per_ip=3000),
    detailed_metrics=True,
    allowed_ip_ranges=RANGES,
    account_logging=False,
    domain=Domain(
        name="files.example.com",
        certificate_arn="arn:aws:acm:eu-central-1:123456789012:certificate/4f0e",
        zone_id="Z123",
        zone_name="example.com",
    ),
)
COUNTED = replace(
    STAGES["prod"], owner_rate=OwnerRate(requests_per_second=20, burst=40, enforced=False)
)

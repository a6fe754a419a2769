"""The settings of the REST API: who may call it, how often, and by which name."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from ipaddress import ip_network

# https://docs.aws.amazon.com/waf/latest/developerguide/waf-rule-statement-type-rate-based-high-level-settings.html
LEAST_REQUESTS_PER_IP = 10
# CloudFront takes certificates only from this region.
# https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cnames-and-https-requirements.html
CLOUDFRONT_REGION = "us-east-1"

_NAME = re.compile(r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")
_CERTIFICATE = re.compile(r"arn:aws[a-z-]*:acm:([a-z0-9-]+):\d{12}:certificate/\S+")
_HIDDEN = (
    "cannot be had with a front door: API Gateway sees CloudFront's addresses in place of the "
    "clients'. Use a web ACL of your own, associated with the distribution."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerRate:
    """What one owner may ask of all endpoints together before API Gateway answers 429.

    Owners share a fixed number of slots (`docs/decisions/0015`), so this is also what two may ask
    together whose names fall into the same one.

    Args:
        requests_per_second: How many, on average.
        burst: The requests that may come at once above that rate.
        enforced: False makes the slots and holds nobody to them. An API that is in use is deployed
            so once before and, to be rid of the rate, once after, or it refuses requests meanwhile.
    """

    requests_per_second: int
    burst: int
    enforced: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Firewall:
    """A web ACL before the API, which costs about 6 USD a month and 0.60 per million requests.

    Args:
        requests_per_ip: What one address may ask within five minutes; at least 10.
    """

    requests_per_ip: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Domain:
    """A name of one's own, which stays when the API is made again.

    Args:
        name: Such as `files.example.com`.
        certificate_arn: Its certificate in Certificate Manager, of the deployment's region; with a
            front door of us-east-1.
        zone_id: The hosted zone of Route 53 that the name is to be written into; without it an
            output says what the name must point to.
        zone_name: That zone's name, such as `example.com`.
    """

    name: str
    certificate_arn: str
    zone_id: str | None = None
    zone_name: str | None = None


def api_problems(
    *,
    owner_rate: OwnerRate | None,
    authorizer_reserved: int | None,
    firewall: Firewall | None,
    domain: Domain | None,
    allowed_ip_ranges: Sequence[str],
    behind_cloudfront: bool,
) -> Iterator[str]:
    """Report settings that AWS would refuse or that would have no effect, in one sentence each."""
    if owner_rate is not None and min(owner_rate.requests_per_second, owner_rate.burst) < 1:
        yield "owner_rate's requests_per_second and burst must be at least 1."
    if authorizer_reserved is not None and authorizer_reserved < 1:
        yield "authorizer_reserved must be at least 1: with 0 nobody could be let in."
    if firewall is not None and firewall.requests_per_ip < LEAST_REQUESTS_PER_IP:
        yield f"firewall's requests_per_ip must be at least {LEAST_REQUESTS_PER_IP}."
    if behind_cloudfront and firewall is not None:
        yield f"firewall {_HIDDEN}"
    if behind_cloudfront and allowed_ip_ranges:
        yield f"allowed_ip_ranges {_HIDDEN}"
    yield from _malformed(allowed_ip_ranges)
    if domain is not None:
        yield from _domain_problems(domain, behind_cloudfront=behind_cloudfront)


def _malformed(ranges: Sequence[str]) -> Iterator[str]:
    for value in ranges:
        try:
            ip_network(value)
        except ValueError:
            yield (
                f"Invalid '{value}' in allowed_ip_ranges. Use CIDR blocks such as 192.0.2.0/24, "
                "with no bit set behind the prefix."
            )


def _domain_problems(domain: Domain, *, behind_cloudfront: bool) -> Iterator[str]:
    if not _NAME.fullmatch(domain.name):
        yield f"Invalid domain name '{domain.name}'. Use one such as files.example.com."
    certificate = _CERTIFICATE.fullmatch(domain.certificate_arn)
    if certificate is None:
        yield (
            f"Invalid certificate_arn '{domain.certificate_arn}'. Use the ARN of a certificate in "
            "Certificate Manager."
        )
    elif behind_cloudfront and certificate[1] != CLOUDFRONT_REGION:
        yield (
            f"The domain's certificate is in {certificate[1]}. With a front door CloudFront has "
            f"it, which takes certificates of {CLOUDFRONT_REGION} only."
        )
    if (domain.zone_id is None) != (domain.zone_name is None):
        yield "A domain has both zone_id and zone_name, or neither."
    elif domain.zone_name is not None and not f".{domain.name}".endswith(f".{domain.zone_name}"):
        yield f"The domain '{domain.name}' is not in the zone '{domain.zone_name}'."

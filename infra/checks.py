"""Checks a stage's settings."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from infra.api_settings import api_problems

if TYPE_CHECKING:
    from infra.stages import Stage

# A choice of CloudWatch's retention periods.
LOG_DAYS = (1, 7, 14, 30, 90, 180, 365)
PURPOSES = ("batch", "batch-output", "fine-tune")

# Least and most; limits for requests have no most, since AWS raises them on request.
# https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html
# https://docs.aws.amazon.com/lambda/latest/dg/with-ddb-create.html
_BOUNDS: dict[str, tuple[int, int | None]] = {
    "authorizer_cache_seconds": (0, 3600),
    "requests_per_second": (1, None),
    "burst": (1, None),
    "reap_after_seconds": (0, 300),
    # An alarm looks back a week at most, hour by hour.
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
    "quiet_hours": (1, 168),
    # https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_RollbackConfiguration.html
    "rollback_minutes": (0, 180),
}

# As browsers write it, which is compared letter by letter: https://url.spec.whatwg.org/#origin
_ORIGIN = (
    r"(?!http:.*:80$|https:.*:443$)"
    r"https?://([a-z0-9_-]+(\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\])(:[1-9][0-9]{0,4})?"
)
_EMAIL = r"[^@\s]+@[^@\s]+"
_KEY_ARN = r"arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key/[A-Za-z0-9-]+"
_POLICY_ARN = r"arn:aws[a-z-]*:iam::(\d{12}|aws):policy/\S+"
# The characters that every service takes in tags.
# https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html
_TAG = r"[A-Za-z0-9 _.:/=+@-]"
_TAG_NAME = _TAG + "{1,128}"
_TAG_VALUE = _TAG + "{0,256}"


def complaints(stage: "Stage") -> Iterator[str]:
    """What is wrong with a stage's settings, each in a line that names the setting."""
    # CloudFormation takes 128 characters; S3 cuts a generated bucket name's prefix short.
    if not re.fullmatch(r"[a-z][a-z0-9-]{0,30}[a-z0-9]", stage.deployment):
        yield (
            f"Invalid deployment '{stage.deployment}'. Use 2 to 32 lower-case letters, digits and "
            "hyphens, beginning with a letter and not ending with a hyphen."
        )
    if stage.log_days not in LOG_DAYS:
        yield f"log_days may be one of: {', '.join(map(str, LOG_DAYS))}."
    for name, (least, most) in _BOUNDS.items():
        value = getattr(stage, name)
        if value is not None and not least <= value <= (most or value):
            yield (
                f"{name} may be {least} to {most}." if most else f"{name} must be at least {least}."
            )
    yield from _wrong_limits(stage)
    yield from api_problems(
        owner_rate=stage.owner_rate,
        authorizer_reserved=stage.authorizer_reserved,
        firewall=stage.firewall,
        domain=stage.domain,
        allowed_ip_ranges=stage.allowed_ip_ranges,
        behind_cloudfront=stage.front_door is not None,
    )
    yield from _wrong_words(stage)
    yield from _wrong_tags(stage)


def _wrong_limits(stage: "Stage") -> Iterator[str]:
    limits = stage.limits
    for name in type(limits).__dataclass_fields__:
        value = getattr(limits, name)
        if isinstance(value, int) and value < 1:
            yield f"{name} must be at least 1."
    for purpose, most in limits.purpose_bytes.items():
        if purpose not in PURPOSES:
            yield f"purpose_bytes has no purpose '{purpose}'. Use one of: {', '.join(PURPOSES)}."
        elif most < 1:
            yield f"purpose_bytes of '{purpose}' must be at least 1."


def _wrong_words(stage: "Stage") -> Iterator[str]:
    for origin in stage.cors_origins:
        if not re.fullmatch(_ORIGIN, origin):
            yield (
                f"cors_origins: '{origin}' is no origin as browsers write it. Use such as "
                "'https://app.example.com' or 'http://localhost:3000': in lower case, without a "
                "wildcard, a path, or the port that the scheme has by itself."
            )
    if stage.alarm_email is not None and not re.fullmatch(_EMAIL, stage.alarm_email):
        yield f"alarm_email: '{stage.alarm_email}' is no address. Use such as 'ops@example.com'."
    if stage.kms_key_arn is not None and not re.fullmatch(_KEY_ARN, stage.kms_key_arn):
        yield (
            f"kms_key_arn: '{stage.kms_key_arn}' is no key's ARN. "
            "Use such as 'arn:aws:kms:eu-central-1:111122223333:key/1234abcd-…', and no alias."
        )
    boundary = stage.permissions_boundary
    if boundary is not None and not re.fullmatch(_POLICY_ARN, boundary):
        yield (
            f"permissions_boundary: '{boundary}' is no policy's ARN. "
            "Use such as 'arn:aws:iam::111122223333:policy/Boundary'."
        )


def _wrong_tags(stage: "Stage") -> Iterator[str]:
    for name, value in stage.tags.items():
        if not (re.fullmatch(_TAG_NAME, name) and re.fullmatch(_TAG_VALUE, value)):
            yield (
                f"tags: '{name}' = '{value}' is no tag. Use letters, digits, spaces and _.:/=+@-, "
                "at most 128 in a name and 256 in a value."
            )
        elif name.lower().startswith(("aws:", "larder:")):
            yield f"tags: '{name}' may not begin with 'aws:' or 'larder:', which have owners."

"""The stages that can be deployed, and everything in which they differ."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from types import MappingProxyType

from infra.api_settings import Domain, Firewall, OwnerRate, api_problems
from infra.bundle import LAMBDA, Target, host
from infra.front_door_settings import PROGRAM_MIB, REQUEST_MIB, FrontDoor

MIB = 2**20
GIB = 2**30
LOCAL_PORT = 4580  # the base URL's on this machine; the emulator takes the port after it

# Lambda takes an event of 6 MiB, in which a form is base64 and has room for its other fields.
# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
MOST_INLINE_BYTES = 44 * MIB // 10
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
LEAST_PART_BYTES = 5 * MIB
MOST_PARTS = 10_000
# The lifecycle rules spare one day: S3 dates an object from when its upload began.
MOST_UPLOAD_SECONDS = 24 * 3600
# A request to the front door reserves as an upload session without a part does, which ends then.
MOST_REQUEST_SECONDS = 3600
# An alarm looks back a week at most, hour by hour.
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
MOST_QUIET_HOURS = 168


class StageError(ValueError):
    """The app was asked for a stage that there is not, or with a value of the wrong form."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What users may store, in bytes and seconds; every function is given them as JSON.

    `inline_bytes` is what one request may carry, `part_bytes` the least size of a presigned
    part, and `upload_seconds` how long an upload session with parts lasts. An owner may have so
    many files and so many pending uploads, each with so many parts that came through the API. Of
    the files, those that were pending uploads when the owner had the most may be more.
    """

    file_bytes: int = 512 * MIB
    purpose_bytes: Mapping[str, int] = field(
        default_factory=lambda: MappingProxyType({"batch": 200 * MIB})
    )
    quota_bytes: int = 2 * GIB
    inline_bytes: int = 4 * MIB
    part_bytes: int = 8 * MIB
    upload_seconds: int = 24 * 3600
    upload_purposes: tuple[str, ...] = ("batch",)
    files_per_owner: int = 1_000_000
    uploads_per_owner: int = 1_000
    parts_per_upload: int = MOST_PARTS


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One stage's settings.

    Args:
        name: Part of the stacks' names, `<deployment>-<name>-data`, `-api` and `-front-door`.
        deployment: Tells two deployments in one account apart.
        limits: What users may store.
        target: The Python and the platform that the functions run on.
        retain: Keep tables and bucket when their stack is deleted, and refuse to delete them.
        log_days: How long every log is kept; one of the periods that CloudWatch has, such as
            1, 14, 30, 90 or 365.
        tracing: Have API Gateway send traces to X-Ray.
        account_logging: Set the account's and region's one role with which API Gateway writes
            logs. Without such a role it refuses to log, so only an account that already has
            one says False.
        authorizer_cache_seconds: How long a revoked key may still be let in; at most 3600.
        requests_per_second: What all clients together may ask of one endpoint before API Gateway
            answers 429; the account's own limit is over all.
        burst: The requests that may come at once above that rate.
        owner_rate: What one owner may ask of all endpoints together; without it nothing keeps one
            from taking what there is for all.
        authorizer_reserved: How many at once of the account's concurrent functions are kept for
            the authorizer, which may not run more.
        firewall: A web ACL that bounds what one address may ask.
        detailed_metrics: Have metrics for each endpoint, which are billed as custom metrics.
        domain: The API's own name, or the front door's; without it the URL is AWS's.
        allowed_ip_ranges: From where alone the API and presigned URLs may be used; all if empty.
        cors_origins: Web pages that may send parts straight to the bucket.
        reap_after_seconds: How long removals are gathered into one batch; at most 300.
        alarm_email: Who is told of alarms; without it they only show in CloudWatch.
        quiet_hours: After so many hours without a request there is an alarm, at most 168; without
            it there is none.
        dashboard: Have a page of CloudWatch for it; an account has three for nothing.
        front_door: The streaming way in, for what API Gateway and Lambda do not take; without
            it nothing costs anything at idle.
        local_port: Where the emulator listens on this machine, for the stage that runs on it.

    Raises:
        StageError: A limit is beyond what AWS or the bucket's lifecycle bears, or the front door's
            numbers do not fit together.
    """

    name: str
    deployment: str = "larder"
    limits: Limits = Limits()
    target: Target = LAMBDA
    retain: bool = True
    log_days: int = 90
    tracing: bool = True
    account_logging: bool = True
    authorizer_cache_seconds: int = 60
    requests_per_second: int = 200
    burst: int = 400
    owner_rate: OwnerRate | None = None
    authorizer_reserved: int | None = None
    firewall: Firewall | None = None
    detailed_metrics: bool = False
    domain: Domain | None = None
    allowed_ip_ranges: tuple[str, ...] = ()
    cors_origins: tuple[str, ...] = ()
    reap_after_seconds: int = 5
    alarm_email: str | None = None
    quiet_hours: int | None = None
    dashboard: bool = True
    front_door: FrontDoor | None = None
    local_port: int | None = None

    def __post_init__(self) -> None:
        if self.limits.inline_bytes > MOST_INLINE_BYTES:
            raise StageError(f"inline_bytes may be at most {MOST_INLINE_BYTES}.")
        if self.limits.part_bytes < LEAST_PART_BYTES:
            raise StageError(f"part_bytes must be at least {LEAST_PART_BYTES}.")
        if self.limits.upload_seconds > MOST_UPLOAD_SECONDS:
            raise StageError(f"upload_seconds may be at most {MOST_UPLOAD_SECONDS}.")
        if not {"batch", "fine-tune"}.issuperset(self.limits.upload_purposes):
            raise StageError("upload_purposes may be 'batch' and 'fine-tune'.")
        if self.limits.parts_per_upload > MOST_PARTS:
            raise StageError(f"parts_per_upload may be at most {MOST_PARTS}.")
        if self.quiet_hours is not None and not 1 <= self.quiet_hours <= MOST_QUIET_HOURS:
            raise StageError(f"quiet_hours may be 1 to {MOST_QUIET_HOURS}.")
        if self.front_door is not None:
            _check(self.front_door)
        for problem in api_problems(
            owner_rate=self.owner_rate,
            authorizer_reserved=self.authorizer_reserved,
            firewall=self.firewall,
            domain=self.domain,
            allowed_ip_ranges=self.allowed_ip_ranges,
            behind_cloudfront=self.front_door is not None,
        ):
            raise StageError(problem)

    @property
    def prefix(self) -> str:
        """What the names of this deployment's stacks begin with."""
        return f"{self.deployment}-{self.name}"


STAGES: Mapping[str, Stage] = MappingProxyType(
    {
        stage.name: stage
        for stage in (
            Stage(
                name="local",
                target=host(),
                retain=False,
                log_days=1,
                tracing=False,
                account_logging=False,
                requests_per_second=10_000,
                burst=5_000,
                cors_origins=("http://localhost:3000",),
                reap_after_seconds=0,
                dashboard=False,
                local_port=LOCAL_PORT + 1,
            ),
            Stage(name="dev", log_days=14, cors_origins=("http://localhost:3000",)),
            Stage(name="prod"),
        )
    }
)


def find_stage(
    name: str | None,
    *,
    deployment: str | None = None,
    port: str | int | None = None,
    front_door: str | bool | None = None,
) -> Stage:
    """Look a stage up and put the caller's settings into it.

    Args:
        name: One of STAGES.
        deployment: Begins the stacks' names; lower-case letters, digits and hyphens.
        port: Where the emulator listens; only the local stage has one.
        front_door: Whether there is one, in place of what the stage says.

    Raises:
        StageError: There is no such stage (the message names those that there are), or the
            deployment's name, the port or `front_door` is malformed.
    """
    if name is None or name not in STAGES:
        allowed = ", ".join(STAGES)
        asked = f"Unknown stage '{name}'." if name else "No stage given."
        raise StageError(f"{asked} Choose one with -c stage=NAME, NAME being one of: {allowed}.")
    stage = STAGES[name]
    if deployment is not None:
        stage = replace(stage, deployment=_deployment(deployment))
    if stage.local_port is not None and port is not None:
        stage = replace(stage, local_port=_port(port))
    if front_door is not None:
        stage = replace(stage, front_door=_front_door(stage, front_door))
    return stage


def limits_as_settings(limits: Limits) -> dict[str, object]:
    """The limits as plain values, ready for JSON."""
    return {
        **asdict(replace(limits, purpose_bytes={})),
        "purpose_bytes": dict(limits.purpose_bytes),
    }


def _deployment(name: str) -> str:
    # CloudFormation takes 128 characters; S3 cuts a generated bucket name's prefix short.
    if not re.fullmatch(r"[a-z][a-z0-9-]{0,30}[a-z0-9]", name):
        raise StageError(
            f"Invalid deployment '{name}'. Use 2 to 32 lower-case letters, digits and hyphens, "
            "beginning with a letter and not ending with a hyphen."
        )
    return name


def _port(port: str | int) -> int:
    text = str(port)
    if not (text.isdecimal() and 1 <= int(text) <= 65535):
        raise StageError(f"Invalid port '{port}'. Use a number from 1 to 65535.")
    return int(text)


def _check(front_door: FrontDoor) -> None:
    if not 1 <= front_door.request_seconds <= MOST_REQUEST_SECONDS:
        raise StageError(f"request_seconds may be 1 to {MOST_REQUEST_SECONDS}.")
    room = (front_door.memory_mib - PROGRAM_MIB) // REQUEST_MIB
    if not 1 <= front_door.requests_at_once <= room:
        raise StageError(f"requests_at_once may be 1 to {room}, for which memory_mib has room.")
    if not 1 <= front_door.least_tasks <= front_door.most_tasks:
        raise StageError(f"least_tasks may be 1 to {front_door.most_tasks}, which most_tasks is.")
    if len(front_door.zones) not in (0, 2):
        raise StageError("zones may be two, or none.")


def _front_door(stage: Stage, wanted: str | bool) -> FrontDoor | None:
    text = str(wanted).lower() if isinstance(wanted, bool) else wanted
    if text not in ("true", "false"):
        raise StageError(f"Invalid front_door '{wanted}'. Use true or false.")
    if text == "false":
        return None
    if stage.local_port is not None:
        raise StageError(f"Stage '{stage.name}' has its front door on this machine: `make run`.")
    return stage.front_door or FrontDoor()

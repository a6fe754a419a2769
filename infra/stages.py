"""The stages that can be deployed, with all their settings."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from types import MappingProxyType

from infra.api_settings import Domain, Firewall, OwnerRate
from infra.bundle import LAMBDA, Target, host
from infra.checks import complaints
from infra.front_door_settings import PROGRAM_MIB, REQUEST_MIB, FrontDoor

MIB = 2**20
GIB = 2**30
LOCAL_PORT = 4580  # of the base URL on this machine; the emulator uses the next port

# Lambda's event may have 6 MiB, in which the form is base64 and needs room for its other fields.
# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
MOST_INLINE_BYTES = 44 * MIB // 10
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
LEAST_PART_BYTES = 5 * MIB
MOST_PARTS = 10_000
# The lifecycle rules wait one more day, since an object's age begins with its upload.
MOST_UPLOAD_SECONDS = 24 * 3600
# A form at the front door has an upload session without parts, which lasts that much longer.
MOST_REQUEST_SECONDS = 3600
SPARE_SECONDS = 60


class StageError(ValueError):
    """There is no such stage, or a setting is malformed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What users may store, in bytes and seconds; every function is given them as JSON.

    Args:
        file_bytes: The largest file.
        purpose_bytes: The largest file of a purpose, where it is less.
        quota_bytes: What an owner may store in all, unless its key says otherwise.
        inline_bytes: What one request may carry through API Gateway.
        part_bytes: The least size of a presigned part.
        upload_seconds: How long an upload session with parts lasts.
        upload_purposes: The purposes that users may upload with: "batch" and "fine-tune".
        files_per_owner: How many files an owner may have. Those that were pending uploads when
            the owner had the most may be more.
        uploads_per_owner: How many pending uploads an owner may have.
        parts_per_upload: How many parts of one upload may come through the API.
        batch_requests: How many requests a batch may have: told to clients, which count them before
            they upload; the service does not look into files. Without it, any number.
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
    batch_requests: int | None = 50_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One stage's settings.

    Args:
        name: Part of the stacks' names, `<deployment>-<name>-data`, `-api` and `-front-door`.
        deployment: Tells two deployments in one account apart.
        limits: What users may store.
        target: The Python and the platform that the functions run on.
        retain: Keep tables and bucket when their stack is deleted, and refuse to delete them.
        log_days: How long every log is kept: 1, 7, 14, 30, 90, 180 or 365 days.
        tracing: Have API Gateway send traces to X-Ray.
        account_logging: Set the account's and region's one role with which API Gateway writes
            logs. Without such a role it refuses to log, so only an account that already has
            one may do without.
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
        console: Serve a page for people at /console, which asks for a key.
        cors_origins: Web pages of other origins that may use the API, and the bucket by its URLs:
            exact ones, such as "https://app.example.com".
        reap_after_seconds: How long removals are gathered into one batch; at most 300.
        alarm_email: Who is told of alarms; without it they only show in CloudWatch.
        quiet_hours: After so many hours without a request there is an alarm, at most 168; without
            it there is none.
        function_alarms: Have alarms for functions that fail or are throttled, which cost 3 USD a
            month; the API's own alarms tell that something is wrong without them.
        rollback_minutes: Have CloudFormation undo a deployment of the API at an alarm that tells of
            a bad version, meanwhile and for so many minutes after, which each deployment then
            takes longer; at most 180. The first one with it only arranges that; without it nothing
            is undone. Not yet tried on AWS.
        dashboard: Have a page of CloudWatch for it, which costs 3 USD a month.
        front_door: The streaming way in, for what API Gateway and Lambda do not take; without
            it nothing costs anything at idle.
        tags: Tags of every resource, such as those that costs are told apart by; with
            `larder:deployment` and `larder:stage`, which are always there.
        permissions_boundary: The ARN of a policy that every role is bounded by.
        kms_key_arn: A key of the team's that encrypts both tables and the files' bucket, instead
            of keys of AWS's own that cost nothing. Its policy must let IAM decide.
        protect: Refuse to delete what is retained. A first deployment that fails can only be
            undone without, so `make deploy` protects once it has succeeded.
        local_port: Where the emulator listens on this machine, for the stage that runs on it.

    Raises:
        StageError: A setting is beyond what AWS or the bucket's lifecycle bears, or the front
            door's numbers do not fit together.
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
    console: bool = True
    cors_origins: tuple[str, ...] = ()
    reap_after_seconds: int = 5
    alarm_email: str | None = None
    quiet_hours: int | None = None
    function_alarms: bool = True
    rollback_minutes: int | None = None
    dashboard: bool = True
    front_door: FrontDoor | None = None
    tags: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    permissions_boundary: str | None = None
    kms_key_arn: str | None = None
    protect: bool = True
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
        for complaint in complaints(self):
            raise StageError(complaint)
        if self.front_door is not None:
            _check(self.front_door, self.limits)

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
                function_alarms=False,  # the emulator knows no sums of metrics
                dashboard=False,
                local_port=LOCAL_PORT + 1,
            ),
            Stage(name="dev", retain=False, log_days=14, cors_origins=("http://localhost:3000",)),
            Stage(name="prod"),
        )
    }
)


def limits_as_settings(limits: Limits) -> dict[str, object]:
    """The limits as plain values, ready for JSON."""
    return {
        **asdict(replace(limits, purpose_bytes={})),
        "purpose_bytes": dict(limits.purpose_bytes),
    }


def cors_settings(origins: Sequence[str]) -> dict[str, str]:
    """The CORS settings of the functions and the front door, empty without origins."""
    return {"CORS_ORIGINS": " ".join(origins)} if origins else {}


def _check(front_door: FrontDoor, limits: Limits) -> None:
    if not 1 <= front_door.request_seconds <= MOST_REQUEST_SECONDS:
        raise StageError(f"request_seconds may be 1 to {MOST_REQUEST_SECONDS}.")
    # A form has a session, which must not end first.
    least = front_door.request_seconds + SPARE_SECONDS
    if limits.upload_seconds < least:
        raise StageError(
            f"upload_seconds must be at least {least}, a minute more than request_seconds."
        )
    room = (front_door.memory_mib - PROGRAM_MIB) // REQUEST_MIB
    if not 1 <= front_door.requests_at_once <= room:
        raise StageError(f"requests_at_once may be 1 to {room}, for which memory_mib has room.")
    if not 1 <= front_door.least_tasks <= front_door.most_tasks:
        raise StageError(f"least_tasks may be 1 to {front_door.most_tasks}, which most_tasks is.")
    if len(front_door.zones) not in (0, 2):
        raise StageError("zones may be two, or none.")

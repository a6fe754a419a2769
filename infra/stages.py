"""The stages that can be deployed, and everything in which they differ."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from types import MappingProxyType

from infra.bundle import LAMBDA, Target, host

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
class FrontDoor:
    """The streaming way in: what one task bears, and how many there are.

    A client that moves fewer than `window_bytes` within `window_seconds` is cut off, and so is
    whatever lasts longer than `request_seconds`. A request holds up to 16 MiB, so a task of
    `memory_mib` takes `requests_at_once`.
    """

    requests_at_once: int = 32
    window_seconds: int = 60
    window_bytes: int = 256 * 1024
    request_seconds: int = 3600
    cpu: int = 512
    memory_mib: int = 1024
    least_tasks: int = 1
    most_tasks: int = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One stage's settings.

    Args:
        name: Part of the stacks' names, `<deployment>-<name>-data` and `-api`.
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
        cors_origins: Web pages that may send parts straight to the bucket.
        reap_after_seconds: How long removals are gathered into one batch; at most 300.
        alarm_email: Who is told of alarms; without it they only show in CloudWatch.
        front_door: The streaming way in, for what API Gateway and Lambda do not take; without
            it nothing costs anything at idle.
        local_port: Where the emulator listens on this machine, for the stage that runs on it.

    Raises:
        StageError: A limit is beyond what AWS or the bucket's lifecycle bears.
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
    cors_origins: tuple[str, ...] = ()
    reap_after_seconds: int = 5
    alarm_email: str | None = None
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
                local_port=LOCAL_PORT + 1,
            ),
            Stage(name="dev", log_days=14, cors_origins=("http://localhost:3000",)),
            Stage(name="prod"),
        )
    }
)


def find_stage(
    name: str | None, *, deployment: str | None = None, port: str | int | None = None
) -> Stage:
    """Look a stage up and put the caller's settings into it.

    Args:
        name: One of STAGES.
        deployment: Begins the stacks' names; lower-case letters, digits and hyphens.
        port: Where the emulator listens; only the local stage has one.

    Raises:
        StageError: There is no such stage (the message names those that there are), or the
            deployment's name or the port is malformed.
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


def front_door_as_settings(front_door: FrontDoor) -> dict[str, int]:
    """What the front door's program is told of itself, ready for JSON."""
    return {
        "requests_at_once": front_door.requests_at_once,
        "window_seconds": front_door.window_seconds,
        "window_bytes": front_door.window_bytes,
        "request_seconds": front_door.request_seconds,
    }

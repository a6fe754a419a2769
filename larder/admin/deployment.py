"""Finds a deployment's tables and bucket by the outputs of its data stack."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from larder.errors import LarderError, MissingPackageError, UsageError

if TYPE_CHECKING:
    import botocore.session
    from boto3.session import Session


# As the CDK command looks for them, so that what it deployed is found; boto3 has other orders.
# https://github.com/aws/aws-cdk-cli/blob/main/packages/@aws-cdk/toolkit-lib/lib/api/aws-auth/awscli-compatible.ts
_REGION = ("AWS_REGION", "AMAZON_REGION", "AWS_DEFAULT_REGION", "AMAZON_DEFAULT_REGION")
_PROFILE = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE")

# A line for a person; an answer that AWS did not give may have any length.
_MOST_MESSAGE = 1000


class AwsError(LarderError):
    """AWS refused or could not be asked."""


@dataclass(frozen=True)
class Deployment:
    """The stateful things of one deployed stage."""

    stage: str
    session: "Session"
    catalog_table: str
    api_keys_table: str
    content_bucket: str


def find_deployment(deployment: str, stage: str) -> Deployment:
    """The deployment whose data stack is `<deployment>-<stage>-data` in the session's region.

    Raises AwsError when there is no such stack, and UsageError without boto3 or a region.
    """
    stack_name = f"{deployment}-{stage}-data"
    session = _session()
    with translated_errors(), _missing_stack(stack_name, session):
        answer = session.client("cloudformation").describe_stacks(StackName=stack_name)
        outputs = {
            output["OutputKey"]: output["OutputValue"]
            for output in answer["Stacks"][0].get("Outputs", [])
        }
    try:
        return Deployment(
            stage,
            session,
            outputs["CatalogTable"],
            outputs["ApiKeysTable"],
            outputs["ContentBucket"],
        )
    except KeyError as error:
        raise AwsError(
            f"stack {stack_name} has no output {error.args[0]}: is it a Larder deployment?"
        ) from None


def _session() -> "Session":
    try:
        import boto3
        import botocore.session
    except ModuleNotFoundError:
        raise MissingPackageError(
            "`larder admin` needs the package boto3: pip install 'larder-files[admin]'"
        ) from None
    _strip_settings()
    with translated_errors():
        core = botocore.session.Session(session_vars={"profile": (None, [*_PROFILE], None, None)})
        region = _region(core)
        if not region:
            # The CDK command then asks EC2, or takes us-east-1 without a word.
            raise UsageError(
                "no AWS region: set AWS_REGION, or AWS_PROFILE to one that has a region"
            )
        return boto3.Session(botocore_session=core, region_name=region)


def _region(core: "botocore.session.Session") -> str | None:
    """The region that the CDK command deploys to, if anything names one."""
    profiles = core.full_config.get("profiles", {})
    named = [os.environ.get(name) for name in _REGION]
    named += [core.get_scoped_config().get("region"), profiles.get("default", {}).get("region")]
    return next(filter(None, named), None)


def _strip_settings() -> None:
    """Takes white space off the ends of AWS's settings, such as a line end that came with a key.

    One that is empty then is none, as the CDK command has it.
    """
    for name, value in list(os.environ.items()):
        if name.startswith(("AWS_", "AMAZON_")):
            del os.environ[name]
            if value.strip():
                os.environ[name] = value.strip()


@contextmanager
def _missing_stack(stack_name: str, session: "Session") -> Iterator[None]:
    """Turns CloudFormation's answer for an unknown stack into one that says what to do."""
    from botocore.exceptions import ClientError

    try:
        yield
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") != "ValidationError":
            raise
        place = f"{session.region_name}{_of_account(session)}"
        # As in a shell in which the lines of `make run` were pasted.
        if endpoint := os.environ.get("AWS_ENDPOINT_URL"):
            place += f" at {endpoint}, which AWS_ENDPOINT_URL names"
        raise AwsError(
            f"no stack {stack_name} in {place}: deploy it, "
            "or name another --stage, --deployment, region or profile"
        ) from None


def _of_account(session: "Session") -> str:
    """Whose account was searched, where AWS tells: its answer only makes a message better."""
    from botocore.config import Config

    impatient = Config(connect_timeout=3, read_timeout=3, retries={"total_max_attempts": 1})
    try:
        with translated_errors():
            answer = session.client("sts", config=impatient).get_caller_identity()
            return f" of account {int(answer['Account']):012}"
    except AwsError:
        return ""


@contextmanager
def translated_errors() -> Iterator[None]:
    """Turns everything that boto3 raises into an AwsError of one line."""
    from botocore.exceptions import BotoCoreError, ClientError
    from botocore.parsers import ResponseParserError

    try:
        yield
    except ClientError as error:
        message = str(error.response.get("Error", {}).get("Message") or error)
        refusal = f"AWS refused {error.operation_name}: {message[:_MOST_MESSAGE]}"
        raise AwsError(refusal) from error
    except (BotoCoreError, ValueError) as error:  # the latter for a setting such as an endpoint
        if "Invalid header value" in str(error):  # which has the credentials in it
            raise AwsError(
                "AWS could not be asked: the credentials have characters that none can have"
            ) from None
        raise AwsError(f"AWS could not be asked: {error}") from error
    except (ResponseParserError, LookupError, TypeError, AttributeError, RecursionError) as error:
        # Somebody else answered, such as a proxy: boto3 passes on what it finds.
        raise AwsError("AWS could not be asked: what answered is no AWS") from error

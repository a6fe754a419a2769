"""Finds a deployment's tables and bucket by the outputs of its data stack."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from larder.errors import LarderError, UsageError

if TYPE_CHECKING:
    from boto3.session import Session


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
    with translated_errors(), _missing_stack(stack_name, session.region_name):
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
    except ModuleNotFoundError:
        raise UsageError("`larder admin` needs the package boto3: pip install boto3") from None
    _strip_settings()
    with translated_errors():
        session = boto3.Session()
        if not session.region_name:  # the CDK and the other SDKs read this one, boto3 does not
            session = boto3.Session(region_name=os.environ.get("AWS_REGION"))
    if not session.region_name:
        raise UsageError("no AWS region: set AWS_REGION or AWS_PROFILE")
    return session


def _strip_settings() -> None:
    """Takes white space off the ends of AWS's settings, such as a line end that came with a key."""
    for name, value in os.environ.items():
        if name.startswith("AWS_") and value != value.strip():
            os.environ[name] = value.strip()


@contextmanager
def _missing_stack(stack_name: str, region: str) -> Iterator[None]:
    """Turns CloudFormation's answer for an unknown stack into one that says what to do."""
    from botocore.exceptions import ClientError

    try:
        yield
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") != "ValidationError":
            raise
        # As in a shell in which the lines of `make run` were pasted.
        endpoint = os.environ.get("AWS_ENDPOINT_URL")
        where = f"{region} at {endpoint}, which AWS_ENDPOINT_URL names" if endpoint else region
        raise AwsError(
            f"no stack {stack_name} in {where}: deploy it, "
            "or name another --stage, --deployment or region"
        ) from None


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

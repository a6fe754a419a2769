"""The account and region that are deployed to, as the CDK finds them."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from infra.operation.errors import OperationError

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_s3 import S3Client

# In the order in which the CDK asks; boto3 knows only one of them.
_REGIONS = ("AWS_REGION", "AMAZON_REGION", "AWS_DEFAULT_REGION", "AMAZON_DEFAULT_REGION")


class CloudWatchClient(Protocol):
    """What is asked of CloudWatch."""

    def describe_alarms(
        self,
        *,
        AlarmNames: Sequence[str],  # noqa: N803 - boto3's own names
        AlarmTypes: Sequence[str],  # noqa: N803
    ) -> Mapping[str, Any]:
        """The alarms of some names that there are, and their states."""


@dataclass(frozen=True, slots=True)
class Account:
    """Whom to ask.

    Args:
        region: Where the stacks are.
        cloudformation: What there is.
        s3: What is in the buckets.
        cloudwatch: Which alarms are raised.
    """

    region: str
    cloudformation: "CloudFormationClient"
    s3: "S3Client"
    cloudwatch: CloudWatchClient


def find_account(environment: Mapping[str, str] = os.environ) -> Account:
    """Whom the environment names; nobody is asked yet."""
    named = (environment[name] for name in _REGIONS if environment.get(name))
    with plain_errors():
        session = boto3.Session(region_name=next(named, None))
        region = session.region_name or "us-east-1"  # the CDK's own last resort
        return Account(
            region,
            session.client("cloudformation", region_name=region),
            session.client("s3", region_name=region),
            session.client("cloudwatch", region_name=region),
        )


@contextmanager
def plain_errors() -> Iterator[None]:
    """Turn what boto3 raises into a line for a person."""
    try:
        yield
    except ClientError as error:
        message = error.response.get("Error", {}).get("Message", str(error))
        raise OperationError(f"AWS refused {error.operation_name}: {message}") from error
    except BotoCoreError as error:
        raise OperationError(f"AWS could not be asked: {error}") from error

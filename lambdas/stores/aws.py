"""The AWS clients that a function asks for, on one botocore session, and no others.

botocore rather than boto3 and its resources: a cold start pays for every import.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.session import Session, get_session

from lambdas.core.errors import Busy, CatalogFull, Unavailable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient
    from mypy_boto3_s3.client import S3Client

# API Gateway gives up after 29 s, so three attempts must end well before.
# https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
_DYNAMODB = Config(
    connect_timeout=2, read_timeout=4, retries={"mode": "standard", "total_max_attempts": 3}
)
# Who waits for a key to be looked up has not even begun. Two attempts with the pause in between,
# at most a second, end within five.
# https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
_KEYS = Config(
    connect_timeout=0.9, read_timeout=1, retries={"mode": "standard", "total_max_attempts": 2}
)
# A call that finds them all taken opens one of its own and throws it away afterwards.
S3_CONNECTIONS = 36
_S3 = Config(
    connect_timeout=2,
    read_timeout=8,
    retries={"mode": "standard", "total_max_attempts": 3},
    # Without a checksum of ours S3 computes CRC64NVME over the whole object and returns it; the
    # signature holds the body's SHA-256, so nothing is left unchecked on the way.
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
    request_checksum_calculation="when_required",
    response_checksum_validation="when_required",
)

_THROTTLED = frozenset(
    {
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "SlowDown",
        "ThrottlingError",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)

# What one owner's items are in a table that has local indexes: at most 10 GB.
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LSI.html#LSI.ItemCollections.SizeLimit
_FULL = "ItemCollectionSizeLimitExceededException"


@cache
def session() -> Session:
    """Return the one session of this process."""
    return get_session()


@cache
def dynamodb() -> "DynamoDBClient":
    """Return the DynamoDB client."""
    client: Any = session().create_client("dynamodb", config=_DYNAMODB)
    return cast("DynamoDBClient", client)


@cache
def dynamodb_of_keys() -> "DynamoDBClient":
    """Return the DynamoDB client that API keys are looked up with, which gives up sooner."""
    client: Any = session().create_client("dynamodb", config=_KEYS)
    return cast("DynamoDBClient", client)


@cache
def s3(*, signs_content: bool = True, connections: int = S3_CONNECTIONS) -> "S3Client":
    """Return the S3 client, for what moves bytes, so many calls at once.

    One that does not sign content spares a SHA-256 of all of it, which takes ten times as long as
    a CRC64NVME: only for whoever sends such a checksum along, which is signed and S3 compares.
    """
    config = _S3.merge(Config(max_pool_connections=connections))
    if not signs_content:
        config = config.merge(Config(s3={"payload_signing_enabled": False}))
    client: Any = session().create_client("s3", config=config)
    return cast("S3Client", client)


def error_code(error: ClientError) -> str:
    """Return AWS's name of an error."""
    return str(error.response.get("Error", {}).get("Code", ""))


def was_sent_before(error: ClientError) -> bool:
    """Tell whether botocore has sent the call before, and perhaps lost the answer."""
    return bool(error.response.get("ResponseMetadata", {}).get("RetryAttempts"))


@contextmanager
def translated() -> Iterator[None]:
    """Raise Busy or Unavailable for what AWS answers when it is not well, CatalogFull when full.

    Busy and CatalogFull say that nothing was done. botocore sends a call again when an answer is
    lost, and only the last answer is seen here, so after any such retry the outcome counts as
    unknown.
    """
    try:
        yield
    except ClientError as error:
        is_refusal = error_code(error) in _THROTTLED or error_code(error) == _FULL
        if is_refusal and not was_sent_before(error):
            raise (CatalogFull if error_code(error) == _FULL else Busy) from error
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 500)
        if is_refusal or status >= 500:
            raise Unavailable from error
        raise
    except BotoCoreError as error:
        raise Unavailable from error

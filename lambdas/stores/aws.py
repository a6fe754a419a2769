"""The AWS clients of the functions, each made when it is first used, on one botocore session.

botocore rather than boto3, since a cold start pays for every import.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, cast

from botocore import __version__ as botocore_version
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.handlers import BUILTIN_HANDLERS, REGISTER_FIRST
from botocore.session import Session

from lambdas.core.errors import Busy, CatalogFull, Unavailable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient
    from mypy_boto3_s3.client import S3Client

# CloudTrail shows it. botocore's own is put together anew twice a call, which takes a fifth of one.
_USER_AGENT = f"Larder botocore/{botocore_version}"
# API Gateway gives up after 29 s, so three attempts must end well before.
# https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
_DYNAMODB = Config(
    connect_timeout=2,
    read_timeout=4,
    retries={"mode": "standard", "total_max_attempts": 3},
    user_agent=_USER_AGENT,
)
# Every request waits for its key's look-up. Two attempts, with a pause of at most a second between
# them, end within five seconds.
# https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
_KEYS = Config(
    connect_timeout=0.9,
    read_timeout=1,
    retries={"mode": "standard", "total_max_attempts": 2},
    user_agent=_USER_AGENT,
)
# A call that finds no free connection opens another, and closes it afterwards.
S3_CONNECTIONS = 36
_S3 = Config(
    connect_timeout=2,
    read_timeout=8,
    retries={"mode": "standard", "total_max_attempts": 3},
    user_agent=_USER_AGENT,
    # If the request has no checksum, S3 computes CRC64NVME over the whole object and returns it.
    # The body is still verified on its way: the signature holds its SHA-256.
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

# What S3 answers when content came to it late, cut or altered, and nothing of it was stored.
# https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
_DAMAGED = frozenset(
    {
        "BadDigest",
        "IncompleteBody",
        "RequestTimeout",
        "XAmzContentChecksumMismatch",
        "XAmzContentSHA256Mismatch",
    }
)

# The error of an owner with 10 GB of items, the most in a table with local indexes.
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LSI.html#LSI.ItemCollections.SizeLimit
_FULL = "ItemCollectionSizeLimitExceededException"

_SERVICES = frozenset({"*", "dynamodb", "s3"})


@cache
def session() -> Session:
    """Return the one session of this process, with botocore's handlers of our services alone.

    With those of all services, making it and a client takes half as long again. Keys that are in
    the environment, as Lambda has them, are taken without asking all other places that may have
    some.
    https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
    """
    made = Session(include_builtin_handlers=False)
    emitter = made.get_component("event_emitter")
    for event, handler, *order in BUILTIN_HANDLERS:
        if _is_of_our_services(event):
            if not order:
                emitter.register(event, handler)
            elif order[0] is REGISTER_FIRST:
                emitter.register_first(event, handler)
            else:
                emitter.register_last(event, handler)
    key, secret = os.environ.get("AWS_ACCESS_KEY_ID"), os.environ.get("AWS_SECRET_ACCESS_KEY")
    if key and secret:
        made.set_credentials(key, secret, os.environ.get("AWS_SESSION_TOKEN"))
    return made


def _is_of_our_services(event: str) -> bool:
    """Tell by an event's name, such as `before-call.s3.DeleteObjects`; `docs.` is documentation."""
    kind, *named = event.split(".")
    return kind != "docs" and (not named or named[0] in _SERVICES)


@cache
def dynamodb() -> "DynamoDBClient":
    """Return the DynamoDB client."""
    client: Any = session().create_client("dynamodb", config=_DYNAMODB)
    client.meta.events.register("before-parse.dynamodb.Query", _read_items)
    return cast("DynamoDBClient", client)


def _read_items(
    response_dict: dict[str, Any], customized_response_dict: dict[str, Any], **_: object
) -> None:
    """Read a query's items as they are, since JSON has them in DynamoDB's own notation.

    botocore would walk through every attribute of thousands of items to copy it; only binary ones,
    of which the catalog has none, need that. An answer that was damaged on its way is left to
    botocore, which compares its checksum and asks again.
    """
    import orjson  # noqa: PLC0415 - most functions make no query

    if response_dict["status_code"] == HTTPStatus.OK:
        with suppress(KeyError, ValueError):
            answer = orjson.loads(response_dict["body"])
            customized_response_dict["Items"] = answer.pop("Items")
            response_dict["body"] = orjson.dumps(answer)


@cache
def dynamodb_of_keys() -> "DynamoDBClient":
    """Return the DynamoDB client that API keys are looked up with, which gives up sooner."""
    client: Any = session().create_client("dynamodb", config=_KEYS)
    return cast("DynamoDBClient", client)


@cache
def s3(*, signs_content: bool = True, connections: int = S3_CONNECTIONS) -> "S3Client":
    """Return the S3 client, which makes up to `connections` calls at once.

    Without `signs_content` it saves a SHA-256 of the content, which takes ten times as long as a
    CRC64NVME: only for callers that send a CRC64NVME, which is signed and which S3 compares.
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
    """Raise Busy or Unavailable when AWS fails, CatalogFull when the owner's items have no room.

    Busy and CatalogFull mean that nothing was done. botocore repeats a call whose answer is lost,
    and only the last answer is known here; so after a retry the outcome counts as unknown.
    """
    try:
        yield
    except ClientError as error:
        is_refusal = error_code(error) in {*_THROTTLED, *_DAMAGED, _FULL}
        if is_refusal and not was_sent_before(error):
            raise (CatalogFull if error_code(error) == _FULL else Busy) from error
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 500)
        if is_refusal or status >= 500:
            raise Unavailable from error
        raise
    except BotoCoreError as error:
        raise Unavailable from error

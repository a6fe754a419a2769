"""Every function, and exactly what it may do: the one table of endpoints and permissions.

A row is the whole truth of its function's role: nothing else grants it anything but its own log
group. DynamoDB has no permission for a transaction; each of its items needs that item's own action
(https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html).
"""

from dataclasses import dataclass
from enum import Enum


class Resource(Enum):
    """What a permission is for; the API stack knows each one's ARN."""

    CATALOG = "catalog"
    CATALOG_BY_PURPOSE = "catalog/index/by_purpose"
    CATALOG_BY_EXPIRY = "catalog/index/by_expiry"
    CATALOG_STREAM = "catalog/stream"
    CATALOG_STREAMS = "catalog/stream/*"
    API_KEYS = "api_keys"
    FILES = "content/expires-in-*"
    PARTS = "content/parts/*"
    CONTENT = "content"
    DEAD_LETTERS = "dead_letters"


@dataclass(frozen=True, slots=True)
class Permission:
    """Actions on one resource; listing a bucket is further held to keys under a prefix."""

    resource: Resource
    actions: tuple[str, ...]
    prefix: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """One function: its module below `lambdas`, its permissions and its size.

    A cold start takes CPU, which goes by memory, a core for 1769 MiB. API Gateway waits 29 seconds.
    https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
    """

    module: str
    permissions: tuple[Permission, ...]
    memory_mib: int = 512
    timeout_seconds: int = 29

    @property
    def name(self) -> str:
        """The module's own name, such as `create_file`."""
        return self.module.rpartition(".")[2]

    @property
    def handler(self) -> str:
        """What Lambda calls."""
        return f"lambdas.{self.module}.handler"


@dataclass(frozen=True, slots=True)
class Route:
    """One endpoint, below the base path `/v1`; its operation id is the function's name."""

    method: str
    path: str
    function: Function


def catalog(*actions: str) -> Permission:
    """On the catalog's items."""
    return Permission(Resource.CATALOG, tuple(f"dynamodb:{action}" for action in actions))


BY_PURPOSE = Permission(Resource.CATALOG_BY_PURPOSE, ("dynamodb:Query",))
BY_EXPIRY = Permission(Resource.CATALOG_BY_EXPIRY, ("dynamodb:Query",))


def files(*actions: str) -> Permission:
    """On the objects that are, or become, files' content."""
    return Permission(Resource.FILES, tuple(f"s3:{action}" for action in actions))


def parts(*actions: str) -> Permission:
    """On the staged parts of uploads."""
    return Permission(Resource.PARTS, tuple(f"s3:{action}" for action in actions))


LIST_PARTS = Permission(Resource.CONTENT, ("s3:ListBucket",), prefix="parts/*")

ROUTES: tuple[Route, ...] = (
    Route(
        "POST",
        "/files",
        Function(
            module="endpoints.create_file",
            permissions=(
                catalog("GetItem", "PutItem", "UpdateItem", "DeleteItem"),
                BY_EXPIRY,
                files("PutObject", "DeleteObject"),
            ),
            memory_mib=1024,
        ),
    ),
    Route(
        "GET",
        "/files",
        Function(
            module="endpoints.list_files",
            permissions=(catalog("Query"), BY_PURPOSE),
            memory_mib=1024,
        ),
    ),
    Route(
        "GET",
        "/files/{file_id}",
        Function(module="endpoints.get_file", permissions=(catalog("GetItem"),)),
    ),
    Route(
        "GET",
        "/files/{file_id}/content",
        Function(
            module="endpoints.get_file_content",
            permissions=(catalog("GetItem"), files("GetObject")),
        ),
    ),
    Route(
        "DELETE",
        "/files/{file_id}",
        Function(
            module="endpoints.delete_file",
            permissions=(catalog("GetItem", "PutItem", "UpdateItem", "DeleteItem"),),
        ),
    ),
    Route(
        "GET",
        "/usage",
        Function(module="endpoints.get_usage", permissions=(catalog("GetItem"), BY_EXPIRY)),
    ),
    Route(
        "POST",
        "/uploads",
        Function(
            module="endpoints.create_upload",
            permissions=(
                catalog("GetItem", "PutItem", "UpdateItem", "DeleteItem"),
                BY_EXPIRY,
                files("PutObject", "AbortMultipartUpload", "DeleteObject"),
                LIST_PARTS,
            ),
        ),
    ),
    Route(
        "GET",
        "/uploads",
        Function(module="endpoints.list_uploads", permissions=(catalog("Query"),)),
    ),
    Route(
        "GET",
        "/uploads/{upload_id}",
        Function(module="endpoints.get_upload", permissions=(catalog("GetItem"),)),
    ),
    Route(
        "POST",
        "/uploads/{upload_id}/parts",
        Function(
            module="endpoints.add_part",
            permissions=(
                catalog("GetItem", "PutItem", "UpdateItem", "DeleteItem"),
                BY_EXPIRY,
                parts("PutObject", "DeleteObject"),
            ),
            memory_mib=1024,
        ),
    ),
    Route(
        "GET",
        "/uploads/{upload_id}/parts",
        Function(
            module="endpoints.list_parts",
            permissions=(catalog("GetItem"), files("ListMultipartUploadParts"), LIST_PARTS),
        ),
    ),
    Route(
        "POST",
        "/uploads/{upload_id}/part_urls",
        Function(
            module="endpoints.create_part_urls",
            permissions=(catalog("GetItem", "UpdateItem"), files("PutObject")),
        ),
    ),
    Route(
        "POST",
        "/uploads/{upload_id}/complete",
        Function(
            module="endpoints.complete_upload",
            permissions=(
                catalog("GetItem", "PutItem", "UpdateItem", "DeleteItem"),
                files(
                    "PutObject",
                    "GetObject",
                    "DeleteObject",
                    "ListMultipartUploadParts",
                    "AbortMultipartUpload",
                ),
                parts("GetObject", "DeleteObject"),
                LIST_PARTS,
            ),
            memory_mib=1769,
        ),
    ),
    Route(
        "POST",
        "/uploads/{upload_id}/cancel",
        Function(
            module="endpoints.cancel_upload",
            permissions=(
                catalog("GetItem", "UpdateItem"),
                files("AbortMultipartUpload", "DeleteObject"),
                parts("DeleteObject"),
                LIST_PARTS,
            ),
        ),
    ),
)

AUTHORIZE = Function(
    module="events.authorize",
    permissions=(Permission(Resource.API_KEYS, ("dynamodb:GetItem",)),),
    timeout_seconds=10,
)

REAP = Function(
    module="events.reap",
    permissions=(
        # Lambda reads the stream with the function's own role.
        Permission(
            Resource.CATALOG_STREAM,
            ("dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"),
        ),
        Permission(Resource.CATALOG_STREAMS, ("dynamodb:ListStreams",)),
        Permission(Resource.DEAD_LETTERS, ("sqs:SendMessage",)),
        catalog("PutItem", "UpdateItem"),
        files("DeleteObject", "AbortMultipartUpload"),
        parts("DeleteObject"),
        LIST_PARTS,
    ),
    timeout_seconds=300,  # a batch of a hundred, each of which may wait for others' transactions
)

FUNCTIONS: tuple[Function, ...] = (*(route.function for route in ROUTES), AUTHORIZE, REAP)

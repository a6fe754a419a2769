"""Every function, the front door, and exactly what each may do: the one table of permissions.

A row has all permissions of its role, apart from a function's log group and the code of the front
door's task. DynamoDB has no permission for a transaction; each item in it needs that item's own
action
(https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html).
"""

from infra.rows import (
    BY_EXPIRY,
    BY_PURPOSE,
    LIST_PARTS,
    Function,
    Permission,
    Resource,
    Route,
    Task,
    catalog,
    files,
    parts,
)

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
            memory_mib=1024,
        ),
    ),
    Route(
        "HEAD",
        "/files/{file_id}/content",
        Function(
            module="endpoints.head_file_content",
            permissions=(catalog("GetItem"), files("GetObject")),
        ),
    ),
    Route(
        "GET",
        "/files/{file_id}/url",
        Function(
            module="endpoints.get_file_url",
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

PREFLIGHT = Function(module="endpoints.preflight", permissions=())
"""Answers OPTIONS of every path, without a key, in a stage that names `cors_origins`."""

CONSOLE = Function(module="endpoints.get_console", permissions=())
"""Answers the web page, without a key, in a stage that has one."""


def keyless_routes(*, preflights: bool, console: bool) -> tuple[Route, ...]:
    """The routes that need no key, for a stage that has these.

    Args:
        preflights: Whether browsers may send CORS preflights.
        console: Whether there is the web page.
    """
    paths = sorted({route.path for route in ROUTES}) if preflights else ()
    pages = ("/console", "/console/{asset}") if console else ()
    return (
        *(Route("OPTIONS", path, PREFLIGHT) for path in paths),
        *(Route(method, path, CONSOLE) for path in pages for method in ("GET", "HEAD")),
    )


AUTHORIZE = Function(
    module="events.authorize",
    permissions=(Permission(Resource.API_KEYS, ("dynamodb:GetItem",)),),
    timeout_seconds=6,  # its one read ends within 5
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
        catalog("GetItem", "PutItem", "UpdateItem"),
        files("DeleteObject", "AbortMultipartUpload"),
        parts("DeleteObject"),
        LIST_PARTS,
    ),
    timeout_seconds=300,  # a batch of a hundred, each of which may conflict with other transactions
)

FUNCTIONS: tuple[Function, ...] = (*(route.function for route in ROUTES), AUTHORIZE, REAP)

FRONT_DOOR = Task(
    name="front_door",
    permissions=(
        Permission(Resource.API_KEYS, ("dynamodb:GetItem",)),
        catalog("GetItem", "PutItem", "UpdateItem", "DeleteItem"),
        BY_EXPIRY,
        files("PutObject", "GetObject", "DeleteObject", "AbortMultipartUpload"),
        parts("PutObject", "DeleteObject", "AbortMultipartUpload"),
        LIST_PARTS,
    ),
)

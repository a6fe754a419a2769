"""The twin: three endpoints of the Files API as most would write them, and write them well.

FastAPI with Mangum for Lambda, and boto3 with a client of DynamoDB and one of S3. It keeps a file
as Larder does: its content under a key of the owner in S3, its item in DynamoDB in one transaction
with the owner's usage. Its packages are those of requirements/peers.in.
"""

import json
import os
import secrets
import time
from typing import Annotated, Any, Literal

import boto3
from fastapi import Depends, FastAPI, Form, HTTPException, Query, Request, UploadFile
from mangum import Mangum
from pydantic import BaseModel

TABLE = os.environ["CATALOG_TABLE"]
BUCKET = os.environ["CONTENT_BUCKET"]
LIFE_SECONDS = 30 * 86_400

dynamodb = boto3.client("dynamodb")
s3 = boto3.client("s3")
app = FastAPI()
handler = Mangum(app, lifespan="off")


class File(BaseModel):
    """OpenAI's File object."""

    id: str
    object: Literal["file"] = "file"
    bytes: int
    created_at: int
    expires_at: int
    filename: str
    purpose: str
    status: str = "processed"


class FilePage(BaseModel):
    """A page of files."""

    object: Literal["list"] = "list"
    data: list[File]
    first_id: str | None
    last_id: str | None
    has_more: bool


def owner_of(request: Request) -> str:
    """Whose files they are: the authorizer says it; without Lambda there is one owner."""
    context = request.scope.get("aws.event", {}).get("requestContext", {})
    return str(context.get("authorizer", {}).get("owner", "alice"))


Owner = Annotated[str, Depends(owner_of)]


@app.post("/files")
def create_file(owner: Owner, file: UploadFile, purpose: Annotated[str, Form()]) -> File:
    """Store content, then show it."""
    content = file.file.read()
    now = int(time.time())
    new = File(
        id=f"file-{int(time.time() * 1000):012x}{secrets.token_hex(7)}",
        bytes=len(content),
        created_at=now,
        expires_at=now + LIFE_SECONDS,
        filename=file.filename or "file",
        purpose=purpose,
    )
    key = f"{owner}/{new.id}"
    s3.put_object(Bucket=BUCKET, Key=key, Body=content)
    dynamodb.transact_write_items(TransactItems=[_put(owner, new, key), _count(owner, new)])
    return new


def _put(owner: str, new: File, key: str) -> Any:
    item = {
        "owner": {"S": owner},
        "id": {"S": new.id},
        "object_key": {"S": key},
        "expires_at": {"N": str(new.expires_at)},
        "file": {"S": new.model_dump_json()},
    }
    condition = "attribute_not_exists(id)"
    return {"Put": {"TableName": TABLE, "Item": item, "ConditionExpression": condition}}


def _count(owner: str, new: File) -> Any:
    return {
        "Update": {
            "TableName": TABLE,
            "Key": {"owner": {"S": owner}, "id": {"S": "usage"}},
            "UpdateExpression": "ADD used_bytes :bytes, files :one",
            "ExpressionAttributeValues": {":bytes": {"N": str(new.bytes)}, ":one": {"N": "1"}},
        }
    }


@app.get("/files/{file_id}")
def get_file(owner: Owner, file_id: str) -> File:
    """Answer a file that has not expired."""
    key = {"owner": {"S": owner}, "id": {"S": file_id}}
    item = dynamodb.get_item(TableName=TABLE, Key=key, ConsistentRead=True).get("Item")
    if item is None or int(item["expires_at"]["N"]) <= time.time():
        raise HTTPException(404, f"No such File object: {file_id}")
    return File(**json.loads(item["file"]["S"]))


@app.get("/files")
def list_files(owner: Owner, limit: Annotated[int, Query(ge=1, le=10_000)] = 10_000) -> FilePage:
    """Answer the newest files."""
    pages = dynamodb.get_paginator("query").paginate(
        TableName=TABLE,
        ConsistentRead=True,
        KeyConditionExpression="#owner = :owner AND begins_with(id, :file)",
        FilterExpression="expires_at > :now",
        ProjectionExpression="#file",
        ExpressionAttributeNames={"#owner": "owner", "#file": "file"},
        ExpressionAttributeValues={
            ":owner": {"S": owner},
            ":file": {"S": "file-"},
            ":now": {"N": str(int(time.time()))},
        },
        ScanIndexForward=False,
    )
    found: list[File] = []
    for page in pages:
        found += [File(**json.loads(item["file"]["S"])) for item in page["Items"]]
        if len(found) > limit:
            break
    data = found[:limit]
    return FilePage(
        data=data,
        first_id=data[0].id if data else None,
        last_id=data[-1].id if data else None,
        has_more=len(found) > limit,
    )

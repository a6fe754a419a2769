"""Each row allows what its function does: the deployed functions, held to their roles."""

import hashlib
import json
import socket
import time
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import urllib3

from infra.local.emulator import HOST
from tests.infra.enforcing import Enforcing, enforcing_deployment

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.xdist_group("enforcing")]

MIB = 2**20
SMALL = {"purpose": "batch", "file": ("small.jsonl", b"{}\n", "application/jsonl")}


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Enforcing]:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
    with enforcing_deployment(port, tmp_path_factory.mktemp("enforcing")) as running:
        yield running


def answer(response: urllib3.BaseHTTPResponse, status: int = 200) -> dict[str, Any]:
    assert response.status == status, response.data.decode()
    found: dict[str, Any] = response.json() if response.data else {}
    return found


def begin(deployment: Enforcing, key: str, size: int, **headers: str) -> str:
    said = {"filename": "big.jsonl", "purpose": "batch", "bytes": size, "mime_type": "text/plain"}
    upload = answer(deployment.call(key, "POST /uploads", said=said, headers=headers))
    upload_id: str = upload["id"]
    return upload_id


def over_tls(url: str) -> str:
    """A presigned URL as this emulator serves it; its scheme is not signed."""
    return url.replace("http:", "https:")


def test_files(deployment: Enforcing) -> None:
    key = deployment.create_key("files")
    once = {"Idempotency-Key": "once"}
    file = answer(deployment.call(key, "POST /files", form=SMALL, headers=once))
    assert answer(deployment.call(key, "POST /files", form=SMALL, headers=once)) == file
    assert answer(deployment.call(key, "GET /files"))["data"] == [file]
    assert answer(deployment.call(key, "GET /files?purpose=batch"))["data"] == [file]
    assert answer(deployment.call(key, f"GET /files/{file['id']}")) == file
    link = deployment.call(key, f"GET /files/{file['id']}/content")
    assert deployment.http.request("GET", over_tls(link.headers["location"])).data == b"{}\n"
    assert answer(deployment.call(key, "GET /usage"))["files"] == 1
    assert answer(deployment.call(key, f"DELETE /files/{file['id']}"))["deleted"]


def test_a_file_for_somebody_else(deployment: Enforcing) -> None:
    key = deployment.create_key("batches", "--scope", "service")
    form = {**SMALL, "purpose": "batch-output"}
    acting = {"Larder-Owner": "somebody"}
    answer(deployment.call(key, "POST /files", form=form, headers=acting))


def test_an_upload_of_parts_through_the_api(deployment: Enforcing) -> None:
    key = deployment.create_key("inline")
    upload = begin(deployment, key, 6, **{"Idempotency-Key": "begin"})
    parts = [
        answer(deployment.call(key, f"POST /uploads/{upload}/parts", form={"data": ("p", content)}))
        for content in (b"abc", b"def")
    ]
    assert len(answer(deployment.call(key, f"GET /uploads/{upload}/parts"))["data"]) == 2
    said = {"part_ids": [p["id"] for p in parts], "md5": md5(b"abcdef")}
    once = {"Idempotency-Key": "complete"}
    for _ in range(2):
        complete = f"POST /uploads/{upload}/complete"
        completed = answer(deployment.call(key, complete, said=said, headers=once))
        assert completed["status"] == "completed"
    assert answer(deployment.call(key, "GET /uploads"))["data"][0]["id"] == upload
    assert answer(deployment.call(key, f"GET /uploads/{upload}"))["status"] == "completed"


def test_an_upload_of_presigned_parts(deployment: Enforcing) -> None:
    key = deployment.create_key("presigned")
    content = b"z" * (9 * MIB)
    upload = begin(deployment, key, len(content))
    said: Mapping[str, Any] = {"part_numbers": [1, 2]}
    urls = answer(deployment.call(key, f"POST /uploads/{upload}/part_urls", said=said))["data"]
    for url in urls:
        sent = deployment.http.request(
            "PUT", over_tls(url["url"]), body=content[: url["bytes"]], headers=url["headers"]
        )
        assert sent.status == 200
    parts = answer(deployment.call(key, f"GET /uploads/{upload}/parts"))["data"]
    said = {"part_ids": [part["id"] for part in parts], "md5": md5(content)}
    completed = answer(deployment.call(key, f"POST /uploads/{upload}/complete", said=said))
    assert completed["file"]["bytes"] == len(content)


def md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def test_a_cancelled_upload_leaves_nothing(deployment: Enforcing) -> None:
    key = deployment.create_key("cancelling")
    upload = begin(deployment, key, 10)
    form = {"data": ("p", b"abc")}
    answer(deployment.call(key, f"POST /uploads/{upload}/parts", form=form))
    answer(deployment.call(key, f"POST /uploads/{upload}/cancel", said={}))
    assert objects_of(deployment, "cancelling") == []
    bucket = deployment.outputs("larder-local-data")["ContentBucket"]
    unfinished = deployment.aws("s3").list_multipart_uploads(Bucket=bucket).get("Uploads", [])
    assert [one["Key"] for one in unfinished if "/cancelling/" in one["Key"]] == []


def test_a_full_quota_gives_back_what_has_expired(deployment: Enforcing) -> None:
    key = deployment.create_key("full", "--quota", "4")
    file = answer(deployment.call(key, "POST /files", form=SMALL))
    answer(deployment.call(key, "POST /files", form=SMALL), status=403)
    expire(deployment, "full", file["id"])
    answer(deployment.call(key, "POST /files", form=SMALL))


def expire(deployment: Enforcing, owner: str, file_id: str) -> None:
    deployment.aws("dynamodb").update_item(
        TableName=deployment.outputs("larder-local-data")["CatalogTable"],
        Key={"owner": {"S": owner}, "id": {"S": file_id}},
        UpdateExpression="SET expires_at = :past",
        ExpressionAttributeValues={":past": {"N": str(int(time.time()) - 1)}},
    )


def test_the_reaper_deletes_what_was_removed(deployment: Enforcing) -> None:
    key = deployment.create_key("reaped")
    file = answer(deployment.call(key, "POST /files", form=SMALL))
    upload = begin(deployment, key, 10)
    form = {"data": ("p", b"abc")}
    answer(deployment.call(key, f"POST /uploads/{upload}/parts", form=form))
    assert len(objects_of(deployment, "reaped")) == 2
    table = deployment.outputs("larder-local-data")["CatalogTable"]
    for removed in (file["id"], upload):  # by an operator's hand, so the reaper gives back too
        key_of = {"owner": {"S": "reaped"}, "id": {"S": removed}}
        deployment.aws("dynamodb").delete_item(TableName=table, Key=key_of)
    deadline = time.monotonic() + 20
    while usage(deployment, key) != (0, 0) or objects_of(deployment, "reaped"):
        assert time.monotonic() < deadline, objects_of(deployment, "reaped")
        time.sleep(0.2)


def usage(deployment: Enforcing, key: str) -> tuple[int, int]:
    found = answer(deployment.call(key, "GET /usage"))
    return found["bytes"], found["reserved_bytes"]


def objects_of(deployment: Enforcing, owner: str) -> list[str]:
    bucket = deployment.outputs("larder-local-data")["ContentBucket"]
    listed = deployment.aws("s3").list_objects_v2(Bucket=bucket).get("Contents", [])
    return [one["Key"] for one in listed if f"/{owner}/" in one["Key"]]


def test_what_a_role_does_not_allow_is_refused(deployment: Enforcing) -> None:
    key = deployment.create_key("refused")
    iam = deployment.aws("iam")
    (role,) = [
        role["RoleName"] for role in iam.list_roles()["Roles"] if "GetUsageRole" in role["RoleName"]
    ]
    policy = {"RoleName": role, "PolicyName": "LeastPrivilege"}
    before = json.dumps(iam.get_role_policy(**policy)["PolicyDocument"])
    iam.put_role_policy(**policy, PolicyDocument=before.replace("dynamodb:Query", "dynamodb:Scan"))
    answer(deployment.call(key, "GET /usage"), status=500)
    iam.put_role_policy(**policy, PolicyDocument=before)
    answer(deployment.call(key, "GET /usage"))

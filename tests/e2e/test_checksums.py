"""Every file tells its checksum, though the emulator's S3 tells that of no whole object."""

from typing import Any

import openai
import pytest
import urllib3

from tests.bed.checksums import crc64nvme
from tests.e2e.batches import MIB
from tests.e2e.user import User

CONTENT = bytes(range(256)) * (9 * MIB // 256)
PIECES = (CONTENT[: 4 * MIB], CONTENT[4 * MIB : 8 * MIB], CONTENT[8 * MIB :])


def told(user: User, file_id: str) -> str | None:
    return user.request("GET", f"/files/{file_id}/content").headers.get("x-larder-crc64nvme")


@pytest.mark.parametrize("content", [b"", b"{}\n", CONTENT[: 4 * MIB]], ids=len)
def test_of_a_form(user: User, client: openai.OpenAI, content: bytes) -> None:
    file = client.files.create(file=("a.jsonl", content), purpose="batch")
    assert told(user, file.id) == crc64nvme(content)


def test_of_parts_through_the_api(user: User, client: openai.OpenAI) -> None:
    upload = begun(client)
    part_ids = [client.uploads.parts.create(upload, data=piece).id for piece in PIECES]
    completed = client.uploads.complete(upload, part_ids=part_ids)
    assert completed.file is not None
    assert told(user, completed.file.id) == crc64nvme(CONTENT)


@pytest.mark.parametrize("signed", [True, False], ids=["signed", "unsigned"])
def test_of_presigned_parts(user: User, client: openai.OpenAI, signed: bool) -> None:
    upload = begun(client)
    pieces = (CONTENT[: 8 * MIB], CONTENT[8 * MIB :])
    body: dict[str, Any] = {"part_numbers": [1, 2]}
    if signed:
        body["checksums"] = {str(number): crc64nvme(p) for number, p in enumerate(pieces, 1)}
    links: Any = client.post(f"/uploads/{upload}/part_urls", body=body, cast_to=object)
    for link, piece in zip(links["data"], pieces, strict=True):
        sent = urllib3.request("PUT", link["url"], headers=link["headers"], body=piece)
        assert sent.status == 200
    completed = client.uploads.complete(upload, part_ids=["part_00001", "part_00002"])
    assert completed.file is not None
    assert told(user, completed.file.id) == crc64nvme(CONTENT)


def begun(client: openai.OpenAI) -> str:
    return client.uploads.create(
        filename="a.jsonl", purpose="batch", bytes=len(CONTENT), mime_type="application/jsonl"
    ).id

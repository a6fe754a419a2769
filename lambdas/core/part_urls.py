"""Presigned part URLs: bytes go from the client to S3, and only as many as are reserved."""

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from lambdas.core.callers import Caller
from lambdas.core.content import LINK_SECONDS
from lambdas.core.errors import InvalidRequest
from lambdas.core.file import render
from lambdas.core.pages import Page
from lambdas.core.upload import Upload, part_id_of
from lambdas.core.upload_stores import PartLinks, UploadStore
from lambdas.core.uploads import get_upload

MOST_URLS = 100


def create_part_urls(
    caller: Caller,
    upload_id: str,
    body: Mapping[str, Any],
    *,
    uploads: UploadStore,
    links: PartLinks,
    now: float,
) -> Page:
    """Return a URL for each part number asked for, each signing the part's exact length.

    A checksum (base64 CRC64NVME) is signed too, and S3 then refuses other bytes. A URL lives for
    15 minutes, and not longer than its session, which the first URLs prolong. Raises
    InvalidRequest naming the parameter.
    """
    upload = get_upload(caller, upload_id, uploads=uploads, now=now)
    upload.must_be_written_by(caller)
    upload.must_take_parts()
    upload.must_be_pending(now)
    numbers = _part_numbers(body.get("part_numbers"), upload)
    checksums = _checksums(body.get("checksums"), numbers)
    if upload.expires_at < upload.lasts_until:
        uploads.prolong(upload, now)
    valid_until = min(int(now) + LINK_SECONDS, upload.lasts_until)
    entries = []
    for number in numbers:
        headers = {"content-length": str(upload.bytes_of_part(number))}
        if number in checksums:
            headers["x-amz-checksum-crc64nvme"] = checksums[number]
        part_id = part_id_of(number)
        answer = {
            "id": part_id,
            "object": "upload.part_url",
            "part_number": number,
            "url": links.part(
                upload.object_key, upload.multipart_id, number, headers, now, valid_until
            ),
            "method": "PUT",
            "headers": headers,
            "bytes": upload.bytes_of_part(number),
            "expires_at": valid_until,
        }
        entries.append((part_id, render(answer)))
    return Page(entries, has_more=False)


def _part_numbers(value: object, upload: Upload) -> list[int]:
    numbers = value if isinstance(value, list) else []
    good = all(
        isinstance(number, int)
        and not isinstance(number, bool)
        and 1 <= number <= upload.part_count
        for number in numbers
    )
    if not numbers or not good or len(numbers) > MOST_URLS or len(set(numbers)) < len(numbers):
        raise InvalidRequest(
            f"Invalid 'part_numbers'. Allowed: 1 to {MOST_URLS} different integers from 1 to "
            f"{upload.part_count}.",
            param="part_numbers",
        )
    return numbers


def _checksums(value: object, numbers: list[int]) -> dict[int, str]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise _bad_checksums()
    names = {str(number): number for number in numbers}
    if not all(name in names and _is_crc64(checksum) for name, checksum in value.items()):
        raise _bad_checksums()
    return {names[name]: checksum for name, checksum in value.items()}


def _is_crc64(value: object) -> bool:
    try:
        return isinstance(value, str) and len(base64.b64decode(value, validate=True)) == 8
    except (binascii.Error, ValueError):
        return False


def _bad_checksums() -> InvalidRequest:
    return InvalidRequest(
        "Invalid 'checksums'. Allowed: an object from numbers among 'part_numbers' to the part's "
        "CRC64NVME in base64.",
        param="checksums",
    )

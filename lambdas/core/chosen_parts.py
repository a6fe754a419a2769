"""The parts that a complete names: which they may be, and that they have all arrived."""

import re
from collections.abc import Sequence

from lambdas.core import ids
from lambdas.core.errors import InvalidRequest
from lambdas.core.upload import MOST_PARTS, Part, Upload, part_id_of

_NUMBERED = re.compile(r"part_[0-9]{5}")


def chosen_parts(value: object) -> list[str]:
    """Return the ids of a complete's parts, all presigned or all staged; raises InvalidRequest."""
    strings = value if isinstance(value, list) else []
    good = all(
        isinstance(part_id, str) and (is_numbered(part_id) or ids.is_id(ids.PART, part_id))
        for part_id in strings
    )
    if not strings or not good or len(strings) > MOST_PARTS or len(set(strings)) < len(strings):
        raise InvalidRequest(
            f"Invalid 'part_ids'. Allowed: 1 to {MOST_PARTS} different ids of this upload's parts.",
            param="part_ids",
        )
    if len({is_numbered(part_id) for part_id in strings}) > 1:
        raise InvalidRequest(
            "Invalid 'part_ids'. Parts sent to presigned URLs and parts sent to the API cannot be "
            "mixed in one file.",
            param="part_ids",
        )
    return strings


def is_numbered(part_id: str) -> bool:
    """Tell presigned parts, which have a number, from staged ones."""
    return _NUMBERED.fullmatch(part_id) is not None


def must_be_all_numbered(upload: Upload, part_ids: list[str], numbered: Sequence[Part]) -> None:
    """Refuse presigned parts unless they are all there, whole and in their own order."""
    wanted = [part_id_of(number) for number in range(1, upload.part_count + 1)]
    if part_ids != wanted:
        raise InvalidRequest(
            f"Invalid 'part_ids'. Allowed: all presigned parts in the order of their numbers, "
            f"'{wanted[0]}' to '{wanted[-1]}'.",
            param="part_ids",
        )
    bytes_of = {part.id: part.bytes for part in numbered}
    for number, part_id in enumerate(wanted, start=1):
        if bytes_of.get(part_id) != upload.bytes_of_part(number):
            raise InvalidRequest(
                f"Part '{part_id}' has not arrived whole: {bytes_of.get(part_id, 0)} of "
                f"{upload.bytes_of_part(number)} bytes.",
                param="part_ids",
            )


def staged_in_order(upload: Upload, part_ids: list[str], staged: Sequence[Part]) -> list[Part]:
    """Return the chosen parts; raises InvalidRequest when one is missing or the sum differs."""
    found = {part.id: part for part in staged}
    for part_id in part_ids:
        if part_id not in found:
            raise InvalidRequest(f"No such part of this upload: '{part_id}'.", param="part_ids")
    chosen = [found[part_id] for part_id in part_ids]
    total = sum(part.bytes for part in chosen)
    if total != upload.bytes:
        raise InvalidRequest(
            f"The parts have {total} bytes together and the upload was created for "
            f"{upload.bytes} bytes.",
            param="part_ids",
        )
    return chosen

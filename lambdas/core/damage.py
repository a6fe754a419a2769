"""Damaged records: how to recognize what no function wrote, and how it is logged.

A damaged record is an error of its own; all other records still work.
"""

import logging
import re
from itertools import chain

from lambdas.core import ids
from lambdas.core.callers import OWNER_NAME

_logger = logging.getLogger("lambdas.damage")

_CHECKSUM = re.compile("[A-Za-z0-9+/]{11}=")
_LIFE = re.compile(r"expires-in-[0-9]{2}d")
_NUMBER = r"(?:0|[1-9][0-9]{0,18})"
_PAIR = r"d[89ab][0-9a-f]{2}\\ud[c-f][0-9a-f]{2}"  # a lone surrogate has no UTF-8
_CHARACTER = rf"u(?:[0-9abcef][0-9a-f]{{3}}|d[0-7][0-9a-f]{{2}}|{_PAIR})"
_STRING = rf'"[ !#-\[\]-~]*+(?:\\(?:["\\/bfnrt]|{_CHARACTER})[ !#-\[\]-~]*+)*+"'

# Lines of an id and its answer as `new_file` writes it. A list may have ten thousand: parsing them
# would take 20 ms, matching all of them at once takes 4.
_ANSWERS = re.compile(
    rf'(?:(file-[0-7][{ids.ALPHABET}]{{25}})\n\{{"id":"\1","object":"file","bytes":{_NUMBER}'
    rf',"created_at":{_NUMBER},"expires_at":{_NUMBER},"filename":{_STRING},"purpose":"[a-z_-]++"'
    r',"status":"processed"\}\n)++'
)


def log_damage(owner: str, identifier: str) -> None:
    """Log a damaged record in one line; `larder admin check` then shows more of it."""
    _logger.error("damaged record", extra={"owner": owner, "id": identifier})


def is_answer_of(file_id: str, rendered: str) -> bool:
    """Tell whether this is a whole File as the API answers it, and the one of this id."""
    return are_answers([(file_id, rendered)])


def are_answers(entries: list[tuple[str, str]]) -> bool:
    """Tell whether each of these ids has its whole answer beside it."""
    lines = "\n".join([*chain.from_iterable(entries), ""])
    # A line break within an entry would make it count as several.
    return lines.count("\n") == 2 * len(entries) and _ANSWERS.fullmatch(lines) is not None


def is_checksum(text: str) -> bool:
    """Tell whether this can be a CRC64NVME in base64, which an answer carries in a header."""
    return _CHECKSUM.fullmatch(text) is not None


def names_own_object(object_key: str, owner: str, identifier: str) -> bool:
    """Tell whether a key names an object of this owner's very file or session.

    Any other object may not be read or deleted through it. A file that was an upload has the
    key of that upload, with the upload's id.
    """
    life, _, rest = object_key.partition("/")
    key_owner, _, name = rest.partition("/")
    if not _LIFE.fullmatch(life) or key_owner != owner or not is_sound_name(owner, identifier):
        return False
    came_as_upload = identifier.startswith(ids.FILE) and ids.is_id(ids.UPLOAD, name)
    return name == identifier or came_as_upload


def names_other_object(other: object, object_key: str, owner: str, identifier: str) -> bool:
    """Tell whether a session names no other object, or one of its own that is not its file's."""
    if not isinstance(other, str):
        return other is None
    return other != object_key and names_own_object(other, owner, identifier)


def is_sound_name(owner: str, identifier: str) -> bool:
    """Tell whether an owner can have that name and a file or session that id."""
    prefix = ids.FILE if identifier.startswith(ids.FILE) else ids.UPLOAD
    return OWNER_NAME.fullmatch(owner) is not None and ids.is_id(prefix, identifier)

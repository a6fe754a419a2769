"""What keeps a line from being JSON, and where."""

import re

import orjson

# What other languages write, and JSON does not have.
_WORDS = re.compile(r"-?(NaN|Infinity|None|True|False|undefined)\b")
_HINTS = (
    ("\0", "a NUL character, as where a file was not written to its end"),
    ("'", "not JSON: texts and names stand in double quotes"),
)
# What orjson says in a programmer's words.
_PLAINLY = (
    ("surrogate in string", "half of a surrogate pair, which is no character"),
    ("infinity", "a number too large for a program"),
    ("depth limit", "nested more than 1024 deep"),
    ("content after document", "more than one value on a line"),
)


def why_no_json(line: bytes, error: orjson.JSONDecodeError) -> tuple[int, str, str]:
    """Column, code and message for what orjson refused."""
    try:
        text = line.decode()
    except UnicodeDecodeError as broken:
        column = len(line[: broken.start].decode()) + 1
        return column, "invalid_utf8", f"not UTF-8: byte 0x{line[broken.start]:02x}"
    text = text.rstrip("\r\n")
    if error.pos >= len(text):
        return len(text) + 1, "invalid_json", "not JSON: the line ends too early"
    position = error.pos
    at = text[position : position + 10]
    for begin, message in _HINTS:
        if at.startswith(begin):
            return position + 1, "invalid_json", message
    if word := _WORDS.match(at):
        return position + 1, "invalid_json", f"not JSON: {word[0]} is not one of its values"
    reason = next((plain for part, plain in _PLAINLY if part in error.msg), error.msg)
    return position + 1, "invalid_json", f"not JSON: {reason}"


def encoding_of(head: bytes) -> tuple[str, str] | None:
    """Code and message when the file's first four bytes show that it is no UTF-8 at all."""
    if head.startswith(b"\x1f\x8b"):
        return "compressed", "compressed with gzip: a batch is plain text"
    utf_32 = head in (b"\xff\xfe\0\0", b"\0\0\xfe\xff")
    # Without a mark, the NUL beside the first brace tells.
    utf_16 = head.startswith((b"\xff\xfe", b"\xfe\xff")) or head[:2] in (b"{\0", b"\0{")
    if utf_32 or utf_16:
        return "wrong_encoding", f"{'UTF-32' if utf_32 else 'UTF-16'}: a batch is UTF-8"
    return None

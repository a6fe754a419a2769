"""Filenames as some clients write them for e-mail: `=?utf-8?B?…?=` (RFC 2047).

Forms should not have them, but those of .NET do, with `FileName` and without `FileNameStar`.
"""

import binascii
import re
from itertools import groupby

# RFC 2047, 2; the charset may name a language too (RFC 2231, 5). Neighbouring quantifiers
# never take the same characters, so matching is linear.
_WORD = re.compile(r"=\?([!-)+->@-~]+)(?:\*[!->@-~]*)?\?([BbQq])\?([!->@-~]*)\?=")
_WORDS = re.compile(rf"{_WORD.pattern}(?:[ \t]+{_WORD.pattern})*")

# Codecs of text in which names are written; other codecs of Python decode no text, or warn.
_CHARSET = re.compile(
    r"utf-8|us-ascii|iso-8859-1?[0-9]|windows-125[0-8]|koi8-[ru]|shift_jis|euc-(?:jp|kr)"
    r"|iso-2022-jp|gb2312|gbk|gb18030|big5",
    re.IGNORECASE,
)


def decoded(text: str) -> str:
    """Return the text with its encoded words decoded, and with those that do not decode kept.

    White space between two of them is dropped. Raises ValueError when one that does not decode
    has a slash, since a filename would be cut there.
    """
    return _WORDS.sub(_decoded, text)


def _decoded(words: re.Match[str]) -> str:
    found = _WORD.findall(words[0])
    try:
        # A character of several bytes may be split between two words, though it should not.
        return "".join(
            b"".join(_bytes(encoding, text) for _, encoding, text in group).decode(charset)
            for charset, group in groupby(found, lambda word: _sane(word[0]))
        )
    except (LookupError, ValueError):
        if "/" in words[0] or "\\" in words[0]:
            raise ValueError("an encoded word that does not decode") from None
        return words[0]


def _sane(charset: str) -> str:
    if not _CHARSET.fullmatch(charset):
        raise LookupError(charset)
    return charset.lower()


def _bytes(encoding: str, text: str) -> bytes:
    if encoding in "Qq":
        return binascii.a2b_qp(text, header=True)
    return binascii.a2b_base64(text, strict_mode=True)

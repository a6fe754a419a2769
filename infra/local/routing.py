"""Which requests go to the front door, as `infra/edge/route.js` decides it at CloudFront.

Tests check both by one table, `tests/edge/cases.json`.
"""

import re
from collections.abc import Iterable

_CONTENT = re.compile(r"/v1/files/[^/]+/content/?")
_FORMS = re.compile(r"/v1/(?:files|uploads/[^/]+/parts)/?")
_LENGTH = re.compile(r"[0-9]{1,15}")


def goes_to_front_door(
    method: str, path: str, headers: Iterable[tuple[str, str]], inline_bytes: int
) -> bool:
    """Tell whether a request may be too large for API Gateway and Lambda.

    Args:
        method: As it was sent.
        path: As it was sent, percent-encoded and without the query.
        headers: Names and values, repeated ones too.
        inline_bytes: What one request to API Gateway may carry.
    """
    if method in ("GET", "HEAD"):
        return _CONTENT.fullmatch(path) is not None
    if method != "POST" or _FORMS.fullmatch(path) is None:
        return False
    sent = [(name.lower(), value) for name, value in headers]
    lengths = [value for name, value in sent if name == "content-length"]
    if len(lengths) != 1 or any(name == "transfer-encoding" for name, _ in sent):
        return True
    return _LENGTH.fullmatch(lengths[0]) is None or int(lengths[0]) > inline_bytes

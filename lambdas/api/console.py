"""The console's page and its files, for browsers.

They hold nobody's data, so they are answered without a key and may be cached.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from lambdas.api.responses import Response
from lambdas.core.errors import UnknownUrl

PATH = "/console"
PAGE = "index.html"
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
# A name with a digest always has the same content, so it may be cached for good; the page may not.
LASTING = "public, max-age=31536000, immutable"
CHECKED = "no-cache"
# Whoever opens the page types a key. Over plain HTTP, as on this machine, browsers pass it over.
# https://www.rfc-editor.org/rfc/rfc6797
SECURED = {"strict-transport-security": "max-age=31536000"}


@dataclass(frozen=True, slots=True)
class Asset:
    """One file, as it is answered."""

    text: str
    headers: Mapping[str, str]


def read_console(folder: Path, content_url: str) -> dict[str, Asset]:
    """Read the files of a folder by their names.

    Args:
        folder: Holds `index.html` and what it names.
        content_url: Where content is sent to and fetched from, beside the API itself.
    """
    policy = security_policy(content_url)
    return {path.name: _asset(path, policy) for path in folder.iterdir() if path.suffix in TYPES}


def answer_console(assets: Mapping[str, Asset], name: str, known: str | None) -> Response:
    """Answer a file, or a 304 when the browser has it already.

    Args:
        assets: See `read_console`.
        name: The file's.
        known: The `If-None-Match` header.

    Raises:
        UnknownUrl: There is no such file.
    """
    asset = assets.get(name)
    if asset is None:
        raise UnknownUrl
    tags = {tag.strip(" \t").removeprefix("W/") for tag in (known or "").split(",")}
    if tags & {asset.headers["etag"], "*"}:
        return Response(304, "", dict(asset.headers))
    return Response(200, asset.text, dict(asset.headers))


def page_from(path: str) -> Response | None:
    """Redirect to the page from another path that means it; None if this is the page's own.

    It names its files relative to its path, so only there does it find them. The redirect is
    relative, too, since more may come before the path than the service sees.

    Args:
        path: The request's, such as `/v1/console/` or `/v1/console/index.html`.
    """
    _, _, below = path.rpartition(PATH)
    if not below:
        return None
    location = "../" * below.count("/") + PATH.strip("/")
    return Response(308, "", {"location": location, "cache-control": CHECKED, **SECURED})


def security_policy(content_url: str) -> str:
    """Return the Content-Security-Policy: a page may send requests only to the API and the bucket.

    https://www.w3.org/TR/CSP3/
    """
    bucket = urlsplit(content_url)
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self'",
            f"connect-src 'self' {bucket.scheme}://{bucket.netloc}",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        )
    )


def _asset(path: Path, policy: str) -> Asset:
    content = path.read_bytes()
    headers = {
        "content-type": TYPES[path.suffix],
        "cache-control": CHECKED if path.name == PAGE else LASTING,
        "etag": f'"{hashlib.sha256(content + policy.encode()).hexdigest()[:32]}"',
        "content-security-policy": policy,
        # API Gateway compresses it for whoever takes that, under the same ETag.
        "vary": "Accept-Encoding",
        "cross-origin-opener-policy": "same-origin",
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
        **SECURED,
    }
    return Asset(content.decode(), headers)

"""What a request asked and what it was told, as far as that matters to a history."""

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

import httpx2

_KINDS = {
    ("POST", "/files"): "create",
    ("GET", "/files"): "list",
    ("GET", "/files/{}"): "look",
    ("GET", "/files/{}/url"): "look",
    ("GET", "/files/{}/content"): "read",
    ("HEAD", "/files/{}/content"): "look",
    ("DELETE", "/files/{}"): "delete",
    ("POST", "/uploads"): "begin",
    ("GET", "/uploads"): "list_uploads",
    ("GET", "/uploads/{}"): "show",
    ("GET", "/uploads/{}/parts"): "parts",
    ("POST", "/uploads/{}/parts"): "stage",
    ("POST", "/uploads/{}/part_urls"): "link",
    ("POST", "/uploads/{}/complete"): "complete",
    ("POST", "/uploads/{}/cancel"): "cancel",
    ("GET", "/usage"): "usage",
}
READS = frozenset({"list", "look", "read", "list_uploads", "show", "parts", "usage"})
_FIELD = re.compile(rb'name="(\w+)"(?:; filename="([^"]*)")?')
_OF_A_FILE = ("id", "bytes", "expires_at", "filename")
_OF_AN_UPLOAD = ("id", "status", "bytes", "created_at", "expires_at", "filename", "mime_type")
_OF_A_USAGE = ("bytes", "reserved_bytes", "files", "uploads", "quota_bytes")


def kind_of(request: httpx2.Request) -> tuple[str, str] | None:
    """Return what a request does and the id that it names; None for what is no matter here."""
    path = request.url.path.removeprefix("/v1")
    named = re.match(r"/(?:files|uploads)/([^/]+)", path)
    identifier = named[1] if named else ""
    kind = _KINDS.get((request.method, path.replace(identifier, "{}") if identifier else path))
    return None if kind is None else (kind, identifier)


def asked_by(kind: str, request: httpx2.Request) -> dict[str, Any]:
    """Read a request; content is digested."""
    asked: dict[str, Any] = {}
    if key := request.headers.get("Idempotency-Key"):
        asked["key"] = key
    if kind in ("create", "stage"):
        name, content = _content_of(request)
        asked |= {"filename": name, "bytes": len(content), "digest": digest_of(content)}
        asked["length"] = len(request.content)
    elif kind in ("begin", "complete"):
        body = json.loads(request.content)
        asked |= {name: body[name] for name in ("bytes", "filename", "part_ids") if name in body}
        asked |= {"md5": body["md5"]} if body.get("md5") else {}
    elif kind in ("list", "list_uploads"):
        asked |= {
            name: request.url.params[name]
            for name in ("after", "order", "purpose")
            if name in request.url.params
        }
    return asked


def told_by(kind: str, request: httpx2.Request, response: httpx2.Response) -> dict[str, Any]:
    """Read an answer; content is digested."""
    if kind == "read" and response.status_code < 400:
        is_whole = response.status_code == 200
        return {"digest": digest_of(response.content)} if is_whole else {}
    try:
        said = response.json()
    except ValueError:  # an empty one, or a proxy's own
        return {}
    if response.status_code >= 400:
        error = said.get("error", {})
        return {name: error.get(name) for name in ("code", "param", "message")}
    return _said(kind, said)


def _said(kind: str, said: Mapping[str, Any]) -> dict[str, Any]:
    if kind in ("list", "list_uploads"):
        read = _file if kind == "list" else _upload
        return {"data": [read(one) for one in said["data"]], "has_more": said["has_more"]}
    if kind == "parts":
        return {"part_ids": [part["id"] for part in said["data"]]}
    if kind in ("begin", "show", "complete", "cancel"):
        return _upload(said)
    names = {"usage": _OF_A_USAGE, "stage": ("id", "bytes")}.get(kind, _OF_A_FILE)
    # A URL and a deletion say no more of a file than that it was there.
    return {name: said[name] for name in names} if set(names) <= set(said) else {}


def digest_of(content: bytes) -> str:
    """Digest content, shortly: enough to tell two apart."""
    return hashlib.sha256(content).hexdigest()[:16]


def part_of(request: httpx2.Request) -> bytes:
    """Return the content that a form brings."""
    return _content_of(request)[1]


def _content_of(request: httpx2.Request) -> tuple[str, bytes]:
    """Return the name and bytes of a form's one file; the form is a client's own, and sound."""
    boundary = request.headers["content-type"].partition("boundary=")[2].strip('"').encode()
    for part in request.content.split(b"--" + boundary):
        head, _, content = part.partition(b"\r\n\r\n")
        found = _FIELD.search(head)
        if found and found[1] in (b"file", b"data"):
            return (found[2] or b"").decode(), content.removesuffix(b"\r\n")
    return "", b""


def _file(said: Mapping[str, Any]) -> dict[str, Any]:
    return {name: said[name] for name in _OF_A_FILE}


def _upload(said: Mapping[str, Any]) -> dict[str, Any]:
    upload = {name: said[name] for name in _OF_AN_UPLOAD}
    return upload | ({"file": _file(said["file"])} if said.get("file") else {})

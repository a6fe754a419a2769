"""Multipart uploads that are under way, on disk: ministack has them in memory alone.

<upload id>/
upload   what was asked for when it began, in JSON
<part>   a line of JSON about the part, and its bytes
"""

import json
import shutil
from pathlib import Path
from typing import Any

Uploads = dict[tuple[str, str], dict[str, Any]]
"""Ministack's own, by account and upload id; their parts by number."""
_UPLOAD = "upload"


class Multipart:
    """A folder that is held equal to the uploads in memory.

    Args:
        folder: Made if need be.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._kept: dict[tuple[str, str], dict[int, Any]] = {}

    def keep(self, uploads: Uploads, changed: str) -> None:
        """Write what is new, and remove what is gone; a part that is sent again is another.

        Args:
            uploads: All of them.
            changed: The id of the one that may have other parts than before.

        Raises:
            OSError: Something was not written.
        """
        for key in self._kept.keys() - uploads.keys():
            shutil.rmtree(self._folder / key[1], ignore_errors=True)
            del self._kept[key]
        for key, upload in uploads.items():
            folder = self._folder / key[1]
            if key not in self._kept:
                self._kept[key] = {}
                folder.mkdir(exist_ok=True)
                description = {name: value for name, value in upload.items() if name != "parts"}
                _write(folder / _UPLOAD, {"account": key[0], **description})
            if key[1] == changed:
                self._keep_parts(folder, self._kept[key], upload["parts"])

    def _keep_parts(self, folder: Path, kept: dict[int, Any], parts: dict[int, Any]) -> None:
        for number, part in parts.items():
            if kept.get(number) is not part:
                about = {name: value for name, value in part.items() if name != "body"}
                _write(folder / str(number), about, part["body"])
                kept[number] = part

    def restore(self, uploads: Uploads, buckets: dict[tuple[str, str], Any]) -> None:
        """Put what was kept into memory; an upload whose bucket is gone is removed."""
        for folder in self._folder.iterdir():
            if not (folder / _UPLOAD).exists():
                shutil.rmtree(folder, ignore_errors=True)
                continue
            upload, _ = _read(folder / _UPLOAD)
            key = upload.pop("account"), folder.name
            if (key[0], upload["bucket"]) not in buckets:
                shutil.rmtree(folder, ignore_errors=True)
                continue
            parts = _parts(folder)
            uploads[key] = {**upload, "parts": parts}
            self._kept[key] = dict(parts)


def _parts(folder: Path) -> dict[int, dict[str, Any]]:
    found = {}
    for path in folder.iterdir():
        if path.name.isdecimal():
            about, body = _read(path)
            found[int(path.name)] = {"body": body, **about}
    return found


def _write(path: Path, about: dict[str, Any], body: bytes = b"") -> None:
    unfinished = path.with_suffix(".tmp")
    with unfinished.open("wb") as file:
        file.write(json.dumps(about).encode() + b"\n")
        file.write(body)
    unfinished.replace(path)


def _read(path: Path) -> tuple[dict[str, Any], bytes]:
    with path.open("rb") as file:
        return json.loads(file.readline()), file.read()

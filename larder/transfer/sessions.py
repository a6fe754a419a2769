"""Remembers upload sessions between runs, so that the same command continues where it stopped."""

import hashlib
import json
import os
import re
import secrets
import time
from contextlib import suppress
from pathlib import Path

from larder.api.uploads import NewFile
from larder.transfer.sources import FileSource

# A session lives 24 hours at most.
_KEPT_SECONDS = 2 * 86400

_UPLOAD_ID = re.compile(r"[A-Za-z0-9_-]{1,100}")
_MOST_CHARACTERS = 1000


class Sessions:
    """Stores upload ids by what is uploaded, in a small file each.

    A session is continued only for the same service, key, owner, path, size, modification time,
    purpose and life; if any of these differs, it is another upload. The key itself is not stored.
    """

    def __init__(
        self,
        base_url: str,
        api_key: str,
        directory: Path | None = None,
        *,
        owner: str | None = None,
    ) -> None:
        """Uses `$XDG_STATE_HOME/larder/uploads` unless given a directory."""
        key = hashlib.sha256(api_key.encode()).hexdigest()
        self._service = (base_url, key) if owner is None else (base_url, key, owner)
        self._directory = directory or state_directory() / "uploads"

    def of(self, source: FileSource, new: NewFile) -> "Session":
        """The stored session of this upload."""
        what = (*self._service, str(source.path.absolute()), source.size, source.mtime_ns)
        name = json.dumps([*what, new.purpose, new.filename, new.expires_after], sort_keys=True)
        digest = hashlib.sha256(name.encode()).hexdigest()[:32]
        return Session(self._directory / f"{digest}.json")


class Session:
    """One upload's id, in a file once it is saved."""

    def __init__(self, path: Path) -> None:
        """Reads nothing yet."""
        self._path = path

    def load(self) -> str | None:
        """The upload id that an earlier run left, if any; None if the file holds anything else."""
        try:
            if not self._path.is_file():  # a pipe would wait for a writer
                return None
            with self._path.open(encoding="utf-8") as file:
                upload_id = json.loads(file.read(_MOST_CHARACTERS))["upload_id"]
        except (OSError, ValueError, LookupError, TypeError, RecursionError):
            return None
        is_id = isinstance(upload_id, str) and _UPLOAD_ID.fullmatch(upload_id)
        return upload_id if is_id else None

    def save(self, upload_id: str) -> None:
        """Saves the upload id; if that fails, the upload merely cannot be continued."""
        with suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            new = self._path.with_suffix(f".{secrets.token_hex(4)}.new")  # each thread its own
            new.write_text(json.dumps({"upload_id": upload_id}))
            new.replace(self._path)
            self._remove_old()

    def forget(self) -> None:
        """Removes what was saved."""
        with suppress(OSError):
            self._path.unlink()

    def _remove_old(self) -> None:
        for path in self._path.parent.iterdir():
            with suppress(OSError):  # another process may have removed it just now
                if path.stat().st_mtime < time.time() - _KEPT_SECONDS:
                    path.unlink()


def state_directory() -> Path:
    """`$XDG_STATE_HOME/larder`, by default `~/.local/state/larder`.

    https://specifications.freedesktop.org/basedir-spec/latest/
    """
    state_home = os.environ.get("XDG_STATE_HOME", "")
    root = Path(state_home) if Path(state_home).is_absolute() else _home() / ".local/state"
    return root / "larder"


def _home() -> Path:
    try:
        return Path.home()
    except RuntimeError:  # a user without a home, as in a container: nothing can be saved
        return Path(os.devnull)

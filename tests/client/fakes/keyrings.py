"""Keyrings: one in memory for tests in a process, and backends of the package keyring for others.

The package finds a backend by PYTHON_KEYRING_BACKEND, so commands of their own can use them too.
"""

import json
import os
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked

from larder.cli.keyrings import KeyringError

HERE = __name__


@dataclass
class FakeKeyring:
    """Keys by URL and profile; `broken` is what every call fails with."""

    name: str = "Fake Keyring"
    keys: dict[tuple[str, str], str] = field(default_factory=dict)
    broken: str | None = None

    def get(self, base_url: str, profile: str) -> str | None:
        self._must_work()
        return self.keys.get((base_url, profile))

    def set(self, base_url: str, profile: str, api_key: str) -> None:
        self._must_work()
        self.keys[base_url, profile] = api_key

    def delete(self, base_url: str, profile: str) -> None:
        self._must_work()
        self.keys.pop((base_url, profile), None)

    def _must_work(self) -> None:
        if self.broken is not None:
            raise KeyringError(self.broken)


class FileKeyring(KeyringBackend):
    """Keeps passwords in the file that FILE_KEYRING names; used only where it is asked for."""

    priority: Any = -1

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]

    @property
    def name(self) -> str:
        return "File Keyring"

    def get_password(self, service: str, username: str) -> str | None:
        return self._read().get(f"{service} {username}")

    def set_password(self, service: str, username: str, password: str) -> None:
        self._write(self._read() | {f"{service} {username}": password})

    def delete_password(self, service: str, username: str) -> None:
        kept = self._read()
        del kept[f"{service} {username}"]
        self._write(kept)

    @property
    def _path(self) -> Path:
        return Path(os.environ["FILE_KEYRING"])

    def _read(self) -> dict[str, str]:
        kept: dict[str, str] = json.loads(self._path.read_text()) if self._path.exists() else {}
        return kept

    def _write(self, kept: dict[str, str]) -> None:
        self._path.write_text(json.dumps(kept))


class LockedKeyring(FileKeyring):
    """Nobody unlocks it."""

    def get_password(self, service: str, username: str) -> str | None:
        raise KeyringLocked("Failed to unlock\nthe collection!")

    def set_password(self, service: str, username: str, password: str) -> None:
        raise KeyringLocked("Failed to unlock\nthe collection!")


class ForgetfulKeyring(FileKeyring):
    """Keeps nothing, and says nothing."""

    def set_password(self, service: str, username: str, password: str) -> None:
        pass


class PlaintextKeyring(FileKeyring):
    """As keyrings.alt's."""


class HangingKeyring(FileKeyring):
    """Never answers until it is let go."""

    let_go = threading.Event()

    def get_password(self, service: str, username: str) -> str | None:
        self.let_go.wait()
        return None

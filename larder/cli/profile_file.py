"""The file of profiles, each with a URL and a key, or a note that the key is in the keyring."""

import json
import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from larder.api.settings import base_url_in, is_api_key
from larder.cli.terminal import complain
from larder.errors import LarderError, UsageError
from larder.transfer.exclusive import InUse, open_locked
from larder.values import is_profile_name

_VERSION = 1
_MOST_BYTES = 2**20
_OTHERS = 0o077


@dataclass(frozen=True)
class Kept:
    """A profile in the file; without `api_key` the key is in the keyring.

    `hint` is the part of the key that may be shown, so that a list of profiles opens no keyring.
    """

    base_url: str
    hint: str
    api_key: str | None = field(default=None, repr=False)


@dataclass
class KeptProfiles:
    """All profiles by their names, and the name of the one in use."""

    by_name: dict[str, Kept] = field(default_factory=dict)
    in_use: str | None = None


class ProfileFile:
    """`profiles.json` in a directory, both only for the user; written atomically."""

    def __init__(self, directory: Path | None = None) -> None:
        """Uses the user's own directory for settings unless given one; opens nothing yet."""
        self._directory = directory

    @property
    def path(self) -> Path:
        """The file's path; raises UsageError for a user without a home."""
        return (self._directory or _user_directory()) / "profiles.json"

    def read(self) -> KeptProfiles:
        """The profiles; none where there is no file.

        Raises UsageError, which names the file, if it is not Larder's or cannot be read.
        """
        try:
            path = self.path
        except UsageError:  # a user without a home has no profiles
            return KeptProfiles()
        try:
            text = _read_private(path)
        except FileNotFoundError:
            return KeptProfiles()
        except OSError as error:
            raise UsageError(f"cannot read {path}: {error.strerror or error}") from None
        try:
            return _understood(json.loads(text))
        except (ValueError, RecursionError, _Strange) as error:
            why = error if isinstance(error, _Strange) else "it is no JSON"
            raise UsageError(
                f"{path} is no file of Larder's profiles: {why}; mend it, or move it away and log "
                "in again"
            ) from None

    @contextmanager
    def change(self) -> Iterator[KeptProfiles]:
        """Yields the profiles to be changed, and saves them at the end, unless there is an error.

        Raises what `locked`, `read` and `write` do.
        """
        with self.locked():
            profiles = self.read()
            yield profiles
            self.write(profiles)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Locks the profiles against other changes; raises LarderError without a lock."""
        path = self.path
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with suppress(OSError):  # it exists, and is another user's
                path.parent.chmod(0o700)
            lock = open_locked(path.with_suffix(".lock"), wait=True)
        except InUse:  # on Windows, after ten seconds
            raise LarderError(f"{path} is being changed by another command; try again") from None
        except OSError as error:
            raise LarderError(f"cannot write {path}: {error.strerror or error}") from None
        with lock:
            yield

    def write(self, profiles: KeptProfiles) -> None:
        """Saves the profiles, under the lock; raises LarderError when they cannot be saved."""
        try:
            _write(self.path, _as_json(profiles))
        except OSError as error:
            raise LarderError(f"cannot write {self.path}: {error.strerror or error}") from None


class _Strange(Exception):
    """The file has another shape; the text says where."""


def _user_directory() -> Path:
    from platformdirs import user_config_path

    try:
        path = user_config_path("larder", appauthor=False)
    except RuntimeError:  # a user without a home, as in a container
        path = None
    if path is None or not path.is_absolute():
        raise UsageError("there is no home directory to keep profiles in: set HOME")
    return path


def _read_private(path: Path) -> bytes:
    """The file's content; first removes other users' permissions."""
    if not stat.S_ISREG(path.stat().st_mode):  # a pipe would wait for a writer
        raise OSError(None, "it is no regular file")
    with path.open("rb") as file:
        mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
        if mode & _OTHERS and sys.platform != "win32":
            _take_from_others(path, mode)
        return file.read(_MOST_BYTES)


def _take_from_others(path: Path, mode: int) -> None:
    could = "change" if mode & 0o022 else "read"
    try:
        path.chmod(mode & ~_OTHERS)
    except OSError:
        complain(f"others can {could} {path}, and the keys in it: make it yours alone")
    else:
        complain(f"others could {could} {path}, and the keys in it; now it is yours alone")


def _write(path: Path, text: str) -> None:
    """Replaces the file atomically; a link to it stays a link."""
    target = path.resolve()
    new = target.with_name(f".{target.name}.{os.urandom(4).hex()}")
    try:
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        new.replace(target)
    except BaseException:
        new.unlink(missing_ok=True)
        raise


def _as_json(profiles: KeptProfiles) -> str:
    value = {
        "version": _VERSION,
        "in_use": profiles.in_use,
        "profiles": {
            name: {
                "base_url": kept.base_url,
                "hint": kept.hint,
                **({"in_keyring": True} if kept.api_key is None else {"api_key": kept.api_key}),
            }
            for name, kept in sorted(profiles.by_name.items())
        },
    }
    return json.dumps(value, indent=2) + "\n"


def _understood(value: Any) -> KeptProfiles:
    if not isinstance(value, dict):
        raise _Strange("it has no profiles")
    if value.get("version") != _VERSION:
        raise _Strange(f"its version is not {_VERSION}, so perhaps a newer Larder's")
    if not isinstance(value.get("profiles"), dict):
        raise _Strange("it has no profiles")
    by_name = {name: _kept(name, profile) for name, profile in value["profiles"].items()}
    in_use = value.get("in_use")
    if in_use is not None and (not isinstance(in_use, str) or in_use not in by_name):
        raise _Strange("the profile in use is not in it")
    return KeptProfiles(by_name, in_use)


def _kept(name: str, value: Any) -> Kept:
    if not is_profile_name(name) or not isinstance(value, dict):
        raise _Strange(f"{name!r} is no profile")
    url, hint, api_key = (value.get(key) for key in ("base_url", "hint", "api_key"))
    try:
        if not isinstance(url, str) or base_url_in(url, f"profile {name}") != url:
            raise _Strange(f"profile {name} has no base URL")
    except UsageError as error:
        raise _Strange(str(error)) from None
    is_kept = value.get("in_keyring") is True or (isinstance(api_key, str) and is_api_key(api_key))
    if not is_kept or not isinstance(hint, str):
        raise _Strange(f"profile {name} has no key")
    return Kept(url, hint, None if value.get("in_keyring") is True else api_key)

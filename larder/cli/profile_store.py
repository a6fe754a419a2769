"""The user's profiles: their file, and the keyring with the keys, if there is one."""

import os
from collections.abc import Callable
from functools import partial

from larder.api.resolve import Profile, named
from larder.api.settings import hint_of, is_same_url
from larder.cli.keyrings import Keyring, KeyringError, OpenKeyring, open_keyring
from larder.cli.profile_file import Kept, ProfileFile
from larder.cli.terminal import complain
from larder.errors import LarderError, UsageError
from larder.values import profile_name


class ProfileStore:
    """Profiles with their keys, from the file or the keyring."""

    def __init__(
        self, file: ProfileFile | None = None, open_keyring: OpenKeyring = open_keyring
    ) -> None:
        """Opens neither yet; uses the user's own file unless given one."""
        self.file = file or ProfileFile()
        self._open_keyring = open_keyring

    def find(self, name: str | None) -> Profile | None:
        """See `larder.api.resolve.Profiles`."""
        profiles = self.file.read()
        found = profiles.in_use if name is None else name
        kept = None if found is None else profiles.by_name.get(found)
        if found is None or kept is None:
            return None
        return Profile(found, kept.base_url, lambda: self._key_of(found, kept))

    def names(self) -> list[str]:
        """See `larder.api.resolve.Profiles`."""
        return sorted(self.file.read().by_name)

    def keep(self, name: str, base_url: str, api_key: str, *, in_keyring: bool = True) -> Kept:
        """Saves the profile and uses it from now on; its key is in the keyring if that is wanted.

        Without a keyring that works, the key is in the file, and a line says so. An old profile
        keeps its spelling of the URL, by which the keyring finds the key. Raises UsageError when
        that profile is for another URL, and LarderError when the new one cannot be saved; then
        nothing is changed.
        """
        with self.file.locked():
            profiles = self.file.read()
            before = profiles.by_name.get(name)
            refuse_another_url(name, before, base_url)
            url = before.base_url if before is not None else base_url
            kept, put_back = self._kept(name, url, api_key, in_keyring=in_keyring)
            profiles.by_name[name], profiles.in_use = kept, name
            try:
                self.file.write(profiles)
            except BaseException:
                put_back()
                raise
            problem = self._forget(name, before) if before is not None and kept.api_key else None
        if problem:
            complain(f"the key that profile {name} had is still in the keyring: {problem}")
        return kept

    def use(self, name: str) -> None:
        """Uses it from now on; raises UsageError if there is none."""
        with self.file.change() as profiles:
            named(name, "NAME", self)
            profiles.in_use = name

    def remove(self, name: str, source: str) -> Kept:
        """Removes the profile and its key; raises LarderError when the keyring keeps the key."""
        with self.file.locked():
            named(name, source, self)
            profiles = self.file.read()
            kept = profiles.by_name.pop(name)
            if profiles.in_use == name:
                profiles.in_use = None
            self.file.write(profiles)
            # Under the lock: a new login's key would have the same name in the keyring.
            problem = self._forget(name, kept)
        if problem:
            raise LarderError(
                f"profile {name} is removed, but its key is still in the keyring: {problem}"
            )
        return kept

    def _kept(
        self, name: str, base_url: str, api_key: str, *, in_keyring: bool
    ) -> tuple[Kept, Callable[[], None]]:
        """The profile for the file, and a function that restores the keyring."""
        hint = hint_of(api_key)
        if in_keyring:
            try:
                keyring = self._open_keyring()
                old = keyring.get(base_url, name)
                keyring.set(base_url, name, api_key)
            except KeyringError as error:
                complain(
                    f"no keyring is used ({error}): the key is kept in {self.file.path}, which "
                    "only you can read"
                )
            else:
                return Kept(base_url, hint), partial(_put_back, keyring, base_url, name, old)
        return Kept(base_url, hint, api_key), lambda: None

    def _key_of(self, name: str, kept: Kept) -> str:
        if kept.api_key is not None:
            return kept.api_key
        again = f"run `larder login --profile {name}`"
        try:
            key = self._open_keyring().get(kept.base_url, name)
        except KeyringError as error:
            raise UsageError(
                f"the key of profile {name} is in the keyring, which cannot be read ({error}): "
                f"{again} with --no-keyring, or set LARDER_BASE_URL and LARDER_API_KEY"
            ) from None
        if key is None:
            raise UsageError(f"the key of profile {name} is not in the keyring any more: {again}")
        return key

    def _forget(self, name: str, kept: Kept) -> str | None:
        """Removes the key from the keyring; returns the reason if that fails."""
        if kept.api_key is not None:
            return None
        try:
            self._open_keyring().delete(kept.base_url, name)
        except KeyringError as error:
            return str(error)
        return None


def _put_back(keyring: Keyring, base_url: str, name: str, old: str | None) -> None:
    try:
        if old is None:
            keyring.delete(base_url, name)
        else:
            keyring.set(base_url, name, old)
    except KeyringError as error:
        complain(f"the keyring has the new key of profile {name} all the same: {error}")


def refuse_another_url(name: str, kept: Kept | None, base_url: str) -> None:
    """Raises UsageError when the profile exists for another URL: its key would be lost."""
    if kept is not None and not is_same_url(kept.base_url, base_url):
        raise UsageError(
            f"profile {name} is for {kept.base_url}: give --profile NAME to keep another, or run "
            f"`larder logout --profile {name}` first"
        )


def name_given(option: str | None) -> tuple[str | None, str]:
    """The profile that `--profile` or else LARDER_PROFILE names, if any, and which of the two.

    Raises UsageError when the variable cannot name a profile.
    """
    if option is not None:
        return option, "--profile"
    name = os.environ.get("LARDER_PROFILE", "").strip()
    try:
        return profile_name(name) if name else None, "LARDER_PROFILE"
    except ValueError as error:
        raise UsageError(f"LARDER_PROFILE: {error}") from None

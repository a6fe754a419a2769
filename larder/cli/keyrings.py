"""The system's keyring, where there is one that works, and never for longer than a while."""

import threading
from collections.abc import Callable
from typing import Protocol, TypeVar

from larder.cli.terminal import complain
from larder.errors import LarderError

T = TypeVar("T")

# It may ask the user to unlock it, which takes a person a moment; or hang, as D-Bus does where
# nobody is at its other end.
_NOTICE_AFTER = 3.0
_GIVE_UP_AFTER = 30.0

_NO_KEYRINGS = ("keyring.backends.fail.", "keyring.backends.null.")


class KeyringError(LarderError):
    """There is no keyring, or it does not do its work; the text says why."""


class Keyring(Protocol):
    """Keeps keys by the URL that they are for, and by the profile's name.

    The URL is a part of what a key is found by, so that no change to a profile's URL, by whomever,
    can send the key elsewhere. All of it raises KeyringError.
    """

    name: str

    def get(self, base_url: str, profile: str) -> str | None:
        """The key, if there is one."""

    def set(self, base_url: str, profile: str, api_key: str) -> None:
        """Keeps the key, in the place of another."""

    def delete(self, base_url: str, profile: str) -> None:
        """Removes the key, if there is one."""


OpenKeyring = Callable[[], Keyring]


class Backend(Protocol):
    """What the package keyring has for each kind of keyring."""

    @property
    def name(self) -> str:
        """What messages call it."""

    def get_password(self, service: str, username: str, /) -> str | None:
        """The password, if there is one."""

    def set_password(self, service: str, username: str, password: str, /) -> None:
        """Keeps the password, in the place of another."""

    def delete_password(self, service: str, username: str, /) -> None:
        """Removes the password; an error where there is none."""


class SystemKeyring:
    """A keyring of the system, called in a thread that is left alone when it does not come back."""

    def __init__(
        self,
        backend: Backend,
        *,
        notice_after: float = _NOTICE_AFTER,
        give_up_after: float = _GIVE_UP_AFTER,
    ) -> None:
        """Asks nothing yet; after `notice_after` seconds of an answer the user is told to wait."""
        self.name = backend.name
        self._backend = backend
        self._patience = (notice_after, give_up_after)

    def get(self, base_url: str, profile: str) -> str | None:
        """See `Keyring`."""
        service = _service(base_url)
        return self._patiently(lambda: self._backend.get_password(service, profile))

    def set(self, base_url: str, profile: str, api_key: str) -> None:
        """See `Keyring`; looks whether the key is there, as some keep nothing and say nothing."""
        service = _service(base_url)

        def keep() -> str | None:
            self._backend.set_password(service, profile, api_key)
            return self._backend.get_password(service, profile)

        if self._patiently(keep) != api_key:
            raise KeyringError("it does not keep what it is given")

    def delete(self, base_url: str, profile: str) -> None:
        """See `Keyring`."""
        service = _service(base_url)

        def remove() -> None:
            if self._backend.get_password(service, profile) is not None:
                self._backend.delete_password(service, profile)

        self._patiently(remove)

    def _patiently(self, call: Callable[[], T]) -> T:
        return _patiently(call, *self._patience)


def open_keyring(
    *, notice_after: float = _NOTICE_AFTER, give_up_after: float = _GIVE_UP_AFTER
) -> Keyring:
    """The system's keyring; KeyringError where there is none that keeps a secret."""
    backend = _patiently(_find_backend, notice_after, give_up_after)
    return SystemKeyring(backend, notice_after=notice_after, give_up_after=give_up_after)


def _find_backend() -> Backend:
    try:
        import keyring
        from keyring.backends.chainer import ChainerBackend
    except ImportError:
        raise KeyringError("the package keyring is not installed") from None
    backend: Backend = keyring.get_keyring()
    if isinstance(backend, ChainerBackend):  # several, of which the best comes first
        backend = next(iter(backend.backends))
    kinds = [f"{kind.__module__}.{kind.__qualname__}" for kind in type(backend).__mro__]
    if any(kind.startswith(_NO_KEYRINGS) for kind in kinds):
        raise KeyringError("this system has none")
    if any("plaintext" in kind.lower() for kind in kinds):
        raise KeyringError(f"{backend.name} keeps it in plain text")
    return backend


def _patiently(call: Callable[[], T], notice_after: float, give_up_after: float) -> T:
    """What the call returns; KeyringError for whatever it raises, and when it takes too long."""
    returned: list[T] = []
    raised: list[BaseException] = []

    def run() -> None:
        try:
            returned.append(call())
        except BaseException as error:  # noqa: BLE001 - a backend may raise anything
            raised.append(error)

    thread = threading.Thread(target=run, name="larder-keyring", daemon=True)
    thread.start()
    thread.join(notice_after)
    if thread.is_alive():
        complain("waiting for the keyring, which may want to be unlocked")
        thread.join(give_up_after - notice_after)
    if returned:
        return returned[0]
    if not raised:
        raise KeyringError(f"it did not answer within {give_up_after:g} s")
    if isinstance(raised[0], KeyringError):
        raise raised[0]
    reason = " ".join(str(raised[0]).split()) or type(raised[0]).__name__
    raise KeyringError(reason[:200]) from raised[0]


def _service(base_url: str) -> str:
    return f"larder {base_url}"

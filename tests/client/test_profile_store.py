"""What `login` and `logout` do to the file and the keyring, also where one of the two fails."""

import errno
import threading
from pathlib import Path

import pytest

from larder.cli.profile_file import ProfileFile
from larder.cli.profile_store import ProfileStore
from larder.errors import LarderError
from tests.client.fakes.keyrings import FakeKeyring

URL = "https://x.example/v1"
OLD, NEW = "sk-larder-old-0123456789abcdef", "sk-larder-new-0123456789abcdef"


@pytest.fixture
def file(tmp_path: Path) -> ProfileFile:
    return ProfileFile(tmp_path)


@pytest.fixture
def keyring() -> FakeKeyring:
    return FakeKeyring()


@pytest.fixture
def store(file: ProfileFile, keyring: FakeKeyring) -> ProfileStore:
    return ProfileStore(file, lambda: keyring)


def key_of(store: ProfileStore, name: str = "p") -> str:
    found = store.find(name)
    assert found is not None
    return found.read_key()


def fill(disk: pytest.MonkeyPatch) -> None:
    """Whatever is written from now on finds no room."""

    def refuse(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    disk.setattr("os.fsync", refuse)


@pytest.mark.parametrize("in_keyring", [True, False])
@pytest.mark.parametrize("was_in_keyring", [True, False])
def test_where_the_file_cannot_be_written_the_old_key_stays(
    was_in_keyring: bool,
    in_keyring: bool,
    store: ProfileStore,
    keyring: FakeKeyring,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store.keep("p", URL, OLD, in_keyring=was_in_keyring)
    before = (store.file.read(), dict(keyring.keys))
    fill(monkeypatch)
    with pytest.raises(LarderError, match="No space left on device"):
        store.keep("p", URL, NEW, in_keyring=in_keyring)
    assert (store.file.read(), keyring.keys) == before
    assert key_of(store) == OLD


def test_where_the_file_cannot_be_written_nothing_new_stays(
    store: ProfileStore, keyring: FakeKeyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(monkeypatch)
    with pytest.raises(LarderError, match="No space left on device"):
        store.keep("p", URL, NEW)
    assert keyring.keys == {}


def test_where_the_file_cannot_be_written_a_profile_is_not_removed(
    store: ProfileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.keep("p", URL, OLD)
    fill(monkeypatch)
    with pytest.raises(LarderError, match="No space left on device"):
        store.remove("p", "NAME")
    assert key_of(store) == OLD


@pytest.mark.parametrize("in_keyring", [True, False])
def test_another_spelling_of_the_url_leaves_no_key_behind(
    in_keyring: bool, store: ProfileStore, keyring: FakeKeyring
) -> None:
    store.keep("p", URL, OLD)
    store.keep("p", "https://X.example:443/v1", NEW, in_keyring=in_keyring)
    assert list(keyring.keys.values()) == ([NEW] if in_keyring else [])
    assert key_of(store) == NEW
    store.remove("p", "NAME")
    assert keyring.keys == {}


class SlowKeyring(FakeKeyring):
    """Lets somebody else log in, who gets as far as the lock, before it forgets a key."""

    def __init__(self, file: ProfileFile) -> None:
        super().__init__()
        self.other = threading.Thread(target=lambda: ProfileStore(file, lambda: self).keep(*AGAIN))

    def delete(self, base_url: str, profile: str) -> None:
        self.other.start()
        self.other.join(0.1)
        super().delete(base_url, profile)


AGAIN = ("p", URL, NEW)


@pytest.mark.parametrize("first", ["logout", "login without the keyring"])
def test_a_login_meanwhile_does_not_lose_its_key(first: str, file: ProfileFile) -> None:
    keyring = SlowKeyring(file)
    store = ProfileStore(file, lambda: keyring)
    store.keep("p", URL, OLD)
    if first == "logout":
        store.remove("p", "NAME")
    else:
        store.keep("p", URL, OLD, in_keyring=False)
    keyring.other.join()
    assert key_of(store) == NEW


def test_a_keyring_that_takes_nothing_back_is_complained_of(
    store: ProfileStore,
    keyring: FakeKeyring,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def refuse(_: int) -> None:
        keyring.broken = "it is locked"
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", refuse)
    with pytest.raises(LarderError, match="No space left on device"):
        store.keep("p", URL, NEW)
    assert capsys.readouterr().err == (
        "larder: the keyring has the new key of profile p all the same: it is locked\n"
    )

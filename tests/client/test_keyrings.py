"""The system's keyring by the package keyring: found, used, and done without when it misbehaves."""

import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest

from larder.cli.keyrings import KeyringError, SystemKeyring, open_keyring
from tests.client.fakes import keyrings as fakes
from tests.client.fakes.keyrings import FileKeyring, ForgetfulKeyring, HangingKeyring, LockedKeyring

URL, OTHER_URL = "https://x.example/v1", "https://y.example/v1"
KEY = "sk-larder-of-alice"

Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FILE_KEYRING", str(tmp_path / "keyring.json"))
    return tmp_path / "keyring.json"


@pytest.fixture
def no_keyring_yet() -> Iterator[None]:
    """The package chooses a backend once, and is to choose anew."""
    before = keyring.core._keyring_backend
    keyring.core._keyring_backend = None
    yield
    keyring.core._keyring_backend = before


def test_a_key_is_found_by_url_and_profile() -> None:
    ring = SystemKeyring(FileKeyring())
    ring.set(URL, "p", KEY)
    assert ring.get(URL, "p") == KEY
    assert ring.get(URL, "q") is None
    assert ring.get(OTHER_URL, "p") is None


def test_a_key_is_removed_and_may_be_gone_already() -> None:
    ring = SystemKeyring(FileKeyring())
    ring.set(URL, "p", KEY)
    ring.delete(URL, "p")
    ring.delete(URL, "p")
    assert ring.get(URL, "p") is None


def test_a_locked_keyring_is_one_line() -> None:
    with pytest.raises(KeyringError) as caught:
        SystemKeyring(LockedKeyring()).set(URL, "p", KEY)
    assert str(caught.value) == "Failed to unlock the collection!"


def test_a_keyring_that_keeps_nothing_is_found_out() -> None:
    with pytest.raises(KeyringError, match="does not keep"):
        SystemKeyring(ForgetfulKeyring()).set(URL, "p", KEY)


def test_a_keyring_that_hangs_is_left_alone(capsys: Capture) -> None:
    ring = SystemKeyring(HangingKeyring(), notice_after=0.01, give_up_after=0.02)
    try:
        with pytest.raises(KeyringError, match=r"did not answer within 0.02 s"):
            ring.get(URL, "p")
        assert "waiting for the keyring" in capsys.readouterr().err
    finally:
        HangingKeyring.let_go.set()


def test_one_that_answers_at_once_is_not_worth_a_word(capsys: Capture) -> None:
    assert SystemKeyring(FileKeyring()).get(URL, "p") is None
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("backend", "why"),
    [
        ("keyring.backends.fail.Keyring", "this system has none"),
        ("keyring.backends.null.Keyring", "this system has none"),
        (f"{fakes.HERE}.PlaintextKeyring", "File Keyring keeps it in plain text"),
        ("no.such.module.Keyring", "No module named 'no'"),
    ],
)
def test_what_keeps_no_secret_is_no_keyring(
    backend: str, why: str, no_keyring_yet: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", backend)
    with pytest.raises(KeyringError) as caught:
        open_keyring()
    assert str(caught.value) == why


def test_the_systems_backend_is_used(no_keyring_yet: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", f"{fakes.HERE}.FileKeyring")
    ring = open_keyring()
    ring.set(URL, "p", KEY)
    assert (ring.name, ring.get(URL, "p")) == ("File Keyring", KEY)


@pytest.mark.skipif(sys.platform != "linux", reason="D-Bus")
def test_a_d_bus_that_does_not_answer_is_left_alone(
    no_keyring_yet: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.delenv("PYTHON_KEYRING_BACKEND")
    with socket.socket(socket.AF_UNIX) as deaf:
        deaf.bind(str(tmp_path / "bus"))
        deaf.listen()
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", f"unix:path={tmp_path / 'bus'}")
        with pytest.raises(KeyringError, match="did not answer within"):
            open_keyring(notice_after=0.1, give_up_after=0.3)
    assert "waiting for the keyring" in capsys.readouterr().err


@pytest.mark.skipif(sys.platform != "linux", reason="D-Bus")
def test_a_d_bus_that_is_not_there_is_no_keyring(
    no_keyring_yet: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PYTHON_KEYRING_BACKEND")
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", f"unix:path={tmp_path / 'bus'}")
    with pytest.raises(KeyringError, match="this system has none"):
        open_keyring()

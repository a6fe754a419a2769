"""The file of profiles: private, whole, and never half understood."""

import json
import os
import stat
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from larder.cli.profile_file import Kept, KeptProfiles, ProfileFile
from larder.errors import LarderError, UsageError

URL = "https://x.example/v1"
ALICE = Kept(URL, "sk-larder-…", "sk-larder-alice")
BOB = Kept(URL, "sk-larder-…")

posix = pytest.mark.skipif(sys.platform == "win32", reason="POSIX's modes")
unprivileged = pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() == 0, reason="root may read and write all"
)
Capture = pytest.CaptureFixture[str]


@pytest.fixture
def file(tmp_path: Path) -> ProfileFile:
    return ProfileFile(tmp_path / "settings" / "larder")


def keep(file: ProfileFile, name: str, kept: Kept) -> None:
    with file.change() as profiles:
        profiles.by_name[name], profiles.in_use = kept, name


def written(file: ProfileFile, text: str | bytes) -> Path:
    file.path.parent.mkdir(parents=True, exist_ok=True)
    file.path.write_bytes(text if isinstance(text, bytes) else text.encode())
    file.path.chmod(0o600)
    return file.path


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_what_is_kept_is_read_again(file: ProfileFile) -> None:
    assert file.read() == KeptProfiles()
    keep(file, "alice", ALICE)
    keep(file, "bob", BOB)
    assert file.read() == KeptProfiles({"alice": ALICE, "bob": BOB}, "bob")


@posix
def test_the_file_and_its_directory_are_the_users_alone(file: ProfileFile) -> None:
    before = os.umask(0)
    try:
        keep(file, "alice", ALICE)
    finally:
        os.umask(before)
    assert (mode_of(file.path), mode_of(file.path.parent)) == (0o600, 0o700)


@posix
@pytest.mark.parametrize(("mode", "could"), [(0o644, "read"), (0o622, "change")])
def test_what_others_could_reach_is_taken_from_them(
    mode: int, could: str, file: ProfileFile, capsys: Capture
) -> None:
    keep(file, "alice", ALICE)
    file.path.chmod(mode)
    assert file.read().by_name == {"alice": ALICE}
    assert f"larder: others could {could} {file.path}" in capsys.readouterr().err
    assert mode_of(file.path) == 0o600
    file.read()
    assert capsys.readouterr().err == ""


def test_a_change_that_fails_changes_nothing(file: ProfileFile) -> None:
    keep(file, "alice", ALICE)

    def fail() -> None:
        with file.change() as profiles:
            profiles.by_name.clear()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert file.read().by_name == {"alice": ALICE}


def test_nothing_is_left_beside_the_file_but_the_lock(file: ProfileFile) -> None:
    keep(file, "alice", ALICE)
    assert sorted(path.name for path in file.path.parent.iterdir()) == [
        "profiles.json",
        "profiles.lock",
    ]


def test_changes_at_once_lose_nothing(file: ProfileFile) -> None:
    names = [f"p{number}" for number in range(16)]
    threads = [threading.Thread(target=keep, args=(file, name, ALICE)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(file.read().by_name) == sorted(names)


@posix
def test_a_link_stays_a_link(file: ProfileFile, tmp_path: Path) -> None:
    target = tmp_path / "dotfiles.json"
    keep(file, "alice", ALICE)
    file.path.rename(target)
    file.path.symlink_to(target)
    keep(file, "bob", BOB)
    assert file.path.is_symlink()
    assert sorted(json.loads(target.read_text())["profiles"]) == ["alice", "bob"]


def a_file_with(**changes: object) -> str:
    profile = {"base_url": URL, "hint": "sk-larder-…", "api_key": "sk-larder-hidden", **changes}
    return json.dumps({"version": 1, "in_use": "p", "profiles": {"p": profile}})


STRANGE: dict[str, str | bytes] = {
    "nothing": "",
    "no json": "[default]\nkey = sk-larder-hidden\n",
    "no utf-8": b'{"version": 1, "\xff": "sk-larder-hidden"}',
    "nested too deep": "[" * 100_000,
    "a list": "[]",
    "another's": '{"auths": {"registry": "sk-larder-hidden"}}',
    "a newer version": '{"version": 2, "profiles": {}}',
    "a list of profiles": '{"version": 1, "profiles": []}',
    "no profile": '{"version": 1, "profiles": {"p": "sk-larder-hidden"}}',
    "a name that is none": a_file_with().replace('"p"', '"p\\u001b[2J"'),
    "none of them in use": a_file_with().replace('"in_use": "p"', '"in_use": "q"'),
    "a list in use": a_file_with().replace('"in_use": "p"', '"in_use": []'),
    "no url": a_file_with(base_url=None),
    "a url that is none": a_file_with(base_url="x.example"),
    "a url with a user": a_file_with(base_url="https://ann:hidden@x.example/v1"),
    "no key": a_file_with(api_key=None),
    "a key that is none": a_file_with(api_key="sk-larder hidden"),
    "a hint that is none": a_file_with(hint=1),
    "too long": f'{{"version": 1, "profiles": {{}}, "x": "{"x" * 2**20}"}}',
}


@pytest.mark.parametrize("what", STRANGE)
def test_what_is_no_such_file_is_one_line_that_names_it(what: str, file: ProfileFile) -> None:
    path = written(file, STRANGE[what])
    for attempt in (file.read, lambda: keep(file, "bob", BOB)):
        with pytest.raises(UsageError) as caught:
            attempt()
        message = str(caught.value)
        assert message.startswith(f"{path} is no file of Larder's profiles: ")
        assert "\n" not in message
        assert "hidden" not in message
    expected = STRANGE[what]
    assert path.read_bytes() == (expected if isinstance(expected, bytes) else expected.encode())


@given(st.binary(max_size=200) | st.recursive(st.none() | st.text(), st.lists).map(repr))
def test_whatever_the_file_holds_is_profiles_or_one_line(
    tmp_path_factory: pytest.TempPathFactory, content: bytes | str
) -> None:
    file = ProfileFile(tmp_path_factory.mktemp("any"))
    written(file, content)
    with pytest.raises(UsageError, match="is no file of Larder's profiles"):
        file.read()


def test_a_directory_in_its_place_is_one_line(file: ProfileFile) -> None:
    file.path.mkdir(parents=True)
    with pytest.raises(UsageError, match=f"cannot read {file.path}: it is no regular file"):
        file.read()


@posix
def test_a_pipe_in_its_place_is_not_waited_for(file: ProfileFile) -> None:
    file.path.parent.mkdir(parents=True)
    os.mkfifo(file.path)
    with pytest.raises(UsageError, match="it is no regular file"):
        file.read()


def test_a_file_in_the_directorys_place_is_one_line(file: ProfileFile) -> None:
    file.path.parent.parent.mkdir(parents=True)
    file.path.parent.write_text("")
    with pytest.raises(LarderError, match=f"cannot write {file.path}: "):
        keep(file, "alice", ALICE)


@unprivileged
def test_a_file_of_somebody_else_is_one_line(file: ProfileFile) -> None:
    keep(file, "alice", ALICE)
    file.path.chmod(0)
    with pytest.raises(UsageError, match=f"cannot read {file.path}: Permission denied"):
        file.read()


def test_whoever_has_no_home_has_no_profiles(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", "")
    monkeypatch.setattr("os.path.expanduser", lambda path: path)
    assert ProfileFile().read() == KeptProfiles()
    with pytest.raises(UsageError, match="no home directory to keep profiles in"):
        keep(ProfileFile(), "alice", ALICE)


def test_the_file_is_where_settings_belong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert ProfileFile().path.name == "profiles.json"
    if sys.platform != "win32":
        assert ProfileFile().path == tmp_path / "larder" / "profiles.json"


def test_the_key_is_not_shown_by_accident() -> None:
    assert "sk-larder-alice" not in repr(KeptProfiles({"alice": ALICE}))

"""`larder login`, `logout`, `profiles` and `whoami`, and what the other commands make of them."""

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from larder.cli import main
from larder.cli.parser import build_parser
from larder.cli.profile_file import ProfileFile
from tests.client.conftest import Larder
from tests.client.fakes import keyrings
from tests.client.fakes.faults import Fault

Capture = pytest.CaptureFixture[str]
LogIn = Callable[..., int]

KEY = "sk-larder-abcdefghijklmnopqrstuvwxyz"
HINT = "sk-larder-…wxyz"
LARDER = [sys.executable, "-m", "larder.cli"]


@pytest.fixture(autouse=True)
def nothing_set(larder: Larder, monkeypatch: pytest.MonkeyPatch) -> None:
    """A service that knows one key, and a shell that says nothing of either."""
    larder.service.keys = [KEY]
    for name in ("OPENAI_BASE_URL", "OPENAI_API_KEY"):
        monkeypatch.delenv(name)


@pytest.fixture
def log_in(larder: Larder, monkeypatch: pytest.MonkeyPatch) -> LogIn:
    """Runs `larder login` with a key by standard input."""

    def run(*arguments: str, key: str = KEY, base_url: str | None = None) -> int:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(f"{key}\n".encode())))
        url = ["--base-url", base_url or larder.base_url]
        return main(["login", "--key-stdin", *url, *arguments])

    return run


@pytest.fixture
def file_keyring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A keyring for commands that are processes of their own; where it keeps what it is given."""
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", f"{keyrings.HERE}.FileKeyring")
    monkeypatch.setenv("FILE_KEYRING", str(tmp_path / "keyring.json"))
    return tmp_path / "keyring.json"


def run_json(capsys: Capture, *arguments: str) -> list[Any]:
    capsys.readouterr()
    assert main([*arguments, "--json"]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def run(*arguments: str, key: str = "") -> "subprocess.CompletedProcess[str]":
    line = [*LARDER, *arguments]
    return subprocess.run(line, input=key, capture_output=True, text=True, check=False)


def profile_file() -> Path:
    return ProfileFile().path


def test_what_login_keeps_the_other_commands_use(
    log_in: LogIn, larder: Larder, capsys: Capture
) -> None:
    assert log_in() == 0
    captured = capsys.readouterr()
    assert captured.out.splitlines() == [
        f"Logged in to {larder.base_url} as alice: 0 B of 2.0 GiB in 0 files.",
        f"Profile default is in use; its key {HINT} is in {profile_file()}.",
    ]
    assert captured.err == (
        f"larder: no keyring is used (this system has none): the key is kept in {profile_file()}, "
        "which only you can read\n"
    )
    assert main(["list"]) == 0


def test_without_a_keyring_by_wish_there_is_nothing_to_complain_of(
    log_in: LogIn, capsys: Capture
) -> None:
    assert log_in("--no-keyring") == 0
    assert capsys.readouterr().err == ""


def test_login_tells_scripts_no_key(log_in: LogIn, larder: Larder, capsys: Capture) -> None:
    assert log_in("--json", "--profile", "p") == 0
    output = json.loads(capsys.readouterr().out)
    assert KEY not in json.dumps(output)
    assert output["usage"]["object"] == "usage"
    del output["usage"]
    assert output == {
        "owner": "alice",
        "base_url": larder.base_url,
        "base_url_from": "profile p",
        "key_hint": HINT,
        "key_from": "profile p",
        "key_in": "file",
        "profile": "p",
    }


@pytest.mark.parametrize("key", ["sk-larder-wrong", "two words", "", "sk-proj-abc", "schlüssel"])
def test_a_key_that_does_not_work_is_not_kept(
    key: str, log_in: LogIn, larder: Larder, capsys: Capture
) -> None:
    assert log_in(key=key) == (3 if key == "sk-larder-wrong" else 2)
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert not key or key not in error
    assert not profile_file().exists()


def test_openais_key_is_sent_to_nobody(log_in: LogIn, larder: Larder, capsys: Capture) -> None:
    assert log_in(key="sk-proj-abc") == 2
    assert "what --key-stdin read is a key of OpenAI's" in capsys.readouterr().err
    assert larder.service.requests == []


@pytest.mark.parametrize(
    ("url", "status", "words"),
    [
        ("http://127.0.0.1:1/v1", 6, "no answer from http://127.0.0.1:1/v1"),
        ("127.0.0.1", 2, "the base URL of --base-url must be like"),
        ("https://api.openai.com/v1", 2, "of --base-url is OpenAI's, and no Larder"),
    ],
)
def test_a_url_that_does_not_work_is_not_kept(
    url: str, status: int, words: str, log_in: LogIn, capsys: Capture
) -> None:
    assert log_in(base_url=url) == status
    assert words in capsys.readouterr().err
    assert not profile_file().exists()


def test_what_answers_as_no_larder_is_not_kept(log_in: LogIn, larder: Larder) -> None:
    larder.fail_api(Fault("GET", "status", status=404, body=b"<html>"))
    assert log_in() == 6
    assert not profile_file().exists()


def test_a_key_that_is_renewed_takes_the_old_ones_place(log_in: LogIn, larder: Larder) -> None:
    larder.service.keys.append("sk-larder-0123456789abcdefghij")
    assert log_in() == 0
    assert log_in(key="sk-larder-0123456789abcdefghij") == 0
    larder.service.keys.remove(KEY)
    assert main(["list"]) == 0


def test_a_profile_for_another_url_is_not_replaced(
    log_in: LogIn, larder: Larder, capsys: Capture
) -> None:
    assert log_in() == 0
    before = profile_file().read_bytes()
    assert log_in(base_url="https://y.example/v1") == 2
    assert "profile default is for" in capsys.readouterr().err
    assert profile_file().read_bytes() == before


def test_login_warns_where_the_shell_goes_first(
    log_in: LogIn, larder: Larder, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setenv("LARDER_BASE_URL", larder.base_url)
    monkeypatch.setenv("LARDER_API_KEY", "sk-larder-another")
    assert log_in("--no-keyring") == 0
    assert capsys.readouterr().err == (
        "larder: LARDER_API_KEY is set in this shell, and goes before profile default\n"
    )


def test_a_rotated_key_needs_no_url_again(
    log_in: LogIn, larder: Larder, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert log_in() == 0
    assert run("login", "--key-stdin", key=KEY).returncode == 0


def test_a_script_without_a_url_is_told_the_option() -> None:
    process = run("login", "--key-stdin", key=KEY)
    assert process.returncode == 2
    assert process.stderr == "larder: --key-stdin needs --base-url: the service's URL\n"


def test_where_nobody_can_be_asked_the_option_is_named(larder: Larder) -> None:
    process = run("login", "--base-url", larder.base_url)
    assert process.returncode == 2
    assert process.stderr == (
        "larder: nobody is there to ask for the key: pipe it in, with --key-stdin\n"
    )


def test_profiles_are_listed_and_chosen(log_in: LogIn, larder: Larder, capsys: Capture) -> None:
    assert log_in("--profile", "a") == 0
    assert log_in("--profile", "b") == 0
    listed = run_json(capsys, "profiles")
    assert [(profile["name"], profile["in_use"]) for profile in listed] == [
        ("a", False),
        ("b", True),
    ]
    assert listed[0] == {
        "name": "a",
        "base_url": larder.base_url,
        "key_hint": HINT,
        "key_in": "file",
        "in_use": False,
    }
    assert main(["profiles", "use", "a"]) == 0
    assert [profile["in_use"] for profile in run_json(capsys, "profiles")] == [True, False]
    assert main(["profiles"]) == 0
    out = capsys.readouterr().out
    assert [line.split() for line in out.splitlines()] == [
        ["NAME", "IN", "USE", "URL", "KEY", "KEPT", "IN"],
        ["a", "yes", larder.base_url, HINT, "file"],
        ["b", larder.base_url, HINT, "file"],
    ]


@pytest.mark.parametrize("command", ["profiles -q", "profiles list -q", "profiles -q list"])
def test_names_alone_are_for_scripts(command: str, log_in: LogIn, capsys: Capture) -> None:
    assert log_in("--profile", "b") == 0
    assert log_in("--profile", "a") == 0
    capsys.readouterr()
    assert main(command.split()) == 0
    assert capsys.readouterr().out == "a\nb\n"


def test_where_there_are_no_profiles_login_is_named(capsys: Capture) -> None:
    assert run_json(capsys, "profiles") == []
    assert main(["profiles"]) == 0
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == (
        "",
        "larder: there are no profiles yet: run `larder login`\n",
    )


def test_a_profile_that_is_none_cannot_be_used(log_in: LogIn, capsys: Capture) -> None:
    assert log_in("--profile", "a") == 0
    capsys.readouterr()
    assert main(["profiles", "use", "c"]) == 2
    assert capsys.readouterr().err == "larder: NAME 'c' is no profile: there are: a\n"


@pytest.mark.parametrize("name", ["", "a b", "../x", "-x", "a\x1b[2J", "x" * 65])
def test_a_name_that_no_profile_can_have_is_refused(
    name: str, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["usage", f"--profile={name}"])
    assert "cannot name a profile: 1 to 64 of A-Z" in capsys.readouterr().err


@pytest.mark.parametrize("name", [KEY, KEY * 3])
@pytest.mark.parametrize("command", ["usage --profile={}", "profiles use {}"])
def test_a_key_that_is_given_for_a_name_is_not_shown(
    command: str, name: str, capsys: Capture
) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(command.format(name).split())
    error = capsys.readouterr().err
    assert "cannot name a profile: it looks like a key" in error
    assert KEY not in error


@pytest.mark.parametrize("variable", ["LARDER_BASE_URL", "OPENAI_BASE_URL", "LARDER_PROFILE"])
@pytest.mark.parametrize("command", ["whoami", "login --key-stdin", "logout"])
def test_a_key_in_another_variables_place_is_not_shown(
    variable: str, command: str, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(KEY.encode())))
    monkeypatch.setenv(variable, KEY)
    assert main(command.split()) == 2
    output = "".join(capsys.readouterr())
    assert KEY not in output
    if command == "whoami":
        assert f"{variable} looks like a key" in output


def test_a_variable_that_can_name_no_profile_is_named(
    log_in: LogIn, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LARDER_PROFILE", "../x")
    assert log_in() == 2
    assert "LARDER_PROFILE: '../x' cannot name a profile" in capsys.readouterr().err


def test_each_profile_has_its_own_key(
    log_in: LogIn, larder: Larder, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = "sk-larder-0123456789abcdefghij"
    larder.service.keys.append(other)
    assert log_in("--profile", "a") == 0
    assert log_in("--profile", "b", key=other) == 0
    larder.service.requests.clear()
    main(["usage", "--profile", "a"])
    main(["usage"])
    monkeypatch.setenv("LARDER_PROFILE", "a")
    main(["usage"])
    sent = [request.headers["authorization"] for request in larder.service.requests]
    assert sent == [f"Bearer {KEY}", f"Bearer {other}", f"Bearer {KEY}"]


def test_every_command_that_calls_the_service_takes_a_profile() -> None:
    for command in (["list"], ["show", "x"], ["download", "x"], ["delete", "x"], ["upload", "x"]):
        assert build_parser().parse_args([*command, "--profile", "p"]).profile == "p"
    for verb in (["uploads", "list"], ["uploads", "cancel", "x"], ["usage"], ["whoami"]):
        assert build_parser().parse_args([*verb, "--profile", "p"]).profile == "p"


def test_a_profiles_key_does_not_go_to_another_url(
    log_in: LogIn, larder: Larder, capsys: Capture
) -> None:
    assert log_in() == 0
    larder.service.requests.clear()
    other = larder.base_url.replace("127.0.0.1", "localhost")
    assert main(["list", "--base-url", other]) == 2
    assert f"and is not sent to {other} of --base-url" in capsys.readouterr().err
    assert larder.service.requests == []


def test_logout_removes_profile_and_key(log_in: LogIn, larder: Larder, capsys: Capture) -> None:
    assert log_in("--profile", "a") == 0
    assert log_in("--profile", "b") == 0
    capsys.readouterr()
    assert main(["logout"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"Removed profile b and its key for {larder.base_url}.",
        "No profile is in use now; `larder profiles use NAME` chooses one of: a",
    ]
    assert main(["list"]) == 2
    assert main(["logout", "--profile", "a"]) == 0
    assert KEY not in profile_file().read_text()
    assert main(["logout"]) == 2
    assert "no profile is in use: there is none" in capsys.readouterr().err


def test_there_is_no_logging_out_of_nothing(log_in: LogIn, capsys: Capture) -> None:
    assert log_in("--profile", "a") == 0
    assert main(["logout", "--profile", "b"]) == 2
    assert "--profile 'b' is no profile: there are: a" in capsys.readouterr().err


def test_whoami_says_who_and_where_to_and_why(
    log_in: LogIn, larder: Larder, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    larder.service.add_file(b"x" * 2**20)
    assert log_in() == 0
    capsys.readouterr()
    assert main(["whoami"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "alice: 1.0 MiB of 2.0 GiB in 1 file",
        f"URL  {larder.base_url} (profile default)",
        f"key  {HINT} (profile default)",
    ]
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    (identity,) = run_json(capsys, "whoami", "--base-url", larder.base_url)
    assert KEY not in json.dumps(identity)
    assert (identity["owner"], identity["profile"]) == ("alice", None)
    assert (identity["base_url_from"], identity["key_from"]) == ("--base-url", "OPENAI_API_KEY")
    assert (identity["key_hint"], identity["usage"]["files"]) == (HINT, 1)


def test_a_file_that_is_none_of_larders_is_one_line(capsys: Capture) -> None:
    profile_file().parent.mkdir(parents=True)
    profile_file().write_text("{")
    profile_file().chmod(0o600)
    for command in (["list"], ["whoami"], ["profiles"], ["logout"], ["profiles", "use", "a"]):
        assert main(command) == 2
        error = capsys.readouterr().err
        assert error.startswith(f"larder: {profile_file()} is no file of Larder's profiles: ")
        assert error.count("\n") == 1


def test_where_the_shell_says_it_all_the_file_is_not_read(
    larder: Larder, monkeypatch: pytest.MonkeyPatch
) -> None:
    profile_file().parent.mkdir(parents=True)
    profile_file().write_text("{")
    monkeypatch.setenv("OPENAI_BASE_URL", larder.base_url)
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    assert main(["list"]) == 0


def test_the_key_is_in_the_systems_keyring(larder: Larder, file_keyring: Path) -> None:
    process = run("login", "--key-stdin", "--base-url", larder.base_url, key=KEY)
    assert process.stderr == ""
    assert process.stdout.splitlines()[1] == (
        f"Profile default is in use; its key {HINT} is in the keyring."
    )
    assert KEY in file_keyring.read_text()
    assert KEY not in profile_file().read_text()
    assert run("list").returncode == 0
    assert run("logout").returncode == 0
    assert json.loads(file_keyring.read_text()) == {}


def test_a_url_that_was_changed_in_the_file_gets_no_key_of_the_keyring(
    larder: Larder, file_keyring: Path
) -> None:
    run("login", "--key-stdin", "--base-url", larder.base_url, key=KEY)
    changed = larder.base_url.replace("127.0.0.1", "localhost")
    profile_file().write_text(profile_file().read_text().replace(larder.base_url, changed))
    larder.service.requests.clear()
    process = run("list")
    assert process.returncode == 2
    assert process.stderr == (
        "larder: the key of profile default is not in the keyring any more: run `larder login "
        "--profile default`\n"
    )
    assert larder.service.requests == []


def test_a_key_that_moves_to_the_file_leaves_the_keyring(
    larder: Larder, file_keyring: Path
) -> None:
    where = ["login", "--key-stdin", "--base-url", larder.base_url]
    run(*where, key=KEY)
    assert run(*where, "--no-keyring", key=KEY).returncode == 0
    assert json.loads(file_keyring.read_text()) == {}
    assert KEY in profile_file().read_text()


def test_a_keyring_that_stays_locked_is_one_line(
    larder: Larder, file_keyring: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = ["login", "--key-stdin", "--base-url", larder.base_url]
    run(*where, key=KEY)
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", f"{keyrings.HERE}.LockedKeyring")
    used, removed = run("list"), run("logout")
    assert used.returncode == 2
    assert "is in the keyring, which cannot be read (Failed to unlock" in used.stderr
    assert removed.returncode == 1
    assert "profile default is removed, but its key is still in the keyring" in removed.stderr
    kept = run(*where, key=KEY)
    assert kept.returncode == 0
    assert "no keyring is used (Failed to unlock the collection!)" in kept.stderr
    assert {process.stderr.count("\n") for process in (used, removed, kept)} == {1}


def test_logins_at_once_lose_nothing(larder: Larder) -> None:
    names = [f"p{number}" for number in range(4)]
    where = ["login", "--key-stdin", "--base-url", larder.base_url, "--profile"]
    with ThreadPoolExecutor(len(names)) as pool:
        processes = list(pool.map(lambda name: run(*where, name, key=KEY), names))
    assert [process.returncode for process in processes] == [0] * len(names)
    assert sorted(ProfileFile().read().by_name) == names


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX's terminals")
@pytest.mark.parametrize("typed", ["KEY", "nothing", "end"])
def test_a_key_that_is_typed_is_not_shown(typed: str, larder: Larder) -> None:
    ours, theirs = os.openpty()
    line = [*LARDER, "login", "--no-keyring"]
    process = subprocess.Popen(
        line, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
    )
    os.close(theirs)
    shown = read_until(ours, b"https://host/v1: ")
    os.write(ours, f"{larder.base_url}\n".encode())
    shown += read_until(ours, b"which is not shown: ")
    os.write(ours, {"KEY": f"{KEY}\n", "nothing": "\n", "end": "\x04"}[typed].encode())
    shown += read_until(ours, None)
    os.close(ours)
    assert process.wait() == (0 if typed == "KEY" else 2)
    assert KEY.encode() not in shown
    assert (b"Logged in to" if typed == "KEY" else b"no key was given") in shown
    assert profile_file().exists() is (typed == "KEY")


def read_until(terminal: int, prompt: bytes | None) -> bytes:
    """What the terminal shows up to the prompt, or to the end of the process."""
    shown = b""
    while prompt is None or prompt not in shown:
        try:
            chunk = os.read(terminal, 1024)
        except OSError:  # what Linux says when nobody has it open any more
            chunk = b""
        if not chunk:
            assert prompt is None, shown
            break
        shown += chunk
    return shown


def test_help_and_a_plain_command_load_nothing_that_they_do_not_need(
    larder: Larder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", larder.base_url)
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    code = """
import sys
from larder.cli import main
try:
    main(sys.argv[1:])
except SystemExit:
    pass
print(*sys.modules)
"""
    never = {"rich", "keyring", "platformdirs"}
    for command in (["whoami", "--help"], ["login", "--help"], ["profiles", "--help"], ["list"]):
        line = [sys.executable, "-c", code, *command]
        shown = subprocess.run(line, capture_output=True, text=True, check=True).stdout
        loaded = shown.splitlines()[-1].split()
        heavy = never if command == ["list"] else never | {"urllib3"}
        assert not heavy & set(loaded), command

"""What paths on a command line mean."""

import errno
import os
import sys
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from larder.cli.paths import Patterns, files_at

Make = Callable[..., Path]

NAMES = st.text(st.sampled_from("ab.-_"), min_size=1, max_size=4).filter(lambda s: s.strip("."))
PATHS = st.lists(NAMES, min_size=1, max_size=4).map("/".join)


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Make:
    """Makes files of these paths in the directory that the test is in."""
    monkeypatch.chdir(tmp_path)

    def made(*paths: str) -> Path:
        for path in paths:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            Path(path).write_bytes(b"x")
        return tmp_path

    return made


def found(*arguments: str, **patterns: object) -> list[str]:
    """The paths, when nothing is wrong."""
    paths, wrong = files_at(arguments, Patterns(**patterns))  # type: ignore[arg-type]
    assert wrong == []
    return [path.replace(os.sep, "/") for path in paths]


def wrong_with(*arguments: str, **patterns: object) -> list[str]:
    """What is said to be wrong, when nothing is found."""
    paths, wrong = files_at(arguments, Patterns(**patterns))  # type: ignore[arg-type]
    assert paths == []
    return [str(error) for _, error in wrong]


def test_a_directory_is_all_that_is_in_it_by_name(make: Make) -> None:
    make("d/b", "d/a/c", "d/a/b", "d/é")
    assert found("d") == ["d/a/b", "d/a/c", "d/b", "d/é"]


def test_the_order_is_that_of_the_arguments(make: Make) -> None:
    make("c", "d/a", "b")
    assert found("c", "d", "b") == ["c", "d/a", "b"]


@pytest.mark.parametrize("again", ["./a", "d/../a", "ABSOLUTE", "a", "[a]", "."])
def test_a_file_that_is_given_twice_is_found_once(again: str, make: Make) -> None:
    directory = make("a")
    (directory / "d").mkdir()
    assert found("a", again.replace("ABSOLUTE", f"{directory}/a")) == ["a"]


def test_a_second_name_of_a_file_is_another_file(make: Make) -> None:
    make("a")
    Path("b").symlink_to("a")
    assert found("a", "b") == ["a", "b"]


def test_what_is_not_there_is_left_to_whoever_opens_it(make: Make) -> None:
    make()
    assert found("nothing", "-", "d/") == ["nothing", "-", "d/"]


def test_hidden_files_of_a_directory_are_passed_over(make: Make) -> None:
    make("d/.env", "d/.git/config", "d/a")
    assert found("d") == ["d/a"]
    assert found("d", hidden=True) == ["d/.env", "d/.git/config", "d/a"]


def test_a_hidden_file_or_directory_can_be_named(make: Make) -> None:
    make(".env", ".git/config")
    assert found(".env", ".git") == [".env", ".git/config"]


def test_a_link_to_a_file_is_that_file_and_one_to_a_directory_is_passed_over(make: Make) -> None:
    make("outside/a", "d/b")
    Path("d/file").symlink_to("../outside/a")
    Path("d/directory").symlink_to("../outside")
    Path("d/round").symlink_to(".")
    assert found("d") == ["d/b", "d/file"]


def test_a_link_to_a_directory_can_be_named(make: Make) -> None:
    make("d/a")
    Path("link").symlink_to("d")
    assert found("link") == ["link/a"]


def test_a_link_to_nothing_is_not_left_out_in_silence(make: Make) -> None:
    make("d/a")
    Path("d/gone").symlink_to("nowhere")
    Path("d/itself").symlink_to("itself")
    assert found("d") == ["d/a", "d/gone", "d/itself"]


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX's pipes")
def test_a_pipe_in_a_directory_is_passed_over(make: Make) -> None:
    make("d/a")
    os.mkfifo("d/pipe")
    assert found("d") == ["d/a"]


def test_a_directory_that_cannot_be_read_is_told(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    make("d/a", "d/shut/b")
    scandir = os.scandir

    def refuse(path: str) -> Any:
        if Path(path).name == "shut":
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)  # root, whom a mode does not hold up, may test too
    paths, wrong = files_at(["d"], Patterns())
    assert paths == ["d/a"]
    assert [str(error) for _, error in wrong] == ["cannot read d/shut: Permission denied"]


def test_a_quoted_pattern_is_what_it_matches(make: Make) -> None:
    make("d/a.jsonl", "d/b.jsonl", "d/c.txt", "d/e/f.jsonl", "d/.g.jsonl")
    assert found("d/*.jsonl") == ["d/a.jsonl", "d/b.jsonl"]
    assert found("d/**/*.jsonl") == ["d/a.jsonl", "d/b.jsonl", "d/e/f.jsonl"]
    assert found("d/**") == ["d/a.jsonl", "d/b.jsonl", "d/c.txt", "d/e/f.jsonl"]
    assert found("d/e*") == ["d/e/f.jsonl"]


def test_a_file_whose_name_looks_like_a_pattern_is_that_file(make: Make) -> None:
    make("a[1].jsonl", "a1.jsonl")
    assert found("a[1].jsonl") == ["a[1].jsonl"]


def test_an_argument_that_means_no_file_is_named(make: Make) -> None:
    directory = make(".hidden")
    (directory / "d").mkdir()
    but = ", but perhaps hidden ones: see --hidden"
    assert wrong_with("*.jsonl", "d") == [
        f"no file found: *.jsonl{but}",
        f"no file found: d{but}",
    ]
    assert wrong_with("*.jsonl", hidden=True) == ["no file found: *.jsonl"]


def test_patterns_that_leave_no_file_are_named(make: Make) -> None:
    make("d/a.txt", "e/b.jsonl")
    assert wrong_with("d", include=["*.jsonl"], exclude=["x"]) == [
        "no file is left of d by --include *.jsonl --exclude x"
    ]
    assert found("d", "e", include=["*.jsonl"]) == ["e/b.jsonl"]


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("*.jsonl", "a.jsonl"),
        ("*.jsonl", "d/e/a.jsonl"),
        ("a.jsonl", "d/a.jsonl"),
        ("d/*", "d/e/a"),
        ("d", "d/e/a"),
        ("d/", "d/e/a"),
        ("e", "d/e/a"),
        ("d/e", "d/e/a"),
        ("[ab]", "d/b"),
        ("d/?", "d/b"),
    ],
)
def test_a_pattern_matches_path_name_and_directories(pattern: str, path: str) -> None:
    assert Patterns(include=[pattern]).take(path)
    assert not Patterns(exclude=[pattern]).take(path)


@pytest.mark.parametrize(
    ("pattern", "path"),
    [("*.jsonl", "a.json"), ("d/*", "e/d"), ("A", "a"), ("a", "b/aa"), ("", "a")],
)
def test_a_pattern_does_not_match_more(pattern: str, path: str) -> None:
    assert not Patterns(include=[pattern]).take(path)
    assert Patterns(exclude=[pattern]).take(path)


@pytest.mark.parametrize("given", ["d", "d/**/*", "d/*/"])
def test_patterns_are_held_against_the_path_below_what_was_given(given: str, make: Make) -> None:
    make("d/old/a", "d/new/a")
    assert found(given, exclude=["old"]) == ["d/new/a"]
    assert found(given, include=["new/a"]) == ["d/new/a"]


@given(
    PATHS, st.lists(st.text("ab*?[].-/", max_size=5)), st.lists(st.text("ab*?[].-/", max_size=5))
)
def test_what_is_excluded_is_never_taken(path: str, include: list[str], exclude: list[str]) -> None:
    patterns = Patterns(include, exclude)
    if not Patterns(exclude=exclude).take(path):
        assert not patterns.take(path)
    if patterns.take(path):
        assert not include or Patterns(include=include).take(path)


@given(PATHS)
def test_a_path_its_name_and_its_directories_are_patterns_of_it(path: str) -> None:
    pure = PurePosixPath(path)
    for pattern in (path, pure.name, *map(str, list(pure.parents)[:-1])):
        assert Patterns(include=[pattern]).take(path)


@settings(max_examples=50, deadline=None)
@given(st.sets(PATHS, min_size=1, max_size=8), st.booleans())
def test_a_directory_and_its_files_one_by_one_are_the_same(
    tmp_path_factory: pytest.TempPathFactory, paths: set[str], hidden: bool
) -> None:
    root = tmp_path_factory.mktemp("root")
    for path in paths:
        try:
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(b"")
        except (FileExistsError, NotADirectoryError, IsADirectoryError):
            pass  # one of them is the directory of another
    files = [str(path) for path in root.rglob("*") if path.is_file()]
    visible = [
        path
        for path in files
        if not any(p.startswith(".") for p in Path(path).relative_to(root).parts)
    ]
    expected = files if hidden else visible
    found_in, _ = files_at([str(root)], Patterns(hidden=hidden))
    assert sorted(found_in) == sorted(expected)
    again, _ = files_at([*found_in, str(root)], Patterns(hidden=hidden))
    assert again == found_in

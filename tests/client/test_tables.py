"""Lists on a terminal fit it; elsewhere they are whole."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from larder.cli import main
from larder.cli.fitted import shorten
from larder.cli.output import FILE_COLUMNS, print_table
from larder.cli.tables import until
from tests.client.conftest import Larder
from tests.client.terminals import Paper, on_a_terminal, widest

MakeFile = Callable[..., Path]
Capture = pytest.CaptureFixture[str]

ID = "file-0123456789abcdef0123456789"
NAMES = [
    "a.jsonl",
    "a-very-long-name-of-a-file-that-nobody-can-read-to-its-end-" * 3 + ".jsonl",
    "日本語のファイル名前はここにあります、とても長いです.jsonl",
    "👩\u200d🔬👨\u200d👩\u200d👧" * 9 + ".txt",
    "e\u0301" * 60,
    "שלום-עולם-" * 8,
    "[red]x[/]",
    "a\x1b[2J\r\n\u202egpj",
]
DAY = 86400


@pytest.fixture
def paper(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], Paper]:
    """Has standard output go to a terminal of so many columns, from when it is called."""

    def lay(width: int, term: str = "xterm") -> Paper:
        paper = Paper()
        monkeypatch.setenv("COLUMNS", str(width))
        monkeypatch.setenv("TERM", term)
        monkeypatch.setattr(sys, "stdout", paper)
        return paper

    return lay


def a_row(filename: str = "a.jsonl", *, expires_in: int = 7 * DAY) -> list[Any]:
    now = int(time.time())
    return [ID, 2048, "batch", now, now + expires_in, filename]


@pytest.mark.parametrize("width", [40, 80, 200])
@pytest.mark.parametrize("name", NAMES)
def test_a_table_fits_its_terminal(width: int, name: str, paper: Callable[[int], Paper]) -> None:
    seen = paper(width)
    print_table(FILE_COLUMNS, [a_row(name), a_row()])
    lines = seen.lines()
    assert len(lines) == 3
    assert widest(lines) <= width
    assert all(line.startswith(f"{ID}  ") for line in lines[1:])


def test_a_wide_terminal_has_every_column(paper: Callable[[int], Paper]) -> None:
    seen = paper(120)
    print_table(FILE_COLUMNS, [a_row()])
    header, row = seen.lines()
    assert header.split() == ["ID", "SIZE", "PURPOSE", "CREATED", "EXPIRES", "FILENAME"]
    assert re.fullmatch(rf"{ID}  2\.0 KiB  batch    \S+ \S+  in \d days  a\.jsonl", row)


@pytest.mark.parametrize(
    ("width", "columns"),
    [
        (80, ["ID", "SIZE", "PURPOSE", "EXPIRES", "FILENAME"]),
        (60, ["ID", "EXPIRES", "FILENAME"]),
        (44, ["ID", "FILENAME"]),
        (20, ["ID"]),
    ],
)
def test_a_narrow_one_gives_up_what_is_missed_least(
    width: int, columns: list[str], paper: Callable[[int], Paper]
) -> None:
    seen = paper(width)
    print_table(FILE_COLUMNS, [a_row()])
    header, row = seen.lines()
    assert header.split() == columns
    assert row.startswith(ID)


def test_sizes_are_aligned_at_their_right(paper: Callable[[int], Paper]) -> None:
    seen = paper(80)
    rows = [a_row(), a_row()]
    rows[0][1] = 5
    print_table(FILE_COLUMNS, rows)
    ends = {re.search(r"(?<=B)|(?<=SIZE)", line).end() for line in seen.lines()}  # type: ignore[union-attr]
    assert len(ends) == 1


def test_no_files_are_a_header(paper: Callable[[int], Paper]) -> None:
    seen = paper(80)
    print_table(FILE_COLUMNS, [])
    assert len(seen.lines()) == 1


def test_a_thousand_files_take_no_time(paper: Callable[[int], Paper]) -> None:
    seen = paper(80)
    rows = [a_row(NAMES[number % len(NAMES)]) for number in range(1000)]
    began = time.process_time()
    print_table(FILE_COLUMNS, rows)
    assert time.process_time() - began < 2
    assert len(seen.lines()) == 1001


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (30 * DAY, "in 30 days"),
        (6 * DAY + 5, "in 6 days"),
        (7 * DAY - 3, "in 7 days"),
        (2 * DAY - 1, "in 2 days"),
        (1.5 * DAY - 1, "in 36 h"),
        (3 * 3600, "in 3 h"),
        (3599, "in 1 h"),
        (1800, "in 30 min"),
        (1, "in 1 min"),
        (0, "expired"),
        (-5, "expired"),
    ],
)
def test_how_long_it_is_until_then(left: float, words: str) -> None:
    assert until(1000 + left, 1000) == words


@pytest.mark.parametrize(
    ("expires_in", "painted"),
    [(7 * DAY, None), (3 * 3600 + 60, "\x1b[33min 3 h\x1b[0m"), (-1, "\x1b[31mexpired\x1b[0m")],
)
def test_an_end_that_is_near_has_a_colour_and_nothing_else_has(
    expires_in: int, painted: str | None, paper: Callable[[int], Paper]
) -> None:
    seen = paper(80)
    print_table(FILE_COLUMNS, [a_row(expires_in=expires_in)])
    row = seen.getvalue().splitlines()[1]
    assert re.findall(r"\x1b\[\d+m[^\x1b]*\x1b\[0m", row) == ([] if painted is None else [painted])


@pytest.mark.parametrize("setting", ["NO_COLOR", "TERM"])
def test_colours_can_be_done_without(
    setting: str, paper: Callable[..., Paper], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = paper(80, "dumb" if setting == "TERM" else "xterm")
    if setting == "NO_COLOR":
        monkeypatch.setenv("NO_COLOR", "1")
    print_table(FILE_COLUMNS, [a_row(expires_in=-1)])
    assert "\x1b" not in seen.getvalue()
    assert "expired" in seen.getvalue()


def test_colours_can_be_forced_on_columns_that_stay_whole(
    larder: Larder, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    larder.service.add_file(b"x", NAMES[1])
    assert main(["list"]) == 0
    plain = capsys.readouterr().out
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert main(["list"]) == 0
    colored = capsys.readouterr().out
    assert colored.startswith("\x1b[1mID")
    words = [line.split() for line in re.sub(r"\x1b\[\d+m", "", colored).splitlines()]
    assert words == [line.split() for line in plain.splitlines()]


@given(st.text(), st.integers(0, 40))
def test_a_shortened_name_fits_and_keeps_both_ends(text: str, width: int) -> None:
    short = shorten(text, width)
    assert cell_len(short) <= width or short == text
    if short != text:
        head, _, tail = short.rpartition("…")
        assert text.startswith(head)
        assert text.endswith(tail)


def test_a_shortened_name_loses_its_middle() -> None:
    assert shorten("a-long-name.jsonl", 12) == "a-long…jsonl"


def test_no_part_of_a_character_is_left() -> None:
    assert shorten("e\u0301" * 9, 5) == "e\u0301e\u0301…e\u0301e\u0301"
    assert shorten("日本語日本語", 6) == "日…語"


def test_a_list_on_a_terminal(larder: Larder) -> None:
    file = larder.service.add_file(b"x", NAMES[1])
    lines = on_a_terminal("list", columns=80)
    assert len(lines) == 2
    assert widest(lines) <= 80
    assert lines[1].startswith(file["id"])
    assert lines[1].endswith(".jsonl")


def test_show_on_a_terminal_has_everything(larder: Larder) -> None:
    files = [larder.service.add_file(b"x", name) for name in ("a.jsonl", NAMES[1])]
    lines = on_a_terminal("show", *(file["id"] for file in files), columns=60)
    assert lines[6] == ""
    for file, record in zip(files, (lines[:6], lines[7:]), strict=True):
        told = {line.split(None, 1)[0]: line.split(None, 1)[1] for line in record}
        assert (told["id"], told["filename"]) == (file["id"], file["filename"])
        assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d \(in \d+ days\)", told["expires"])


def test_usage_on_a_terminal_has_a_bar(larder: Larder) -> None:
    larder.service.add_file(b"x" * 1000)
    sentence, bar = on_a_terminal("usage")
    assert sentence.endswith("in 1 file")
    assert re.fullmatch(r"━*╌+  \d+ %", bar)


QUIET = [["list"], ["show", ID], ["delete", ID], ["upload", "PATH"], ["uploads", "list", "--all"]]


@pytest.fixture
def quiet_words(larder: Larder, a_file: MakeFile) -> dict[str, str]:
    return {ID: larder.service.add_file(b"x")["id"], "PATH": str(a_file(100_000))}


@pytest.mark.parametrize("command", QUIET)
def test_quiet_prints_ids_alone(
    command: list[str], quiet_words: dict[str, str], larder: Larder, capsys: Capture
) -> None:
    known = {quiet_words[ID]}
    assert main(["upload", quiet_words["PATH"], "--quiet"]) == 0
    ids = capsys.readouterr().out.split()
    known |= set(ids) | set(larder.service.uploads)
    assert main([*(quiet_words.get(word, word) for word in command), "-q"]) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    assert captured.out
    assert set(captured.out.splitlines()) <= known | set(larder.service.files)


def test_quiet_and_json_exclude_one_another(capsys: Capture) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["list", "--json", "-q"])
    assert "-q/--quiet: not allowed with argument --json" in capsys.readouterr().err


@pytest.mark.parametrize("command", [[], ["uploads"], ["admin"], ["admin", "keys"]])
def test_a_group_alone_prints_its_help(command: list[str], capsys: Capture) -> None:
    assert main(command) == 0
    captured = capsys.readouterr()
    assert captured.out.startswith(" ".join(["usage: larder", *command]))
    assert captured.err == ""


def test_a_verb_that_is_none_is_refused_with_those_that_are(capsys: Capture) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["uploads", "lst"])
    assert "choose from" in capsys.readouterr().err


def test_a_script_gets_columns_whole_whatever_the_terminals_width(larder: Larder) -> None:
    larder.service.add_file(b"x", NAMES[1])
    line = [sys.executable, "-m", "larder.cli", "list"]
    environment = {**os.environ, "COLUMNS": "40"}
    process = subprocess.run(line, env=environment, capture_output=True, check=True, text=True)
    assert NAMES[1] in process.stdout

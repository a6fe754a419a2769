"""What of the emulator's state is on disk, at whatever moment it is killed."""

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from infra.local.journal import JOURNAL, UNFINISHED, Generations

FIRST, SECOND = ["put", "table", "a", "b", {"id": {"S": "ä"}}], ["remove", "table", "a", "b"]


def begun(folder: Path) -> Generations:
    generations = Generations(folder)
    assert generations.read() == []
    return generations


def saying(text: str) -> Callable[[Path], object]:
    return lambda folder: (folder / "s3.json").write_text(text)


def test_what_was_appended_is_read_by_the_next_run_in_its_order(tmp_path: Path) -> None:
    generations = begun(tmp_path)
    generations.append([FIRST])
    generations.append([SECOND, FIRST])
    assert Generations(tmp_path).read() == [FIRST, SECOND, FIRST]


@pytest.mark.parametrize("kept", range(1, 40))
def test_a_write_that_was_cut_is_not_there_and_harms_nothing_after_it(
    tmp_path: Path, kept: int
) -> None:
    begun(tmp_path).append([FIRST])
    journal = Generations(tmp_path).path / JOURNAL
    whole = journal.stat().st_size
    second = Generations(tmp_path)
    second.read()
    second.append([SECOND, SECOND])
    os.truncate(journal, whole + kept)
    third = Generations(tmp_path)
    assert third.read() == [FIRST]
    third.append([SECOND])
    assert Generations(tmp_path).read() == [FIRST, SECOND]


def test_a_new_generation_takes_the_place_of_the_last_and_its_journal(tmp_path: Path) -> None:
    generations = begun(tmp_path)
    generations.append([FIRST])
    generations.replace(saying("{}"))
    generations.append([SECOND])
    again = Generations(tmp_path)
    assert again.read() == [SECOND]
    assert (again.path / "s3.json").read_text() == "{}"
    assert [path.name for path in tmp_path.iterdir()] == [again.path.name]


def test_a_generation_that_cannot_be_written_leaves_the_last_going_on(tmp_path: Path) -> None:
    def fill(folder: Path) -> None:
        (folder / "s3.json").write_text("half")
        raise OSError(errno.ENOSPC, "No space left on device")

    generations = begun(tmp_path)
    generations.append([FIRST])
    with pytest.raises(OSError, match="No space"):
        generations.replace(fill)
    generations.append([SECOND])
    again = Generations(tmp_path)
    assert again.read() == [FIRST, SECOND]
    assert [path.name for path in tmp_path.iterdir()] == [again.path.name]


def test_an_unfinished_generation_of_a_killed_run_is_none(tmp_path: Path) -> None:
    begun(tmp_path).append([FIRST])
    (tmp_path / UNFINISHED).mkdir()
    (tmp_path / UNFINISHED / "s3.json").write_text("half")
    assert Generations(tmp_path).read() == [FIRST]
    assert not (tmp_path / UNFINISHED).exists()


def test_of_two_generations_the_newer_counts_even_past_ten(tmp_path: Path) -> None:
    begun(tmp_path).replace(saying("9"))
    (tmp_path / "2").rename(tmp_path / "9")
    generations = Generations(tmp_path)
    generations.read()
    kept: list[Any] = []
    generations.replace(lambda made: kept.append(made.name))
    (tmp_path / "9").mkdir()  # killed before it was removed
    assert Generations(tmp_path).path.name == "10"
    assert not (tmp_path / "9").exists()


def test_a_state_of_before_is_taken_over(tmp_path: Path) -> None:
    (tmp_path / "dynamodb.json").write_text("{}")
    generations = begun(tmp_path)
    assert (generations.path / "dynamodb.json").read_text() == "{}"
    assert [path.name for path in tmp_path.iterdir()] == [generations.path.name]

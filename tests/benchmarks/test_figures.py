"""The one format of what is measured, and its record."""

import json
from pathlib import Path

import pytest

from benchmarks.results.figures import Gathering, Remark, Value
from benchmarks.results.record import RecordError, load, save
from tests.benchmarks.results import figure, section


def test_a_figure_has_the_values_of_all_rounds_in_their_order() -> None:
    gathering = Gathering("warm")
    rounds = [[Value("retrieve", "CPU", "ms", n), Value("list", "CPU", "ms", 9)] for n in (3, 1)]
    for values in rounds:
        gathering.take(values)
    assert [(one.row, one.values) for one in gathering.figures] == [
        ("retrieve", (3, 1)),
        ("list", (9, 9)),
    ]


def test_the_same_row_of_another_table_is_another_figure() -> None:
    gathering = Gathering("peers")
    gathering.take(Value("OGX", "create", "s", 1.0, table) for table in ("100 MiB", "start"))
    assert [one.table for one in gathering.figures] == ["100 MiB", "start"]


def test_a_remark_of_each_round_is_said_once() -> None:
    gathering = Gathering("peers")
    gathering.take([Remark("No OGX."), Remark("No OGX.")])
    assert gathering.remarks == ["No OGX."]


def test_a_record_is_read_as_it_was_saved(tmp_path: Path) -> None:
    record = {"warm": section(figure(1.5, 2), figure(3, name="wall"), remarks=("No perf.",))}
    save(record, tmp_path / "build" / "benchmarks.json")
    assert load(tmp_path / "build" / "benchmarks.json") == record


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"version": 1, "sections": [{}]}'])
def test_what_is_no_record_is_said_to_be_none(text: str, tmp_path: Path) -> None:
    (tmp_path / "other.json").write_text(text)
    with pytest.raises(RecordError, match="is no record of `make bench`"):
        load(tmp_path / "other.json")


def test_a_file_that_is_not_there_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="cannot be read: No such file or directory"):
        load(tmp_path / "none.json")


def test_a_record_of_another_version_is_not_guessed_at(tmp_path: Path) -> None:
    (tmp_path / "later.json").write_text(json.dumps({"version": 2, "sections": []}))
    with pytest.raises(RecordError, match="of version 2; this reads version 1"):
        load(tmp_path / "later.json")

"""What `larder admin restore` says to the operator, asks, and with which exit code."""

import io
import json
import sys

import pytest

from larder.admin import deployment
from larder.cli import main, restore
from tests.bed.backup import RESTORED_TABLE, restore_as_of_now
from tests.bed.bed import Bed
from tests.bed.environment import CATALOG_TABLE
from tests.bed.life import Life, keys_in, listed, lose

pytestmark = pytest.mark.usefixtures("operator")

LINE = ["admin", "restore", "--from", RESTORED_TABLE]
NEXT = "Now run `larder admin check --repair`: it sets each usage to its sum."

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def operator(bed: Bed, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whose AWS credentials lead to the bed."""
    monkeypatch.setattr(deployment, "find_deployment", lambda *_: bed.deployment)


@pytest.fixture
def kept(bed: Bed, life: Life) -> str:
    """A file of alice's that is in the catalog and in the backup; returns its id."""
    file_id = life.form("alice")
    restore_as_of_now(bed)
    return file_id


@pytest.fixture
def lost(bed: Bed, kept: str) -> str:
    """The same file, when the catalog has lost it."""
    lose(bed, ("alice", kept))
    return kept


class Terminal(io.StringIO):
    """Somebody who answers."""

    def isatty(self) -> bool:
        return True


def test_what_is_put_back_is_named_and_what_is_next_too(
    bed: Bed, lost: str, capsys: Capture
) -> None:
    assert main([*LINE, "--yes"]) == 0
    lines = [f"alice: put back: {lost}", "1 put back.", "not put back: 1 × in the catalog", NEXT]
    assert capsys.readouterr() == ("\n".join(lines) + "\n", "")
    assert listed(bed) == {("alice", lost)}


@pytest.mark.usefixtures("kept")
def test_where_nothing_is_missing_nothing_is_next(capsys: Capture) -> None:
    assert main([*LINE, "--yes"]) == 0
    assert capsys.readouterr().out == "0 put back.\nnot put back: 2 × in the catalog\n"


def test_a_dry_run_asks_nobody_writes_nothing_and_tells_what_is_missing(
    bed: Bed, lost: str, capsys: Capture
) -> None:
    before = keys_in(bed)
    assert main([*LINE, "--dry-run"]) == restore.LEFT
    assert capsys.readouterr().out.splitlines()[0] == f"alice: missing: {lost}"
    assert keys_in(bed) == before


def test_for_scripts_each_is_an_object(lost: str, capsys: Capture) -> None:
    assert main([*LINE, "--yes", "--json"]) == 0
    [line] = capsys.readouterr().out.splitlines()
    assert json.loads(line) == {
        "owner": "alice",
        "id": lost,
        "fate": "missing",
        "restored": True,
    }


def test_what_cannot_be_read_is_left_and_named(bed: Bed, lost: str, capsys: Capture) -> None:
    at = {"owner": {"S": "alice"}, "id": {"S": lost}}
    bed.session.client("dynamodb").put_item(TableName=RESTORED_TABLE, Item=at)
    assert main([*LINE, "--yes"]) == restore.LEFT
    assert capsys.readouterr().out.splitlines()[0] == f"alice: cannot be read: {lost}"


def test_where_nobody_can_say_so_nothing_is_put_back(
    bed: Bed, lost: str, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n"))
    assert main(LINE) == 2
    assert "--yes" in capsys.readouterr().err
    assert ("alice", lost) not in keys_in(bed)


@pytest.mark.parametrize(("reply", "is_put_back"), [("y", True), ("", False), ("nonsense", False)])
def test_it_is_put_back_only_after_a_yes(
    bed: Bed, lost: str, reply: str, is_put_back: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal(f"{reply}\n"))
    assert main(LINE) == (0 if is_put_back else restore.LEFT)
    assert (("alice", lost) in keys_in(bed)) is is_put_back


@pytest.mark.usefixtures("kept")
def test_the_question_names_both_tables_and_whose_items(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal("n\n"))
    main([*LINE, "--owner", "alice"])
    out, err = capsys.readouterr()
    assert all(f" {name} " in out for name in (CATALOG_TABLE, RESTORED_TABLE, "alice"))
    assert err == "larder: nothing was done\n"


def test_the_catalog_is_not_its_own_backup(capsys: Capture) -> None:
    assert main(["admin", "restore", "--from", CATALOG_TABLE, "--yes"]) == 2
    assert "is the catalog itself" in capsys.readouterr().err


def test_a_table_that_there_is_not_is_said_in_one_line(capsys: Capture) -> None:
    assert main([*LINE, "--yes"]) == 1
    [line] = capsys.readouterr().err.splitlines()
    assert "AWS refused DescribeTable" in line

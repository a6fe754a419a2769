"""The example of the team's file says every setting as it is."""

import re
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from infra.settings import read_settings
from infra.settings_example import _table, example
from infra.stages import STAGES
from tests.infra.templates import ROOT

WRITTEN = ROOT / "docs" / "larder.example.toml"


def test_the_example_is_up_to_date() -> None:
    """`python -m infra.settings_example > docs/larder.example.toml` writes it anew."""
    assert WRITTEN.read_text() == example()


def test_as_it_is_it_changes_nothing() -> None:
    assert read_settings(WRITTEN) == STAGES


def test_its_defaults_are_prods(tmp_path: Path) -> None:
    by_default, _, _ = example().partition("\n#[")
    uncommented = re.sub(r"^#(?=\w)", "", by_default, flags=re.MULTILINE)
    assert uncommented.count("\nlog_days = 90\n") == 1
    path = tmp_path / "larder.toml"
    path.write_text(uncommented)
    assert read_settings(path) == STAGES


def test_it_has_a_sentence_for_each_setting() -> None:
    lines = example().splitlines()
    for before, line in pairwise(lines):
        if re.match(r"#\w", line):
            assert before.startswith("# "), line


@dataclass
class Inner:
    """What has a name that must be said.

    Args:
        name: Whose it is.
    """

    name: str


@dataclass
class Outer:
    """What may have an inner.

    Args:
        inner: A choice.
        sizes_bytes: Some, which
            take two lines.
    """

    inner: Inner | None = None
    sizes_bytes: tuple[int, ...] = (1024, 3)


def test_settings_are_written_by_their_types() -> None:
    kind: Any = Outer
    assert list(_table(kind, "x", wanted=True)) == [
        "[x]",
        "# Some, which take two lines.",
        '#sizes_bytes = ["1 KiB", 3]',
        "",
        "# A choice.",
        "#[x.inner]",
        "# Whose it is.",
        '#name = "…"  # must be said',
        "",
    ]

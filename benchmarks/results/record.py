"""The record of a run: `build/benchmarks.json`."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.results.figures import Figure

VERSION = 1


class RecordError(Exception):
    """A file is no record of a run; the message is one line for a person."""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """Where and how a section was measured.

    Args:
        machine: The system and the architecture.
        processor: Its model.
        cores: How many this machine has.
        python: The version that measures, and that functions and clients run with.
        packages: Versions by name.
        command: The one that measures it again.
        at: When it was done, as ISO 8601 in UTC.
    """

    machine: str
    processor: str
    cores: int
    python: str
    packages: Mapping[str, str]
    command: str
    at: str


@dataclass(frozen=True, slots=True)
class Section:
    """What was measured of a section."""

    name: str
    circumstances: Circumstances
    figures: tuple[Figure, ...]
    remarks: tuple[str, ...]


Record = dict[str, Section]
"""Sections by name."""


def load(path: Path) -> Record:
    """Read a record; raises RecordError."""
    try:
        content = json.loads(path.read_text())
        if content["version"] != VERSION:
            raise RecordError(
                f"{path} is of version {content['version']!r}; this reads version {VERSION}."
            )
        return {each["name"]: _section(each) for each in content["sections"]}
    except OSError as error:
        raise RecordError(f"{path} cannot be read: {error.strerror}.") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise RecordError(f"{path} is no record of `make bench`.") from error


def _section(content: Mapping[str, object]) -> Section:
    written = json.loads(json.dumps(content))
    name = str(written["name"])
    figures = tuple(
        Figure(name, values=tuple(map(float, one.pop("values"))), **one)
        for one in written["figures"]
    )
    circumstances = Circumstances(**written["circumstances"])
    return Section(name, circumstances, figures, tuple(written["remarks"]))


def save(record: Record, path: Path) -> None:
    """Write a record, whole or not at all."""
    sections = [
        {
            "name": section.name,
            "circumstances": asdict(section.circumstances),
            "remarks": section.remarks,
            "figures": [
                {name: value for name, value in asdict(figure).items() if name != "section"}
                for figure in section.figures
            ],
        }
        for section in record.values()
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".draft")
    draft.write_text(json.dumps({"version": VERSION, "sections": sections}, indent=1) + "\n")
    draft.replace(path)

"""What the chart shows: panels of bars that are compared with one another."""

from dataclasses import dataclass

from benchmarks.results.figures import Figure
from benchmarks.results.record import Record


@dataclass(frozen=True, slots=True)
class Bar:
    """A figure to draw: where it is in the record, and whether it is Larder's."""

    label: str
    row: str
    name: str
    ours: bool = False


@dataclass(frozen=True, slots=True)
class Panel:
    """Bars that are compared with one another."""

    title: str
    section: str
    unit: str
    bars: tuple[Bar, ...]


def _pair(what: str, row: str, name: str) -> tuple[Bar, ...]:
    """A function beside the twin, whose figures are rows of their own."""
    ours = Bar(f"{what}: Larder", row, name, ours=True)
    return ours, Bar("the twin", f"{row}, the twin", name)


PANELS = (
    Panel(
        "Cold start to first answer, CPU",
        "cold_starts",
        "ms",
        (
            *_pair("retrieve", "get_file", "CPU"),
            *_pair("list", "list_files", "CPU"),
            *_pair("create", "create_file", "CPU"),
        ),
    ),
    Panel(
        "Warm answers, CPU",
        "warm",
        "ms",
        (
            Bar("list 10,000: Larder", "list 10,000", "CPU", ours=True),
            Bar("the twin", "list 10,000", "the twin's CPU"),
            Bar("create 4 MiB: Larder", "create 4 MiB", "CPU", ours=True),
            Bar("the twin", "create 4 MiB", "the twin's CPU"),
        ),
    ),
    Panel(
        "One large file, straight to S3",
        "transfers",
        "MiB/s",
        (
            Bar("upload: Larder", "larder, up", "transfer", ours=True),
            Bar("boto3", "boto3, up", "transfer"),
            Bar("aws s3 cp", "aws, up", "transfer"),
            Bar("download: Larder", "larder, down", "transfer", ours=True),
            Bar("boto3", "boto3, down", "transfer"),
            Bar("aws s3 cp", "aws, down", "transfer"),
        ),
    ),
    Panel(
        "64 files of 1 MiB, whole command",
        "many_files",
        "s",
        (
            Bar("upload: Larder", "larder upload", "whole command", ours=True),
            Bar("aws s3 cp", "aws s3 cp --recursive, up", "whole command"),
            Bar("download: Larder", "larder download", "whole command", ours=True),
            Bar("aws s3 cp", "aws s3 cp --recursive, down", "whole command"),
        ),
    ),
    Panel(
        "Create of 4 MiB, what a client waits",
        "peers",
        "ms",
        (
            Bar("Larder's functions", "create 4 MiB", "functions", ours=True),
            Bar("the twin", "create 4 MiB", "the twin"),
            Bar("OGX", "create 4 MiB", "OGX"),
        ),
    ),
    Panel(
        "A server's memory, grown by a large file",
        "peers",
        "MiB",
        (
            Bar("Larder's front door", "front door", "grown", ours=True),
            Bar("the twin", "the twin", "grown"),
            Bar("OGX", "OGX", "grown"),
        ),
    ),
)


def drawn(panel: Panel, record: Record) -> list[tuple[Bar, Figure]]:
    """The bars of a panel that the record has figures for."""
    section = record.get(panel.section)
    figures = section.figures if section else ()
    found = {(one.row, one.name): one for one in figures if one.unit == panel.unit}
    return [(bar, found[bar.row, bar.name]) for bar in panel.bars if (bar.row, bar.name) in found]

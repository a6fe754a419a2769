"""Holds the lines of a source against what a batch may be."""

from collections.abc import Callable, Iterator

import orjson

from larder.batch.findings import Findings
from larder.batch.json_faults import encoding_of
from larder.batch.limits import BatchLimits
from larder.batch.line_checker import LineChecker
from larder.batch.lines import lines_of
from larder.batch.report import BatchReport, Fault
from larder.batch.request_faults import may_have_two_ids
from larder.batch.seen import Seen
from larder.transfer.sources import Source

# Of a batch whose size nothing bounds, no line is held in memory beyond this.
_MOST_LINE_BYTES = 2**30


def check(
    source: Source,
    limits: BatchLimits,
    *,
    most_faults: int | None = None,
    digest: Callable[[str], int] = hash,
) -> BatchReport:
    """What is found in the content, of whose faults the first `most_faults` are told.

    It is read once, and up to the last told duplicate once more: of each `custom_id` only a digest
    of 64 bits is kept, which a second reading proves right or wrong. Raises DamagedError when the
    content changes meanwhile.
    """
    most_line = _MOST_LINE_BYTES if limits.bytes is None else limits.bytes

    def lines() -> Iterator[bytes]:
        return lines_of(source.read(0, source.size), most_line)

    findings = Findings(most_faults)
    checker = LineChecker(limits, most_line, findings)
    head = b"".join(bytes(chunk) for chunk in source.read(0, min(4, source.size)))
    if other := encoding_of(head):
        findings.add(Fault(1, 1, *other))
    else:
        _read(lines(), checker, findings, digest)
        findings.settle_duplicates(lines)
    source.check_unchanged()
    return BatchReport(checker.requests, source.size, findings.reported(), findings.count, limits)


def _read(
    lines: Iterator[bytes], checker: LineChecker, findings: Findings, digest: Callable[[str], int]
) -> None:
    """Reads all lines; a line with nothing wrong, as almost every one is, is only parsed."""
    loads, urls, most_bytes = orjson.loads, checker.urls, checker.most_line
    seen = Seen()
    for number, line in enumerate(lines, 1):
        if line.isspace():  # an exception for each would take several times as long
            checker.examine(number, line)
            continue
        custom_id: str | None = None
        try:
            request = loads(line)
            custom_id = request["custom_id"]
            is_good = (
                type(custom_id) is str
                and custom_id != ""
                and request["method"] == "POST"
                and request["url"] in urls
                and type(request["body"]) is dict
                and not may_have_two_ids(line)
                and len(line) <= most_bytes
            )
        except orjson.JSONDecodeError:
            if checker.passes_over(number, line):
                continue
            is_good = False
        except (LookupError, TypeError):
            is_good = False
        if is_good:
            checker.count(number, line)
        else:
            custom_id = checker.examine(number, line)
        if custom_id and seen.add(digest(custom_id)):
            findings.suspect(number, custom_id, line)
    checker.end()

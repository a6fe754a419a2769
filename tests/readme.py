"""What the documents say in numbers, so that tests can hold them to it."""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
SAYING = (ROOT / "README.md", ROOT / "docs/reliability.md")


def numbers_of(pattern: str) -> list[int]:
    """Return the numbers that the groups of a pattern match, such as `2,400`.

    README.md and docs/reliability.md must both say them, and the same.
    """
    [numbers] = {_numbers_in(document, pattern) for document in SAYING}
    return list(numbers)


def _numbers_in(document: Path, pattern: str) -> tuple[int, ...]:
    found = re.search(pattern, document.read_text(encoding="utf-8"))
    assert found is not None, f"{document.name} says nothing like {pattern}"
    return tuple(int(number.replace(",", "")) for number in found.groups())

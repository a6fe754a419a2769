"""What the README says in numbers, so that tests can hold it to them."""

import re
from pathlib import Path

README = Path(__file__).parent.parent / "README.md"


def numbers_of(pattern: str) -> list[int]:
    """Return the numbers that the groups of a pattern match, such as `2,400`, in the README."""
    found = re.search(pattern, README.read_text(encoding="utf-8"))
    assert found is not None, f"the README says nothing like {pattern}"
    return [int(number.replace(",", "")) for number in found.groups()]

"""Tables that a command writes into a page."""

import re


def replaced(page: str, name: str, text: str) -> str:
    """Put a table between the comments that bear its name, and leave all else."""
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    return re.sub(f"{begin}.*{end}", lambda _: f"{begin}\n{text}\n{end}", page, flags=re.DOTALL)

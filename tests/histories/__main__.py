"""Checks histories that were written down: `python -m tests.histories FILE…`."""

import argparse
import sys
from pathlib import Path

from tests.histories.check import checked
from tests.histories.operation import History
from tests.histories.search import MOST


def main() -> int:
    """Print what each file's check finds; return 1 if anything is wrong or undecided."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", metavar="FILE", nargs="+", type=Path)
    parser.add_argument("--most", type=int, default=MOST, help="places that a search may come to")
    arguments = parser.parse_args()
    is_right = True
    for file in arguments.files:
        verdict = checked(History.read(file), arguments.most)
        sys.stdout.write("\n\n".join([f"{file}: {verdict}", *verdict.wrong, *verdict.undecided]))
        sys.stdout.write("\n")
        is_right = is_right and not verdict.wrong and not verdict.undecided
    return 0 if is_right else 1


if __name__ == "__main__":
    sys.exit(main())

"""Checks a history: whether that of each file, upload and usage is linearizable."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tests.histories.objects import files_and_uploads
from tests.histories.operation import History, Operation
from tests.histories.search import MOST, Search, judged
from tests.histories.shrinking import explained
from tests.histories.sights import Sights
from tests.histories.takings import quotas_of, usage


@dataclass
class Verdict:
    """What a check found.

    Args:
        objects: How many files, uploads and usages there were.
        operations: How many operations they had; those of the usages, see `takings`, not counted.
        undecided: The names of those that the search gave up on.
        wrong: A text for each that is not linearizable, with the shortest history of it.
    """

    objects: int = 0
    operations: int = 0
    undecided: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def __add__(self, other: "Verdict") -> "Verdict":
        return Verdict(
            self.objects + other.objects,
            self.operations + other.operations,
            self.undecided + other.undecided,
            self.wrong + other.wrong,
        )

    @property
    def counts(self) -> tuple[int, int, int]:
        """How many objects and operations, and how many objects are undecided."""
        return self.objects, self.operations, len(self.undecided)

    def __str__(self) -> str:
        """Say it in a line."""
        counts = f"{self.operations} operations, {self.objects} objects"
        undecided = f", {len(self.undecided)} UNDECIDED" if self.undecided else ""
        wrong = f", {len(self.wrong)} NOT LINEARIZABLE" if self.wrong else ""
        return counts + (undecided + wrong or ": all linearizable")


def checked(history: History, most: int = MOST, *, usages: bool = True) -> Verdict:
    """Check each object by itself, coming to so many places in each search at most.

    Where very many change one usage at once, each search for its order takes too long: then only
    files and uploads are checked if `usages` says so.
    """
    verdict = Verdict(operations=len(history.operations))
    for owner, operations in sorted(_by_owner(history).items()):
        sights = Sights(operations)
        verdict.wrong += [f"{one} was seen, and nobody has made it" for one in sights.strays]
        if len(quotas := quotas_of(sights)) > 1:
            verdict.wrong.append(f"{owner} was told of different quotas: {sorted(quotas)}")
        things = [*files_and_uploads(owner, sights)]
        for thing in [*things, usage(owner, sights, history)] if usages else things:
            verdict.objects += 1
            search = Search(thing.rules, thing.operations, most=most)
            is_linearizable = judged(search)
            if is_linearizable is None:
                verdict.undecided.append(f"{thing.name} of {owner}")
            elif not is_linearizable:
                verdict.wrong.append(explained(thing))
    return verdict


def _by_owner(history: History) -> Mapping[str, Sequence[Operation]]:
    found = defaultdict[str, list[Operation]](list)
    for operation in history.operations:
        found[operation.owner].append(operation)
    return found

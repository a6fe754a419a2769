"""What was found in a batch."""

from dataclasses import dataclass

from larder.batch.limits import BatchLimits
from larder.errors import InvalidBatchError


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong at one place.

    Args:
        line: The line, from 1.
        column: The character in the line, from 1.
        code: What kind of fault it is, for programs, such as `duplicate_custom_id`.
        message: The same for a person.
    """

    line: int
    column: int
    code: str
    message: str

    def __str__(self) -> str:
        return f"{self.line}:{self.column}: {self.message}"


@dataclass(frozen=True, slots=True)
class BatchReport:
    """What `larder.validate_batch` found.

    Args:
        requests: How many lines there are, without blank ones.
        bytes: The file's size.
        faults: The first faults in the order of their lines, at most `most_faults`.
        fault_count: How many there are in all.
        limits: The limits that were applied.
    """

    requests: int
    bytes: int
    faults: tuple[Fault, ...]
    fault_count: int
    limits: BatchLimits

    @property
    def is_valid(self) -> bool:
        """Whether there are no faults."""
        return self.fault_count == 0

    def raise_if_invalid(self) -> None:
        """Raises InvalidBatchError, which names the first fault, if there is one."""
        if self.is_valid:
            return
        more = f" (and {self.fault_count - 1} more)" if self.fault_count > 1 else ""
        raise InvalidBatchError(f"no batch: line {self.faults[0]}{more}")

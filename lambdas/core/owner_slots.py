"""The slots in which API Gateway counts owners' requests, where the stage bounds their rate."""

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OwnerSlots:
    """The values that API Gateway knows: `count` for owners, and one more for wrong keys."""

    prefix: str
    count: int

    def of(self, owner: str) -> str:
        """Return the owner's value, always the same; several owners may share one."""
        number = int.from_bytes(hashlib.sha256(owner.encode()).digest()[:8])
        return f"{self.prefix}{number % self.count}"

    def of_nobody(self) -> str:
        """Return the value for requests with a wrong key, so that they use up no owner's rate."""
        return f"{self.prefix}{self.count}"

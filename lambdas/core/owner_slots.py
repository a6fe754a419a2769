"""The slots in which API Gateway counts owners' requests, where the stage bounds their rate."""

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OwnerSlots:
    """So many values of one form, known to API Gateway, and one more for nobody's requests."""

    prefix: str
    count: int

    def of(self, owner: str) -> str:
        """Return the owner's value, always the same; others may have it, too."""
        number = int.from_bytes(hashlib.sha256(owner.encode()).digest()[:8])
        return f"{self.prefix}{number % self.count}"

    def of_nobody(self) -> str:
        """Return the value for requests with a wrong key, which take nothing from owners."""
        return f"{self.prefix}{self.count}"

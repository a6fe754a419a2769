"""Limits how fast a check reads the catalog, so that users have read units left."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from larder.admin.deployment import AwsError

TRIES = 8
_FIRST_DELAY = 0.1
_LONGEST_DELAY = 10.0


@dataclass(slots=True)
class Pace:
    """Limits reads to so many read units a second, as DynamoDB counts them; 0 is no limit.

    What a read used is known only afterwards, so the next read waits for it.
    """

    units_per_second: float = 0
    sleep: Callable[[float], object] = time.sleep
    clock: Callable[[], float] = time.monotonic
    jitter: Callable[[], float] = random.random
    _began_at: float = field(default=0.0, init=False)
    _free_at: float = field(default=0.0, init=False)

    def wait(self) -> None:
        """Wait until the next read may begin."""
        self._began_at = self.clock()
        if self._free_at > self._began_at:
            self.sleep(self._free_at - self._began_at)
            self._began_at = self._free_at

    def took(self, units: float) -> None:
        """Note how many units the last read used."""
        if self.units_per_second:
            self._free_at = self._began_at + units / self.units_per_second

    def back_off(self, tries: int) -> None:
        """Wait, longer with each fruitless try in a row.

        Raises AwsError after too many.
        https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
        """
        if tries >= TRIES:
            raise too_fast()
        self.sleep(min(_LONGEST_DELAY, _FIRST_DELAY * 2**tries) * (0.5 + self.jitter() / 2))


def too_fast() -> AwsError:
    """The error when DynamoDB has no read units left."""
    return AwsError("DynamoDB has no read units left for the check: lower --read-units")

"""Whose API key a request carries, cached for a minute as by API Gateway.

Unknown keys are not cached: anybody could fill the memory with them.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from lambdas.core.errors import InvalidApiKey
from lambdas.stores.api_keys import ApiKeys, KeyHolder

KEPT_SECONDS = 60
MOST_KEPT = 10_000

NO_KEY = (
    "You didn't provide an API key. Send it in the Authorization header: "
    "Authorization: Bearer YOUR_KEY."
)
WRONG_KEY = "Incorrect API key provided."


@dataclass(frozen=True, slots=True)
class Authorizer:
    """Knows keys by their `Authorization` header; `clock` tells seconds since 1970."""

    api_keys: ApiKeys
    clock: Callable[[], float]
    _kept: dict[str, tuple[float, KeyHolder]] = field(default_factory=dict)

    def holder(self, authorization: str) -> KeyHolder:
        """Return whose key it is; raises InvalidApiKey."""
        now = self.clock()
        until, holder = self._kept.get(authorization, (0.0, None))
        if holder is not None and now < until:
            return holder
        holder = self._look_up(authorization, now)
        if len(self._kept) >= MOST_KEPT:
            self._kept.clear()
        self._kept[authorization] = (now + KEPT_SECONDS, holder)
        return holder

    def _look_up(self, authorization: str, now: float) -> KeyHolder:
        if not authorization:
            raise InvalidApiKey(NO_KEY)
        scheme, _, api_key = authorization.partition(" ")
        if scheme.lower() != "bearer":
            raise InvalidApiKey(WRONG_KEY)
        return self.api_keys.holder(api_key.strip(" "), now)

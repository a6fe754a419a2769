"""Who calls, and for whom."""

import re
from dataclasses import dataclass

from lambdas.core.errors import InvalidRequest, PermissionDenied

SERVICE = "service"
OWNER_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,63}")


@dataclass(frozen=True, slots=True)
class Caller:
    """The owner whose files a request is about, and the service that acts for that owner."""

    owner: str
    service: str | None = None

    @property
    def acting(self) -> bool:
        """Whether a service acts for the owner."""
        return self.service is not None

    def must_be_the_owner(self) -> None:
        """Refuse what a service may not do for an owner; raises PermissionDenied."""
        if self.acting:
            raise PermissionDenied(
                "A service key acting for an owner may read files and create 'batch-output' "
                "ones, and nothing else.",
                param="Larder-Owner",
            )


def caller_of(key_owner: str, scopes: frozenset[str], named_owner: str | None) -> Caller:
    """Decide for whom a request is, from its API key and its `Larder-Owner` header.

    Raises PermissionDenied when the key lacks the scope `service`, InvalidRequest when the
    header does not hold an owner's name.
    """
    if named_owner is None:
        return Caller(key_owner)
    if SERVICE not in scopes:
        raise PermissionDenied(
            "Only an API key with the scope 'service' may name an owner.", param="Larder-Owner"
        )
    if not OWNER_NAME.fullmatch(named_owner):
        raise InvalidRequest(
            "Invalid 'Larder-Owner'. Allowed: 1 to 64 letters, digits and '._@+-', the first a "
            "letter or digit.",
            param="Larder-Owner",
        )
    return Caller(named_owner, service=key_owner)

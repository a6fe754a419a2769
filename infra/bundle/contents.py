"""What goes into an asset."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """Our packages, and the locked packages that they need.

    Args:
        name: Begins the names of the folders of its builds.
        lock: The lock file in `requirements/`.
        sources: Folders of the checkout.
        console: Whether the console's page is part of it.
        starts_often: Whether what each start would compute is computed when it is built.
    """

    name: str
    lock: str
    sources: tuple[str, ...]
    console: bool = False
    starts_often: bool = False


FUNCTIONS = Contents(
    name="asset", lock="lambdas.txt", sources=("lambdas",), console=True, starts_often=True
)
FRONT_DOOR = Contents(
    name="front-door-asset", lock="front_door.txt", sources=("lambdas", "front_door")
)

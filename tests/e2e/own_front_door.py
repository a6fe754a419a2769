"""A front door of a test's own, before the API that all tests share."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from infra.local.front_door import running_front_door
from infra.local.ports import bound
from tests.e2e.conftest import free_port
from tests.e2e.user import User


@contextmanager
def own_front_door(
    user: User,
    *,
    port: int | None = None,
    on_end: Callable[[str], None] | None = None,
    **settings: float,
) -> Iterator[User]:
    """Yield the user of a front door that just started.

    Args:
        user: Of any deployment.
        port: Where it listens; any free one unless it is given.
        on_end: Called with the reason if it ends.
        settings: What it is told otherwise than usual, of `front_door.settings`.
    """
    usual = user.deployment.front_door
    told = {**json.loads(usual.environment["FRONT_DOOR"]), **settings}
    environment = {**usual.environment, "FRONT_DOOR": json.dumps(told)}
    log = user.home / "front-door.log"
    with running_front_door(
        bound(port or free_port()), usual.api_url, environment, log, on_end=on_end
    ) as front_door:
        yield replace(user, deployment=replace(user.deployment, front_door=front_door))

"""A front door that is killed now and then, and started again as a service would be."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from urllib.parse import urlsplit

import psutil

from infra.local.deployment import RunningDeployment
from infra.local.front_door import LOG, running_front_door
from infra.local.ports import bound

KILL_EVERY_SECONDS = 10


@contextmanager
def dying_front_door(deployment: RunningDeployment) -> Iterator[Counter[str]]:
    """Kill what serves the base URL from time to time, for the length of a `with` block.

    Yields the count of it. What serves it at the end goes with the block.
    """
    counts: Counter[str] = Counter()
    done = threading.Event()
    with ExitStack() as stack:

        def kill() -> None:
            door = deployment.front_door
            port = urlsplit(door.base_url).port or 0
            while not done.wait(KILL_EVERY_SECONDS):
                process = psutil.Process(door.process_id)
                process.kill()
                process.wait()  # its port is free then
                counts["kills the front door"] += 1
                door = stack.enter_context(
                    running_front_door(
                        bound(port),
                        door.api_url,
                        door.environment,
                        deployment.state_dir / LOG,
                    )
                )

        thread = threading.Thread(target=kill, daemon=True)
        thread.start()
        try:
            yield counts
        finally:
            done.set()
            thread.join()

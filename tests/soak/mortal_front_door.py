"""A front door on a bad day: its AWS fails, and now and then it is killed and starts anew."""

import os
import signal
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from infra.local.deployment import RunningDeployment
from infra.local.front_door import RunningFrontDoor, running_front_door
from infra.local.ports import bound

LIVES_SECONDS = 6.0
KILL = "kills the front door"


@contextmanager
def mortal_front_door(
    deployment: RunningDeployment, port: int, aws_url: str, counts: Counter[str]
) -> Iterator[RunningDeployment]:
    """Yield the deployment as those find it who come by this door.

    Args:
        deployment: Whose API is behind.
        port: Where the door is, in every life of its.
        aws_url: Where it finds AWS.
        counts: Its kills are counted here.
    """
    began: list[RunningFrontDoor] = []
    is_there, done = threading.Event(), threading.Event()

    def live() -> None:
        usual = deployment.front_door
        environment = {**usual.environment, "AWS_ENDPOINT_URL": aws_url}
        log = deployment.state_dir / "mortal-front-door.log"
        while not done.is_set():
            with running_front_door(bound(port), usual.api_url, environment, log) as door:
                began.append(door)
                is_there.set()
                if not done.wait(LIVES_SECONDS):
                    os.kill(door.process_id, signal.SIGKILL)
                    counts[KILL] += 1

    thread = threading.Thread(target=live, daemon=True)
    thread.start()
    try:
        assert is_there.wait(timeout=60)
        yield replace(deployment, front_door=began[0])
    finally:
        done.set()
        thread.join()

"""The front door on this machine: the process that serves the one base URL (`edge.py`)."""

import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from infra.front_door_settings import SIGNS_WITHOUT_CRT, FrontDoor, front_door_as_settings
from infra.local.api_behind import BASE_PATH
from infra.local.aws import isolated_environment
from infra.local.child import attended, end_of, last_lines
from infra.local.emulator import ROOT
from infra.local.errors import FrontDoorError
from infra.local.front_door_user import front_door_credentials
from infra.stages import Stage, cors_settings, limits_as_settings

LOG = "front-door.log"
START_SECONDS = 60


@dataclass(frozen=True)
class RunningFrontDoor:
    """Where the front door is to be found.

    Args:
        base_url: The one for everything, for OPENAI_BASE_URL.
        api_url: That of the API behind it.
        process_id: Of the one process that serves it.
        environment: What the process was started with.
    """

    base_url: str
    api_url: str
    process_id: int
    environment: Mapping[str, str]


def front_door_environment(
    endpoint: str, outputs: Mapping[str, str], stage: Stage
) -> dict[str, str]:
    """Everything that the front door is told, as `infra.stacks.front_door` tells it on AWS.

    Args:
        endpoint: The emulator's URL.
        outputs: The data stack's outputs.
        stage: Its limits, and the origins of its pages.
    """
    return {
        **isolated_environment(endpoint),
        **front_door_credentials(endpoint, outputs),
        **SIGNS_WITHOUT_CRT,
        "CATALOG_TABLE": outputs["CatalogTable"],
        "API_KEYS_TABLE": outputs["ApiKeysTable"],
        "CONTENT_BUCKET": outputs["ContentBucket"],
        "LIMITS": json.dumps(limits_as_settings(stage.limits)),
        "FRONT_DOOR": json.dumps(front_door_as_settings(FrontDoor())),
        "POWERTOOLS_SERVICE_NAME": "larder",
        "POWERTOOLS_LOG_LEVEL": "INFO",
        **cors_settings(stage.cors_origins),
    }


@contextmanager
def running_front_door(
    listener: socket.socket,
    api_url: str,
    environment: Mapping[str, str],
    log: Path,
    on_access: Callable[[str], None] | None = None,
    on_end: Callable[[str], None] | None = None,
) -> Iterator[RunningFrontDoor]:
    """Serve the base URL for the length of a `with` block.

    Args:
        listener: Bound to where it is to listen; closed here, once the process has it.
        api_url: The base URL of the API behind.
        environment: See `front_door_environment`.
        log: What it says goes there.
        on_access: Called with a line about each request, on a thread; see `Edge`.
        on_end: Called with the reason, on a thread, if it ends before the block does.

    Raises:
        FrontDoorError: It does not start.
    """
    host, port = listener.getsockname()
    is_ready = threading.Event()
    process = _start(listener, api_url, environment, log)

    def take(line: str) -> None:
        if not is_ready.is_set():  # its first line says that it listens
            is_ready.set()
        elif on_access:
            on_access(line)

    def end() -> None:
        if on_end:
            on_end(
                f"The front door has ended {end_of(process)}; its log is {log}. "
                "Files and keys are kept: `make run` starts it again."
            )

    with attended(process, take, end) as is_up:
        _wait_until_ready(process, is_ready, log)
        is_up.set()
        yield RunningFrontDoor(
            base_url=f"http://{host}:{port}{BASE_PATH}",
            api_url=api_url,
            process_id=process.pid,
            environment=environment,
        )


def _start(
    listener: socket.socket, api_url: str, environment: Mapping[str, str], log: Path
) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "infra.local.edge", str(listener.fileno()), api_url]
    with listener, log.open("w") as output:
        return subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,  # should we be killed, it closes: then it ends
            stdout=subprocess.PIPE,
            stderr=output,
            text=True,
            start_new_session=True,  # Ctrl-C is for us: it is to finish what it has
            pass_fds=[listener.fileno()],
        )


def _wait_until_ready(
    process: "subprocess.Popen[str]", is_ready: threading.Event, log: Path
) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not is_ready.wait(timeout=0.05):
        if process.poll() is not None or time.monotonic() > deadline:
            end_of_log = last_lines(log, 5)
            raise FrontDoorError(f"The front door did not start; the end of {log}:\n{end_of_log}")

"""`make run`: the local deployment in the foreground, until Ctrl-C."""

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType
from typing import NoReturn

from botocore.exceptions import BotoCoreError, ClientError
from urllib3.exceptions import HTTPError

from infra.local.demo import demo_key, exports, invitation, keep
from infra.local.deployment import running_deployment
from infra.local.emulator import LOG, ROOT
from infra.local.errors import LocalError
from infra.local.lock import unusable
from infra.local.request_log import RequestLog
from infra.stages import LOCAL_PORT

STATE_DIR = ".larder"


def main() -> int:
    """Run the deployment and print how to use it, then a line per request; the exit code."""
    for name in (signal.SIGTERM, signal.SIGHUP):  # as by Ctrl-C: stopping saves the data
        signal.signal(name, _interrupt)
    state_dir = (ROOT / (os.environ.get("STATE_DIR") or STATE_DIR)).resolve()
    log = RequestLog(_say, state_dir)
    try:
        port = port_from(os.environ.get("PORT", ""))
        _say(f"Starting on port {port} …")
        with running_deployment(
            port, state_dir, on_access=log.take, on_end=_stop_waiting(), say=_say
        ) as deployment:
            key = demo_key(deployment, state_dir / "demo-key")
            keep(exports(deployment, key), state_dir / "env")
            _say(invitation(deployment, key, state_dir))
            log.show_from_now(deployment.outputs["ContentBucket"])
            threading.Event().wait()
    except KeyboardInterrupt:
        _say("\nStopped.")
        return 0
    except LocalError as error:
        print(error, file=sys.stderr)
    except OSError as error:
        print(unusable(state_dir, error), file=sys.stderr)
    except (BotoCoreError, ClientError, HTTPError) as error:
        print(f"The emulator does not answer: {error}. Its log: {state_dir / LOG}", file=sys.stderr)
    return 1


def _stop_waiting() -> Callable[[str], None]:
    """Return what a thread calls, with the reason, to stop the main thread by an error."""
    reasons: list[str] = []

    def end(_signal: int, _frame: FrameType | None) -> NoReturn:
        raise LocalError(reasons[0])

    def stop(reason: str) -> None:
        reasons.append(reason)
        os.kill(os.getpid(), signal.SIGUSR1)

    signal.signal(signal.SIGUSR1, end)
    return stop


def port_from(text: str) -> int:
    """The port that PORT asks for, or the usual one.

    Raises:
        LocalError: It is no port.
    """
    if not text:
        return LOCAL_PORT
    if not (text.isdecimal() and 1024 <= int(text) <= 65534):
        raise LocalError(f"PORT is {text!r}; use a number from 1024 to 65534.")
    return int(text)


def _say(line: str) -> None:
    with contextlib.suppress(OSError):  # the terminal may be gone
        print(line, flush=True)


def _interrupt(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())

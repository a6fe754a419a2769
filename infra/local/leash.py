"""Ends a process when its starter ends, however that happens.

The starter holds the other end of standard input, a pipe that closes with it, even by `kill -9`.

Run as a file in its own session, with a command as arguments, it runs the command, and then kills
the whole session: a `cdk` that is left behind would go on deploying during the next run.
"""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable


def when_starter_ends(end: Callable[[], None]) -> None:
    """Call `end`, on a thread, once standard input is closed."""

    def watch() -> None:
        while os.read(sys.stdin.fileno(), 1):
            pass
        end()

    threading.Thread(target=watch, daemon=True).start()


if __name__ == "__main__":
    when_starter_ends(lambda: os.killpg(0, signal.SIGKILL))
    command = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL)
    sys.exit(command.wait())

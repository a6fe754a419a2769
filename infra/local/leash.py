"""Ends what was started when whoever started it does, however that ends.

The starter holds the other end of standard input, a pipe, which closes with it, even by `kill -9`.

Started as a file in a session of its own, with a command as arguments, it runs the command, and
kills the whole session: a `cdk` left behind would go on deploying, into the next run.
"""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable


def when_starter_ends(end: Callable[[], None]) -> None:
    """Call this, on a thread, once standard input is closed."""

    def watch() -> None:
        while os.read(sys.stdin.fileno(), 1):
            pass
        end()

    threading.Thread(target=watch, daemon=True).start()


if __name__ == "__main__":
    when_starter_ends(lambda: os.killpg(0, signal.SIGKILL))
    command = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL)
    sys.exit(command.wait())

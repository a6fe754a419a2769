"""Runs a command that ends when whoever started it does, however that ends.

Started as a file in a session of its own, with the command as arguments and a pipe as standard
input whose other end the starter holds. The pipe closes with the starter, even by `kill -9`; then
the whole session is killed: a `cdk` left behind would go on deploying, into the next run.
"""

import os
import signal
import subprocess
import sys
import threading


def _die_with_starter() -> None:
    while os.read(sys.stdin.fileno(), 1):
        pass
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    threading.Thread(target=_die_with_starter, daemon=True).start()
    command = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL)
    sys.exit(command.wait())

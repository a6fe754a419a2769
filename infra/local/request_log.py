"""Shows a line for each request of a user, out of all the requests to the emulator."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, quote

from infra.edge import API, FRONT_DOOR
from infra.local import emulator, front_door

LEAST_BYTES = 8 * 2**20  # a function's code, unpacked anew for each process that runs it

# What `Edge` writes.
_EDGE = re.compile(
    r"(?P<method>[A-Z]+)\t(?P<path>.*)\t(?P<query>.*)\t"
    rf"(?P<status>\d+)\t(?P<micros>\d+)\t(?P<origin>{FRONT_DOOR}|{API})"
)
# infra.local.emulator.ACCESS_LOG_FORMAT, behind a time, a process id and a level.
_EMULATOR = re.compile(
    r"\[.*?\] \[\d+\] \[INFO\] (?P<method>[A-Z]+)\t(?P<path>.*)\t(?P<query>.*)\t"
    r"(?P<status>\d+)\t(?P<micros>\d+)"
)
_LOGS = {FRONT_DOOR: front_door.LOG, API: emulator.LOG}


def request_line(access: str, bucket: str) -> str | None:
    """What to show of one request; None unless it is a user's.

    Users send requests to the base URL, and to the bucket by presigned URLs; all others are from
    functions, an operator or a deployment.

    Args:
        access: The line, as the edge or the emulator writes it.
        bucket: The content bucket's name.
    """
    if found := _EDGE.fullmatch(access):
        shown = found["path"] + (f"?{found['query']}" if found["query"] else "")
    elif (found := _EMULATOR.fullmatch(access)) and _is_content(found, bucket):
        part = parse_qs(found["query"]).get("partNumber")
        shown = f"content/{found['path'].removeprefix(f'/{bucket}/')}"
        shown += f" part {part[0]}" if part else ""
    else:
        return None
    # The client chose the path, so control characters must not reach the terminal.
    safe = quote(shown, safe="/?&=%+:@,[] !$'()*;~-._")
    milliseconds = int(found["micros"]) / 1000
    return f"{found['method']:<6} {safe}  {found['status']}  {milliseconds:.0f} ms"


def _is_content(found: re.Match[str], bucket: str) -> bool:
    return found["path"].startswith(f"/{bucket}/") and "X-Amz-Signature=" in found["query"]


def log_of_failure(access: str) -> str | None:
    """The name of the log with the reason of a failed request; None if it did not fail."""
    found = _EDGE.fullmatch(access) or _EMULATOR.fullmatch(access)
    if not found or not found["status"].startswith("5"):
        return None
    return _LOGS[found.groupdict().get("origin", API)]


def free_bytes(folder: Path) -> int:
    """The free space on the disk of a folder."""
    return shutil.disk_usage(folder).free


class RequestLog:
    """Shows users' requests, from `show_from_now` on.

    Args:
        say: Called with each line to show.
        folder: Where the logs are, for the line of a failed request.
        free: Returns the free bytes where a folder is.
    """

    def __init__(
        self, say: Callable[[str], None], folder: Path, free: Callable[[Path], int] = free_bytes
    ) -> None:
        self._say = say
        self._folder = folder
        self._free = free
        self._bucket: str | None = None

    def show_from_now(self, bucket: str) -> None:
        """Begin to show requests; `bucket` is the content bucket's name."""
        self._bucket = bucket

    def take(self, access: str) -> None:
        """Take in one line about a request, as the edge or the emulator writes it."""
        line = request_line(access, self._bucket) if self._bucket else None
        if line:
            self._say(line)
            if log := log_of_failure(access):
                self._say(f"       why: {self._why(log)}")

    def _why(self, log: str) -> str:
        if self._free(self._folder) < LEAST_BYTES:
            return f"no space left for {self._folder}; free some"
        return f"the end of {self._folder / log}"

"""One line for each request of a user, out of everything that the emulator is asked."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, quote

# infra.local.emulator.ACCESS_LOG_FORMAT, behind a time, a process id and a level.
_ACCESS = re.compile(
    r"\[.*?\] \[\d+\] \[INFO\] (?P<method>[A-Z]+)\t(?P<path>.*)\t(?P<query>.*)\t"
    r"(?P<status>\d+)\t(?P<micros>\d+)"
)
LEAST_BYTES = 8 * 2**20  # a function's code, unpacked anew for each process that runs it
_FAILED = re.compile(r"  5\d\d  \d+ ms$")
_API_PATH = re.compile(r"/_aws/execute-api/[^/]+(/v1(?:/.*)?)")


def request_line(access: str, bucket: str) -> str | None:
    """What to show of one line of the emulator's access log; None for AWS's own affairs.

    A user asks the API, or the bucket by a presigned URL; everything else is a function, an
    operator or a deployment talking to AWS.

    Args:
        access: The line, in ACCESS_LOG_FORMAT.
        bucket: The content bucket's name.
    """
    found = _ACCESS.fullmatch(access)
    if not found:
        return None
    path, query = found["path"], found["query"]
    if api_path := _API_PATH.fullmatch(path):
        shown = api_path[1] + (f"?{query}" if query else "")
    elif path.startswith(f"/{bucket}/") and "X-Amz-Signature=" in query:
        part = parse_qs(query).get("partNumber")
        shown = "content" + path.removeprefix(f"/{bucket}") + (f" part {part[0]}" if part else "")
    else:
        return None
    # A path is the client's own text: nothing of it may reach the terminal as a control code.
    safe = quote(shown, safe="/?&=%+:@,[] !$'()*;~-._")
    milliseconds = int(found["micros"]) / 1000
    return f"{found['method']:<6} {safe}  {found['status']}  {milliseconds:.0f} ms"


def free_bytes(folder: Path) -> int:
    """What is left on the disk of a folder."""
    return shutil.disk_usage(folder).free


class RequestLog:
    """Shows users' requests once it is told that users may come.

    Args:
        say: Called with each line to show.
        file: The emulator's log, which a failed request points at.
        free: The free bytes where a folder is.
    """

    def __init__(
        self, say: Callable[[str], None], file: Path, free: Callable[[Path], int] = free_bytes
    ) -> None:
        self._say = say
        self.file = file
        self._free = free
        self._bucket: str | None = None

    def show_from_now(self, bucket: str) -> None:
        """Begin to show requests; `bucket` is the content bucket's name."""
        self._bucket = bucket

    def take(self, access: str) -> None:
        """Take in one line of the emulator's access log."""
        line = request_line(access, self._bucket) if self._bucket else None
        if line:
            self._say(line)
            if _FAILED.search(line):
                self._say(f"       why: {self._why()}")

    def _why(self) -> str:
        folder = self.file.parent
        if self._free(folder) < LEAST_BYTES:
            return f"no space left for {folder}; free some"
        return f"the end of {self.file}"

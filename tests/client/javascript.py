"""The JavaScript client, run by Node against the fake service."""

import json
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from infra.local.emulator import ROOT
from tests.client.conftest import Larder
from tests.client.fakes.service import API_KEY

SCRIPT = Path(__file__).parent / "js" / "run.mjs"
NODE = ROOT / ".venv" / "bin" / "node"


@dataclass(frozen=True)
class Seen:
    """What one call came to: its result or its error, and the progress that was told."""

    returned: Any = None
    error: dict[str, Any] = field(default_factory=dict)
    progress: list[tuple[int, int]] = field(default_factory=list)

    @property
    def result(self) -> Any:
        assert not self.error, self.error
        return self.returned


class JavaScript:
    """Runs `tests/client/js/run.mjs`."""

    def __init__(self, larder: Larder) -> None:
        self._environment = {"OPENAI_BASE_URL": larder.base_url, "OPENAI_API_KEY": API_KEY}

    def start(self, call: str, **what: Any) -> "subprocess.Popen[bytes]":
        line = [str(NODE), str(SCRIPT), json.dumps({"call": call, **what}, default=str)]
        return subprocess.Popen(line, env=self._environment, stdout=subprocess.PIPE)

    def run(self, call: str, **what: Any) -> Seen:
        return self.seen(self.start(call, **what))

    def seen(self, process: "subprocess.Popen[bytes]") -> Seen:
        printed, _ = process.communicate(timeout=60)
        assert process.returncode == 0
        return Seen(**json.loads(printed))

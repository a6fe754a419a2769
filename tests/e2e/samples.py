"""The documents' samples: what a line `<!-- tested -->` precedes, to be run as it stands.

The line may say more:

    <!-- tested without a front door -->    goes to the API itself, past the front door
    <!-- tested as worker.py -->            is a file, which other samples or a test run
"""

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from infra.local.deployment import RunningDeployment
from infra.local.emulator import ROOT
from tests.e2e.batches import MIB, batch_of, large_file

_MARKED = re.compile(
    r"^<!-- tested(?P<past_front_door> without a front door)?(?: as (?P<file>[\w.-]+))? -->\n+"
    r"```(?P<language>\w+)\n(?P<code>.*?)^```$",
    re.DOTALL | re.MULTILINE,
)

COMMANDS = {
    "sh": ("sh", "-euc"),
    "python": ("python", "-c"),
    "js": ("node", "--input-type=module", "-e"),
}
"""What runs a sample's code, which is the next argument."""


@dataclass(frozen=True)
class Sample:
    """A marked sample of a document.

    Args:
        document: The document's path in the project.
        language: As the fence says.
        code: What is between the fences.
        past_front_door: Whether it is for a deployment that has no front door.
        file: The name that the reader is to save it under, if any.
    """

    document: str
    language: str
    code: str
    past_front_door: bool = False
    file: str | None = None

    @property
    def command(self) -> tuple[str, ...]:
        """What a reader who pastes it does; skips the test where there is no curl."""
        if "curl " in self.code and not shutil.which("curl"):
            pytest.skip(f"no curl on this machine: {self.document}'s curl lines were not tried")
        return (*COMMANDS[self.language], self.code)

    def base_url(self, deployment: RunningDeployment) -> str:
        """Where the sample says that it works."""
        door = deployment.front_door
        return door.api_url if self.past_front_door else door.base_url


def text_of(document: str) -> str:
    """A document of the project."""
    return (ROOT / document).read_text(encoding="utf-8")


def samples_of(document: str) -> list[Sample]:
    """The marked samples of a document, in its order."""
    return marked(text_of(document), document)


def marked(text: str, document: str = "") -> list[Sample]:
    """The marked samples of a text."""
    return [
        Sample(
            document=document,
            language=found["language"],
            code=found["code"],
            past_front_door=found["past_front_door"] is not None,
            file=found["file"],
        )
        for found in _MARKED.finditer(text)
    ]


def file_of(document: str, name: str) -> Sample:
    """The one sample that is to be saved under this name."""
    [sample] = [sample for sample in samples_of(document) if sample.file == name]
    return sample


def lay_out_files(folder: Path) -> None:
    """Make the files that samples take for granted.

    The large one is larger than any one request takes without a front door, API Gateway's 10 MB
    included, and three parts for S3.
    """
    (folder / "batch.jsonl").write_bytes(batch_of(10_000))
    large_file(folder / "big.jsonl", 20 * MIB + 5)

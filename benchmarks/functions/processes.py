"""Fresh processes of functions: what they take to start and answer, and what warm ones take."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.functions.scenes import Scene
from benchmarks.run import Run, run
from tests.bed.environment import ACCESS_KEY, REGION, SECRET_KEY

ROOT = Path(__file__).resolve().parents[2]
PROBE = str(Path(__file__).with_name("probe.py"))
PERF = shutil.which("perf") or ""
_TOLD = ("CATALOG_TABLE", "API_KEYS_TABLE", "CONTENT_BUCKET", "CONTENT_URL", "LIMITS")
BARE = ["-I", "-S", "-c", "import os; os._exit(0)"]


@dataclass(frozen=True, slots=True)
class Taken:
    """What a process took, from its start to its first answer."""

    cpu_ms: float
    wall_ms: float

    @classmethod
    def of(cls, ran: Run) -> "Taken":
        """Read it off a run."""
        return cls(ran.cpu_seconds * 1000, ran.wall_seconds * 1000)


@dataclass(frozen=True, slots=True)
class Subject:
    """Who answers: an interpreter, the folders of its packages, and the module of its handler."""

    python: str
    folders: Sequence[Path]
    module: str


@dataclass(frozen=True, slots=True)
class Stage:
    """A scene that is on: its files, and the environment with the AWS that answers."""

    scene: Scene
    event: Path
    calls: Path
    environment: dict[str, str]

    def cold(self, subject: Subject) -> tuple[Taken, int]:
        """Start the subject, have it answer once, and say how many modules it has loaded then."""
        ran = run(self._command(subject, "cold", "1"), self.environment)
        told = json.loads(ran.last)
        self._check(told["answer"])
        return Taken.of(ran), int(told["modules"])

    def instructions(self, subject: Subject, answers: int = 1) -> int:
        """Count the instructions of a start with so many answers; `PERF` must be there."""
        return counted(self._command(subject, "cold", str(answers)), self.environment)

    def warm(self, subject: Subject, times: int) -> tuple[float, float]:
        """Milliseconds of CPU of an answer, and of its calls alone: means of so many."""
        ran = run(self._command(subject, "warm", str(self.calls), str(times)), self.environment)
        told = json.loads(ran.last)
        self._check(told["answer"])
        ours, alone = told["seconds"]
        return ours * 1000, alone * 1000

    def _command(self, subject: Subject, mode: str, *more: str) -> list[str]:
        line = [subject.python, "-I", "-S", PROBE, mode, subject.module, str(self.event), *more]
        return [*line, *map(str, subject.folders)]

    def _check(self, answer: dict[str, object]) -> None:
        expected = self.scene.answer.get("statusCode")
        assert answer["status"] == expected, f"{self.scene.name} answers {answer}"


def bare_interpreter(python: str) -> Taken:
    """Start Python and nothing else."""
    ran = run([python, *BARE], {"PATH": os.defpath})
    return Taken.of(ran)


def counted(command: Sequence[str], environment: dict[str, str]) -> int:
    """Count a command's instructions in user space, which do not depend on what else runs."""
    with tempfile.NamedTemporaryFile() as told:
        line = [PERF, "stat", "-x", ",", "-e", "instructions:u", "-o", told.name, "--", *command]
        subprocess.run(line, env=environment, check=True, stdout=subprocess.DEVNULL)
        text = Path(told.name).read_text()
    count = next(line.partition(",")[0] for line in text.splitlines() if "instructions" in line)
    return int(count)


def counts_instructions() -> bool:
    """Tell whether there is `perf`, and this machine lets it count."""
    try:
        return bool(PERF) and counted(["true"], {"PATH": os.defpath}) > 0
    except (subprocess.CalledProcessError, StopIteration, ValueError):
        return False


@contextmanager
def on_stage(scene: Scene) -> Iterator[Stage]:
    """Run the AWS of a scene for the length of a `with` block."""
    with tempfile.TemporaryDirectory(prefix="larder-scene-") as name:
        folder = Path(name)
        for part in ("event", "answers", "calls"):
            (folder / part).write_text(json.dumps(getattr(scene, part)))
        command = [sys.executable, "-m", "benchmarks.functions.replay", str(folder / "answers")]
        with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT, text=True) as aws:
            try:
                assert aws.stdout
                url = f"http://127.0.0.1:{aws.stdout.readline().strip()}"
                environment = environment_of(scene, url)
                yield Stage(scene, folder / "event", folder / "calls", environment)
            finally:
                aws.terminate()


def environment_of(scene: Scene, aws_url: str) -> dict[str, str]:
    """What Lambda and the stage tell a function, and where AWS is."""
    return {
        **{name: os.environ[name] for name in _TOLD},
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "AWS_SESSION_TOKEN": "token",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_LAMBDA_FUNCTION_NAME": scene.name,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
        "AWS_EXECUTION_ENV": "AWS_Lambda_python3.14",
        "AWS_ENDPOINT_URL": aws_url,
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
        "PATH": os.defpath,
        "POWERTOOLS_SERVICE_NAME": "larder",
        "POWERTOOLS_LOG_LEVEL": "INFO",
        "_HANDLER": f"{scene.module}.handler",
    }

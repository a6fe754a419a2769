"""SDKs of other languages, unmodified, against the deployed stacks. Run by `make test-sdks`.

Each folder here is a short program that says on standard error what differs from what it should
be, and prints the steps that it has taken. The programs are built below `build/`, with whatever
registries and caches the machine has; where a toolchain is missing, its programs are skipped. No
part of `make test`, which needs nothing but Python: hence the name of this module.
"""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from infra.local.emulator import ROOT
from tests.e2e.samples import Sample, lay_out_files, samples_of
from tests.e2e.user import User

SOURCES = Path(__file__).parent
STEPS = ("create", "retrieve", "content", "delete", "large", "list", "upload", "errors")


@dataclass(frozen=True)
class Program:
    """How a program is built and run.

    Args:
        sdk: The name of its folder.
        tools: Commands that it needs.
        build: A command; `{source}` is its folder and `{scratch}` one to build in.
        run: Likewise.
        lacks: Steps that the SDK has no call for.
        main: The file of the program itself, where docs/users.md has samples to put in its place.
    """

    sdk: str
    tools: tuple[str, ...]
    build: str
    run: str
    lacks: tuple[str, ...] = ()
    main: str = ""

    @property
    def missing_tools(self) -> str:
        """Commands that are not on this machine."""
        return ", ".join(tool for tool in self.tools if shutil.which(tool) is None)

    @property
    def source(self) -> Path:
        """Its folder."""
        return SOURCES / self.sdk

    @property
    def samples(self) -> list[Sample]:
        """What the users' page says in its language."""
        language = Path(self.main).suffix.removeprefix(".")
        return [sample for sample in samples_of("docs/users.md") if sample.language == language]

    def command(self, template: str, source: Path) -> list[str]:
        """A command with the folders filled in."""
        places = {"source": source, "scratch": ROOT / "build" / "sdks" / self.sdk}
        return [word.format(**places) for word in template.split()]


PROGRAMS = (
    Program(
        "openai-go",
        tools=("go",),
        build="go build -C {source} -o {scratch}/ .",
        run="{scratch}/openai-go",
        main="main.go",
    ),
    Program(
        "sashabaranov-go-openai",
        tools=("go",),
        build="go build -C {source} -o {scratch}/ .",
        run="{scratch}/sashabaranov-go-openai",
        lacks=("upload",),
    ),
    Program(
        "openai-java",
        tools=("mvn", "java"),
        build="mvn -q -B -f {source} dependency:copy-dependencies -DoutputDirectory={scratch}",
        run="java -cp {scratch}/* {source}/Main.java",
        main="Main.java",
    ),
    Program(
        "async-openai",
        tools=("cargo",),
        build="cargo build -q --manifest-path {source}/Cargo.toml --target-dir {scratch}",
        run="{scratch}/debug/async-openai-program",
    ),
)


def cases(*values: tuple[Any, ...]) -> list[Any]:
    """Parameters, of which the first is a program; skipped where its toolchain is missing."""
    found = []
    for program, *others in values:
        missing = program.missing_tools
        skipped = pytest.mark.skipif(bool(missing), reason=f"not installed: {missing}")
        found.append(pytest.param(program, *others, id=program.sdk, marks=skipped))
    return found


@pytest.mark.timeout(1800)  # the first build fetches and compiles everything
@pytest.mark.parametrize("program", cases(*((program,) for program in PROGRAMS)))
def test_every_call_of_the_sdk_works(program: Program, user: User) -> None:
    build(program, program.source)
    ran = user.run(*program.command(program.run, program.source), check=False, seconds=600)
    taken = ran.stdout.split()
    if ran.returncode != 0:
        pytest.fail(f"after {taken or 'nothing'}: {ran.stderr}", pytrace=False)
    assert taken == [step for step in STEPS if step not in program.lacks]


@pytest.mark.timeout(1800)
@pytest.mark.parametrize(
    ("program", "sample"), cases(*((one, sample) for one in PROGRAMS for sample in one.samples))
)
def test_a_sample_of_the_users_page_works_when_it_is_pasted(
    program: Program, sample: Sample, user: User, tmp_path: Path
) -> None:
    source = shutil.copytree(program.source, tmp_path / program.sdk)
    (source / program.main).write_text(sample.code, encoding="utf-8")
    build(program, source)
    lay_out_files(user.home)
    base_url = sample.base_url(user.deployment)
    command = program.command(program.run, source)
    ran = user.run("env", f"OPENAI_BASE_URL={base_url}", *command, seconds=600)
    assert ran.stdout.split() == [file["id"] for file in reversed(user.larder("list"))]


def build(program: Program, source: Path) -> None:
    """Build a program with the machine's own settings."""
    done = subprocess.run(
        program.command(program.build, source), capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        pytest.fail(f"it does not build: {done.stdout}{done.stderr}", pytrace=False)

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

import pytest

from infra.local.emulator import ROOT
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
    """

    sdk: str
    tools: tuple[str, ...]
    build: str
    run: str
    lacks: tuple[str, ...] = ()

    @property
    def missing_tools(self) -> str:
        """Commands that are not on this machine."""
        return ", ".join(tool for tool in self.tools if shutil.which(tool) is None)

    def command(self, template: str) -> list[str]:
        """A command with the folders filled in."""
        places = {"source": SOURCES / self.sdk, "scratch": ROOT / "build" / "sdks" / self.sdk}
        return [word.format(**places) for word in template.split()]


PROGRAMS = (
    Program(
        "openai-go",
        tools=("go",),
        build="go build -C {source} -o {scratch}/ .",
        run="{scratch}/openai-go",
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
    ),
    Program(
        "async-openai",
        tools=("cargo",),
        build="cargo build -q --manifest-path {source}/Cargo.toml --target-dir {scratch}",
        run="{scratch}/debug/async-openai-program",
    ),
)


@pytest.mark.timeout(1800)  # the first build fetches and compiles everything
@pytest.mark.parametrize(
    "program",
    [
        pytest.param(
            program,
            id=program.sdk,
            marks=pytest.mark.skipif(
                bool(program.missing_tools), reason=f"not installed: {program.missing_tools}"
            ),
        )
        for program in PROGRAMS
    ],
)
def test_every_call_of_the_sdk_works(program: Program, user: User) -> None:
    build(program)
    ran = user.run(*program.command(program.run), check=False, seconds=600)
    taken = ran.stdout.split()
    if ran.returncode != 0:
        pytest.fail(f"after {taken or 'nothing'}: {ran.stderr}", pytrace=False)
    assert taken == [step for step in STEPS if step not in program.lacks]


def build(program: Program) -> None:
    """Build a program with the machine's own settings."""
    done = subprocess.run(
        program.command(program.build), capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        pytest.fail(f"it does not build: {done.stdout}{done.stderr}", pytrace=False)

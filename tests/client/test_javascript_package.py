"""The npm package of the JavaScript client, as its users get it."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.local.emulator import ROOT

SOURCE = ROOT / "clients" / "js"
MODULES = sorted(SOURCE.glob("*.js"))
MOST_FILE_LINES = 250
MOST_FUNCTION_LINES = 40
MOST_COLUMNS = 100

USER = """
import OpenAI from "openai";
import { type StoredFile, LarderError, downloadFile, uploadFile } from "larder-files";
import { forgetUpload, forgetUploads } from "larder-files";

const stored: StoredFile = await uploadFile(new OpenAI(), "a.jsonl", {
  purpose: "batch",
  expiresAfter: 7200,
  resume: localStorage,
  idempotencyKey: "job 7",
  onProgress: ({ loaded, total }) => console.log(loaded / total),
});
const plain = { baseURL: "/v1" };
const name: string = (await downloadFile(plain, stored.id)).name;
const status: number | null = new LarderError(name).status;
console.log(status);
await forgetUpload(localStorage, "upload_7");
await forgetUploads(localStorage);
// @ts-expect-error - a purpose is wanted
await uploadFile(plain, new Blob([]), {});
// @ts-expect-error - the SDK's spelling is not this one
await uploadFile(plain, new Blob([]), { purpose: "batch", expires_after: 7200 });
// @ts-expect-error - a number is no file
await uploadFile(plain, 7, { purpose: "batch" });
"""


def run(*command: str, cwd: Path) -> str:
    path = os.pathsep.join(
        [str(ROOT / ".venv" / "bin"), str(ROOT / "node_modules" / ".bin"), os.environ["PATH"]]
    )
    done = subprocess.run(
        command,
        cwd=cwd,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package, packed by npm and unpacked where a project of a user has it."""
    home = tmp_path_factory.mktemp("project")
    source = shutil.copytree(SOURCE, home / "source")
    run("npm", "pack", "--pack-destination", str(home), cwd=source)
    [packed] = home.glob("*.tgz")
    shutil.unpack_archive(packed, home, filter="data")
    modules = home / "node_modules"
    modules.mkdir()
    (modules / "openai").symlink_to(ROOT / "node_modules" / "openai")
    return (home / "package").rename(modules / "larder-files")


@pytest.mark.slow
class TestPackage:
    """What npm packs."""

    def test_it_has_the_modules_and_their_types_and_no_more(self, package: Path) -> None:
        names = {path.relative_to(package).as_posix() for path in package.rglob("*.*")}
        modules = {path.name for path in MODULES}
        types = {f"types/{path.stem}.d.ts" for path in MODULES}
        assert names == modules | types | {"package.json", "README.md"}
        assert (package / "LICENSE").read_text().startswith("    ")

    def test_it_needs_no_other_package(self, package: Path) -> None:
        described = json.loads((package / "package.json").read_text())
        assert not {name for name in described if name.endswith("ependencies")}
        assert described["version"] == json.loads((SOURCE / "package.json").read_text())["version"]

    def test_a_program_imports_it_by_its_name(self, package: Path) -> None:
        names = "Object.keys(await import('larder-files')).join(' ')"
        program = f"console.log({names})"
        printed = run("node", "--input-type=module", "-e", program, cwd=package.parent.parent)
        assert printed.split() == [
            "Crc64nvme",
            "LarderError",
            "downloadFile",
            "downloadStream",
            "downloadUrl",
            "forgetUpload",
            "forgetUploads",
            "request",
            "uploadFile",
        ]

    def test_typescript_knows_what_it_takes_and_gives(self, package: Path) -> None:
        home = package.parent.parent
        (home / "user.mts").write_text(USER)
        options = ["--strict", "--noEmit", "--skipLibCheck", "--types", "", "--target", "es2022"]
        run("tsc", *options, "--module", "nodenext", "user.mts", cwd=home)


class TestModules:
    """How they are written."""

    @pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
    def test_a_module_imports_only_its_neighbours(self, path: Path) -> None:
        imported = re.findall(r'\bfrom "([^"]+)"|\bimport\("([^"]+)"\)', path.read_text())
        for name in filter(None, (name for pair in imported for name in pair)):
            assert name.removeprefix("./") in {module.name for module in MODULES}, name

    @pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
    def test_it_stays_small(self, path: Path) -> None:
        lines = path.read_text().splitlines()
        assert len(lines) <= MOST_FILE_LINES
        assert [line for line in lines if len(line) > MOST_COLUMNS] == []
        assert [name for name, size in functions(lines) if size > MOST_FUNCTION_LINES] == []

    def test_functions_are_found(self) -> None:
        lines = ["export async function a() {", "  b", "}", "function* c(", "  d,", ") {", "}"]
        assert list(functions(lines)) == [("a", 3), ("c", 4)]


def functions(lines: list[str]) -> Iterator[tuple[str, int]]:
    """The functions of a module and how many lines each has."""
    start: tuple[str, int] | None = None
    for number, line in enumerate(lines):
        if named := re.match(r"(?:export )?(?:async )?function\*? ?(\w+)", line):
            start = named[1], number
        elif line == "}" and start is not None:
            yield start[0], number - start[1] + 1
            start = None

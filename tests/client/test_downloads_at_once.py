"""Several downloads to one target, and what else meddles with one: never wrong bytes."""

import os
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from larder.api.files import get_file
from larder.api.http import HttpApi
from larder.cli import main
from larder.errors import LarderError
from larder.transfer.download import download_to_path
from larder.transfer.partial import RANGE_BYTES, PartialFile
from tests.client.conftest import Larder, Process, ranges_noted
from tests.client.fakes.faults import Fault, wait_for
from tests.client.fakes.server import Response
from tests.client.fakes.service import API_KEY

pytestmark = pytest.mark.slow

Capture = pytest.CaptureFixture[str]
Start = Callable[..., Process]

CONTENT = os.urandom(RANGE_BYTES * 5 + 1)
GET = "GET /content/"


@pytest.fixture
def file_id(larder: Larder) -> str:
    """A file of six ranges."""
    return str(larder.service.add_file(CONTENT)["id"])


@pytest.fixture
def target(tmp_path: Path) -> Path:
    (tmp_path / "downloads").mkdir()
    return tmp_path / "downloads" / "out"


@dataclass
class Midway:
    """A download of which two ranges are on disk, the others held up."""

    larder: Larder
    process: Process

    def ends(self) -> tuple[int, str]:
        """Lets it go on; its exit code and what it says."""
        self.larder.s3.faults.release()
        _, stderr = self.process.communicate(timeout=60)
        return self.process.returncode, stderr.decode()


@pytest.fixture
def midway(larder: Larder, file_id: str, target: Path, command: Start) -> Iterator[Midway]:
    larder.fail_s3(Fault(GET, "hold", skip=2, times=4))
    process = command("download", file_id, "-o", target)
    wait_for(lambda: ranges_noted(target) == 2)
    yield Midway(larder, process)
    larder.s3.faults.release()


@pytest.mark.parametrize("spelling", ["the same", "relative"])
def test_a_second_download_to_a_target_is_refused_while_the_first_runs(
    spelling: str,
    midway: Midway,
    file_id: str,
    target: Path,
    capsys: Capture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(target.parent)
    second = target if spelling == "the same" else target.name
    assert main(["download", file_id, "-o", str(second), "--force"]) == 1
    assert capsys.readouterr().err == f"larder: another download to {second} is running\n"
    assert midway.ends() == (0, "")
    assert target.read_bytes() == CONTENT
    assert list(target.parent.iterdir()) == [target]


def test_two_partial_files_of_one_target_never_mix(
    larder: Larder, file_id: str, target: Path
) -> None:
    file = get_file(HttpApi(larder.base_url, API_KEY), file_id)
    with PartialFile(file, target) as first:
        with pytest.raises(LarderError, match="another download"):
            PartialFile(file, target)
        assert first.path.exists()
    with PartialFile(file, target) as second:
        assert second.path == first.path


def test_a_download_that_has_ended_leaves_the_next_one_its_files(
    larder: Larder, file_id: str, target: Path
) -> None:
    file = get_file(HttpApi(larder.base_url, API_KEY), file_id)
    with PartialFile(file, target) as first:
        first.discard()
        second = PartialFile(file, target)
    assert len(list(target.parent.iterdir())) == 2
    second.discard()


def test_another_file_to_the_same_target_does_not_mix(
    larder: Larder, midway: Midway, target: Path
) -> None:
    other = larder.service.add_file(b"another")
    assert main(["download", other["id"], "-o", str(target)]) == 0
    code, stderr = midway.ends()
    assert (code, stderr) == (1, f"larder: {target} exists: use --force to replace it, or -o\n")
    assert target.read_bytes() == b"another"


@pytest.mark.parametrize("meddling", ["removed", "replaced", "journal removed"])
def test_what_was_put_in_the_place_of_the_download_does_not_get_the_name(
    meddling: str, midway: Midway, file_id: str, target: Path
) -> None:
    (part,) = target.parent.glob(".larder-*.part")
    if meddling == "journal removed":
        (journal,) = target.parent.glob(".larder-*.journal")
        journal.unlink()
        with pytest.raises(TimeoutError):
            interrupted(midway.larder, file_id, target)
    else:
        part.unlink()
    if meddling == "replaced":
        part.write_bytes(bytes(len(CONTENT)))
    code, stderr = midway.ends()
    assert code == 1
    assert stderr == f"larder: the download to {target} was removed or replaced meanwhile\n"
    assert not target.exists()
    assert main(["download", file_id, "-o", str(target)]) == 0
    assert target.read_bytes() == CONTENT


def interrupted(larder: Larder, file_id: str, target: Path) -> None:
    """A download that begins, and fails at its first bytes."""

    def stop(done: int, total: int) -> None:
        raise TimeoutError

    api = HttpApi(larder.base_url, API_KEY)
    download_to_path(api, get_file(api, file_id), target, on_progress=stop)


@pytest.mark.parametrize("size", [0, 100, 2 * len(CONTENT)])
def test_what_was_cut_on_disk_meanwhile_does_not_get_the_name(
    size: int, midway: Midway, file_id: str, target: Path
) -> None:
    (part,) = target.parent.glob(".larder-*.part")
    os.truncate(part, size)
    code, stderr = midway.ends()
    assert code == 7
    assert stderr == f"larder: the download to {target} was changed on disk meanwhile\n"
    assert not target.exists()
    assert main(["download", file_id, "-o", str(target)]) == 0
    assert target.read_bytes() == CONTENT


def test_a_directory_that_vanishes_is_one_line(midway: Midway, target: Path) -> None:
    shutil.rmtree(target.parent)
    code, stderr = midway.ends()
    assert code == 1
    assert stderr == f"larder: the download to {target} was removed or replaced meanwhile\n"


def test_a_full_disk_is_one_line_and_what_came_is_continued(
    midway: Midway, file_id: str, target: Path
) -> None:
    resource = pytest.importorskip("resource")
    if not hasattr(resource, "prlimit"):
        pytest.skip("sets a limit to another process, as Linux can")
    # No test can fill the disk; that a file may not grow further is met in the same place.
    resource.prlimit(midway.process.pid, resource.RLIMIT_FSIZE, (1, 1))
    code, stderr = midway.ends()
    assert code == 1
    assert stderr == f"larder: cannot write {target}: File too large\n"
    assert not target.exists()
    midway.larder.storage.ranges.clear()
    assert main(["download", file_id, "-o", str(target)]) == 0
    assert len(midway.larder.storage.ranges) == 4
    assert target.read_bytes() == CONTENT


def test_an_earlier_download_that_has_a_name_of_the_users_is_left_alone(
    midway: Midway, file_id: str, target: Path
) -> None:
    # As when a run is killed after it has given the name and before it has tidied up.
    (part,) = target.parent.glob(".larder-*.part")
    midway.process.kill()
    midway.process.wait(20)
    midway.larder.s3.faults.release()
    kept = target.with_name("kept")
    kept.hardlink_to(part)
    before = kept.read_bytes()
    assert main(["download", file_id, "-o", str(target)]) == 0
    assert target.read_bytes() == CONTENT
    assert kept.read_bytes() == before


def test_a_journal_that_has_a_name_of_the_users_is_left_alone(
    midway: Midway, file_id: str, target: Path
) -> None:
    # As where backups are made of hard links.
    (journal,) = target.parent.glob(".larder-*.journal")
    midway.process.kill()
    midway.process.wait(20)
    midway.larder.s3.faults.release()
    kept = target.parent.parent / "kept"
    kept.hardlink_to(journal)
    before = kept.read_bytes()
    assert main(["download", file_id, "-o", str(target)]) == 0
    assert kept.read_bytes() == before
    assert target.read_bytes() == CONTENT
    assert list(target.parent.iterdir()) == [target]


@pytest.mark.parametrize("has_the_name", [False, True])
def test_what_a_run_left_that_was_killed_while_it_gave_the_name_is_continued_or_removed(
    has_the_name: bool, midway: Midway, file_id: str, target: Path
) -> None:
    (part,) = target.parent.glob(".larder-*.part")
    midway.process.kill()
    midway.process.wait(20)
    midway.larder.s3.faults.release()
    midway.larder.storage.ranges.clear()
    aside = part.rename(part.with_name(f"{part.name}-0123abcd"))
    if has_the_name:
        target.hardlink_to(aside)
    assert main(["download", file_id, "-o", str(target), "--force"]) == 0
    assert len(midway.larder.storage.ranges) == (6 if has_the_name else 4)
    assert target.read_bytes() == CONTENT
    assert list(target.parent.iterdir()) == [target]


def test_a_directory_that_comes_to_be_at_the_target_is_one_line_and_what_came_is_kept(
    midway: Midway, file_id: str, target: Path, capsys: Capture
) -> None:
    midway.process.kill()
    midway.process.wait(20)
    midway.larder.s3.faults.release()

    def make(response: Response) -> Response:
        target.mkdir()
        return response

    midway.larder.fail_s3(Fault(GET, "alter", alter=make))
    assert main(["download", file_id, "-o", str(target), "--force"]) == 1
    assert capsys.readouterr().err == f"larder: cannot write {target}: Is a directory\n"
    target.rmdir()
    midway.larder.storage.ranges.clear()
    assert main(["download", file_id, "-o", str(target), "--force"]) == 0
    assert midway.larder.storage.ranges == []
    assert target.read_bytes() == CONTENT


def test_threads_that_download_to_one_target_end_with_right_bytes_or_a_refusal(
    larder: Larder, file_id: str, target: Path
) -> None:
    api = HttpApi(larder.base_url, API_KEY)
    file = get_file(api, file_id)

    def download(number: int) -> str:
        try:
            download_to_path(api, file, target, replace=True)
        except LarderError as error:
            return str(error)
        assert target.read_bytes() == CONTENT
        return "done"

    with ThreadPoolExecutor(8) as pool:
        ends = list(pool.map(download, range(24)))
    assert set(ends) <= {"done", f"another download to {target} is running"}
    assert "done" in ends
    assert list(target.parent.iterdir()) == [target]


def test_commands_that_download_to_one_target_and_are_killed_leave_right_bytes_or_none(
    larder: Larder, file_id: str, target: Path, command: Start
) -> None:
    for killed in range(2):
        larder.fail_s3(Fault(GET, "cut", times=4, after_bytes=3_000_000))
        processes = [command("download", file_id, "-o", target) for _ in range(4)]
        wait_for(lambda: ranges_noted(target) >= 1 or target.exists())
        processes[killed].kill()
        for number, process in enumerate(processes):
            _, stderr = process.communicate(timeout=60)
            assert process.returncode in {0, 1, -9}, stderr
            assert number == killed or process.returncode == 0 or b"larder: " in stderr
        if target.exists():
            assert target.read_bytes() == CONTENT
            target.unlink()
    assert main(["download", file_id, "-o", str(target)]) == 0
    assert target.read_bytes() == CONTENT
    assert list(target.parent.iterdir()) == [target]

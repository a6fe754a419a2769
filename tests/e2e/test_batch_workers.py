"""docs/batch-workers.md from end to end: its own samples, by the users and workers it is about."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.batches import MIB
from tests.e2e.conftest import NewUser
from tests.e2e.samples import file_of, samples_of
from tests.e2e.user import User
from tests.e2e.waiting import wait_until

PAGE = "docs/batch-workers.md"
MAKE_KEY, SUBMIT, WORK, FETCH = (sample for sample in samples_of(PAGE) if sample.language == "sh")
[READ] = (s for s in samples_of(PAGE) if s.language == "python" and s.file is None)

IN_VAIN = 1
LATER = 75
NEVER_RUN = "false"  # a worker that runs this one has failed

LARGE_RUN = """
import sys

with open(sys.argv[4], "wb") as results:
    for number in range(40):
        results.write(number.to_bytes(8, "big") * 2**17)
"""


@dataclass(frozen=True)
class Worker:
    """A worker with the service's key, and the page's two programs in its folder."""

    at: User

    def work(
        self, owner: str, file_id: str, **settings: object
    ) -> "subprocess.CompletedProcess[str]":
        """Do one job as the page says, with these environment variables too."""
        return self.at.run(*self._command(owner, file_id, settings), check=False)

    def begin(self, owner: str, file_id: str, **settings: object) -> "subprocess.Popen[str]":
        """Begin a job, in a process without a shell around it, which can be killed."""
        command = self._command(owner, file_id, settings)[: -len(WORK.command)]
        return subprocess.Popen(
            [*command, sys.executable, "worker.py", owner, file_id],
            cwd=self.at.home,
            env=self.at.environment,
            stdout=subprocess.PIPE,
            text=True,
        )

    def _command(self, owner: str, file_id: str, settings: dict[str, object]) -> list[str]:
        told = {"OWNER": owner, "FILE_ID": file_id, **settings}
        return ["env", *(f"{name}={value}" for name, value in told.items()), *WORK.command]


@pytest.fixture
def worker(user: User, tmp_path: Path) -> Worker:
    """A worker whose key an operator has made as the page says."""
    key = user.run(*MAKE_KEY.command).stdout.strip()
    for name in ("run_batch.py", "worker.py"):
        (tmp_path / name).write_text(file_of(PAGE, name).code)
    return Worker(User(user.deployment, "batch-worker", key, home=tmp_path))


@pytest.fixture
def file_id(user: User) -> str:
    """The page's batch, submitted."""
    return user.run(*SUBMIT.command).stdout.strip()


def stored_by(done: "subprocess.CompletedProcess[str]") -> str:
    """The id of the results that a worker has stored."""
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def outputs_of(user: User) -> list[dict[str, Any]]:
    """The results that the user has."""
    return user.larder("list", "--purpose", "batch-output")


def test_a_batch_is_run_and_its_user_fetches_the_results(
    user: User, worker: Worker, file_id: str
) -> None:
    results = stored_by(worker.work(user.owner, file_id))
    assert results in user.run("env", f"FILE_ID={file_id}", *FETCH.command).stdout
    read = user.run(*READ.command).stdout.splitlines()
    assert read == ["greeting 200", "question 200", "nothing 400"]
    [path] = (user.home / "results").iterdir()
    first = json.loads(path.read_text().splitlines()[0])
    [choice] = first["response"]["body"]["choices"]
    assert choice["message"]["content"] == "You said: Hello"
    [output] = outputs_of(user)
    assert output["expires_at"] - output["created_at"] == 30 * 86_400
    assert not any((worker.at.home / "jobs").iterdir())


def test_a_job_that_is_done_is_answered_and_not_done_again(
    user: User, worker: Worker, file_id: str
) -> None:
    results = stored_by(worker.work(user.owner, file_id))
    again = worker.work(user.owner, file_id, RUN_BATCH=NEVER_RUN, JOBS="elsewhere")
    assert stored_by(again) == results
    assert len(outputs_of(user)) == 1


def test_what_failed_stores_nothing_and_is_to_be_tried_again(
    user: User, worker: Worker, file_id: str
) -> None:
    failed = worker.work(user.owner, file_id, RUN_BATCH="false")
    assert (failed.returncode, failed.stdout) == (LATER, "")
    assert outputs_of(user) == []
    stored_by(worker.work(user.owner, file_id))


def test_a_worker_that_was_killed_while_it_stored_large_results_is_continued(
    user: User, worker: Worker, file_id: str
) -> None:
    (worker.at.home / "large.py").write_text(LARGE_RUN)
    run_batch = f"{sys.executable} large.py"
    with worker.begin(user.owner, file_id, RUN_BATCH=run_batch) as process:
        wait_until(lambda: user.usage()["uploads"] > 0 or process.poll() is not None)
        process.send_signal(signal.SIGKILL)
    results = stored_by(worker.work(user.owner, file_id, RUN_BATCH=NEVER_RUN))
    [output] = outputs_of(user)
    assert (output["id"], output["bytes"]) == (results, 40 * MIB)
    usage = user.usage()
    assert (usage["uploads"], usage["reserved_bytes"]) == (0, 0)


def test_the_same_results_sent_by_another_worker_are_one_file(
    user: User, worker: Worker, file_id: str
) -> None:
    (worker.at.home / "same.py").write_text("import sys\nopen(sys.argv[4], 'w').write('{}')\n")
    same = {"RUN_BATCH": f"{sys.executable} same.py"}
    both = [worker.begin(user.owner, file_id, **same, JOBS=folder) for folder in ("one", "other")]
    told = {process.communicate()[0].strip() for process in both}
    assert [process.returncode for process in both] == [0, 0]
    [output] = outputs_of(user)
    assert told == {output["id"]}


def no_batch(user: User) -> str:
    (user.home / "none.jsonl").write_text("Hello\n")
    return user.run("larder", "upload", "none.jsonl", "--no-validate", "-q").stdout.strip()


def deleted(user: User) -> str:
    file_id = user.run(*SUBMIT.command).stdout.strip()
    user.run("larder", "delete", file_id, "--yes")
    return file_id


def no_id(_: User) -> str:
    return "../elsewhere"


@pytest.mark.parametrize(
    ("made", "why"),
    [
        (no_batch, "no batch: line 1:1"),
        (deleted, "No such File object"),
        (no_id, "no file's id: ../elsewhere"),
    ],
)
def test_what_cannot_be_run_is_refused_for_good_and_says_why(
    user: User, worker: Worker, made: Callable[[User], str], why: str
) -> None:
    done = worker.work(user.owner, made(user), RUN_BATCH=NEVER_RUN)
    assert done.returncode == IN_VAIN
    assert why in done.stderr
    assert "Traceback" not in done.stderr


def test_a_user_cannot_have_anothers_file_run(
    user: User, worker: Worker, file_id: str, new_user: NewUser
) -> None:
    done = worker.work(new_user().owner, file_id, RUN_BATCH=NEVER_RUN)
    assert done.returncode == IN_VAIN
    assert "No such File object" in done.stderr


def test_nothing_is_run_for_an_owner_without_room(worker: Worker, new_user: NewUser) -> None:
    full = new_user("--quota", "600")
    file_id = full.run(*SUBMIT.command).stdout.strip()
    done = worker.work(full.owner, file_id, RUN_BATCH=NEVER_RUN)
    assert done.returncode == IN_VAIN
    assert "quota has room for" in done.stderr

"""The `larder` command against the deployed stacks."""

import filecmp
import signal
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from infra.local.aws import aws_session
from tests.e2e.batches import MIB, batch_of, large_file
from tests.e2e.user import User
from tests.e2e.waiting import wait_until

EXIT_NOT_FOUND = 4
EXIT_INTERRUPTED = 130


@pytest.fixture
def batch(user: User) -> Path:
    """A small batch file in the user's home."""
    path = user.home / "täglich 1.jsonl"
    path.write_bytes(batch_of(100_000))
    return path


def test_a_small_file_is_uploaded_listed_shown_downloaded_and_deleted(
    user: User, batch: Path
) -> None:
    (uploaded,) = user.larder("upload", batch.name, "--expires-after", "7d")
    assert uploaded["filename"] == uploaded.pop("path") == batch.name
    assert uploaded["expires_at"] - uploaded["created_at"] == 604_800
    assert user.larder("list") == [uploaded]
    assert user.larder("show", uploaded["id"]) == [uploaded]
    user.larder("download", uploaded["id"], "-o", "copy.jsonl")
    assert filecmp.cmp(batch, user.home / "copy.jsonl", shallow=False)
    (deleted,) = user.larder("delete", uploaded["id"])
    assert deleted["deleted"]
    gone = user.run("larder", "show", uploaded["id"], check=False)
    assert gone.returncode == EXIT_NOT_FOUND
    assert f"No such File object: {uploaded['id']}" in gone.stderr


def test_an_upload_stopped_by_ctrl_c_is_continued_by_the_same_command(user: User) -> None:
    path = large_file(user.home / "large.jsonl", 200 * MIB)
    with subprocess.Popen(
        [
            "larder",
            "upload",
            "--no-validate",
            "--threads",
            "1",
            str(path),
        ],  # so that it takes a while
        env=user.environment,
        stderr=subprocess.PIPE,
        text=True,
    ) as first:
        wait_until(lambda: has_parts(user) or first.poll() is not None)
        first.send_signal(signal.SIGINT)
        _, words = first.communicate(timeout=60)
    assert first.returncode == EXIT_INTERRUPTED
    assert "the same command continues" in words
    (upload,) = user.larder("uploads", "list")
    assert upload["status"] == "pending"
    (uploaded,) = user.larder("upload", path, "--no-validate")
    (continued,) = user.larder("uploads", "list", "--all")
    assert (continued["id"], continued["status"]) == (upload["id"], "completed")
    assert {**continued["file"], "path": str(path)} == uploaded
    assert uploaded["bytes"] == 200 * MIB


def has_parts(user: User) -> bool:
    """Whether S3 has a part of the upload that the user has begun."""
    s3 = aws_session().client("s3", endpoint_url=user.deployment.endpoint_url)
    bucket = user.deployment.outputs["ContentBucket"]
    begun = s3.list_multipart_uploads(Bucket=bucket).get("Uploads", [])
    return any(
        s3.list_parts(Bucket=bucket, Key=each["Key"], UploadId=each["UploadId"]).get("Parts")
        for each in begun
        if f"/{user.owner}/" in each["Key"]
    )


def test_a_directory_is_synchronised_and_comes_back_the_same(user: User) -> None:
    directory = user.home / "batches"
    (directory / "more").mkdir(parents=True)
    for number in range(29):
        path = directory / ("more" if number % 2 else ".") / f"{number}.jsonl"
        path.write_bytes(batch_of(1000 * (number + 1)))
    large_file(directory / "large.bin", 33 * MIB)
    words = ("sync", "batches", "--no-validate")
    assert {each["action"] for each in user.larder(*words)} == {"uploaded"}
    again = user.larder(*words)
    assert [each["action"] for each in again] == ["there"] * 30
    assert (user.usage()["files"], user.usage()["reserved_bytes"]) == (30, 0)
    (user.home / "back").mkdir()
    user.larder("download", "--all", "-o", "back")
    for each in again:
        assert filecmp.cmp(
            user.home / each["path"], user.home / "back" / each["filename"], shallow=False
        )
    (directory / "0.jsonl").write_bytes(batch_of(5000))
    (directory / "large.bin").unlink()
    changed = user.larder(*words, "--delete", "--yes")
    done = Counter(each["action"] for each in changed)
    assert done == {"there": 28, "uploaded": 1, "deleted": 2}
    user.larder("delete", "--name", "*.jsonl", "--yes")
    assert (user.usage()["files"], user.usage()["bytes"]) == (0, 0)
    assert user.objects() == []

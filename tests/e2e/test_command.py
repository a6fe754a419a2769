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
EXIT_TOO_LARGE = 5
EXIT_INVALID = 8
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


def test_a_large_file_goes_in_parts_and_comes_back_the_same(user: User) -> None:
    path = large_file(user.home / "large.jsonl", 33 * MIB + 1)
    (uploaded,) = user.larder("upload", path, "--no-validate")
    assert uploaded["bytes"] == path.stat().st_size
    user.larder("download", uploaded["id"], "-o", "copy.jsonl")
    assert filecmp.cmp(path, user.home / "copy.jsonl", shallow=False)
    (usage,) = user.larder("usage")
    assert (usage["bytes"], usage["reserved_bytes"], usage["files"]) == (33 * MIB + 1, 0, 1)


def test_a_batch_file_over_its_limit_is_refused_before_a_byte_is_sent(user: User) -> None:
    path = user.home / "huge.jsonl"
    with path.open("wb") as file:
        file.truncate(201 * MIB)
    refused = user.run("larder", "upload", path, check=False)
    assert refused.returncode == EXIT_TOO_LARGE
    assert "200 MiB" in refused.stderr
    assert user.request("GET", "/uploads").json()["data"] == []
    assert user.usage()["reserved_bytes"] == 0


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


def test_a_batch_with_faults_is_not_uploaded(user: User, batch: Path) -> None:
    with batch.open("ab") as file:
        file.write(b'{"custom_id": "request-0", "method": "POST"}\n')
    refused = user.run("larder", "upload", batch.name, check=False)
    assert refused.returncode == EXIT_INVALID
    lines = len(batch.read_bytes().splitlines())
    at = f"larder: {batch.name}:{lines}:"
    assert f'{at}15: custom_id "request-0" is that of line 1 already' in refused.stderr
    assert f"{at}1: body is missing" in refused.stderr
    assert user.larder("list") == []


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


def test_an_abandoned_upload_gives_back_what_it_reserved(user: User) -> None:
    with user.sdk() as client:
        upload = client.uploads.create(
            bytes=5 * MIB, filename="a.jsonl", mime_type="application/jsonl", purpose="batch"
        )
    (listed,) = user.larder("uploads", "list")
    assert listed["id"] == upload.id
    (cancelled,) = user.larder("uploads", "cancel", upload.id)
    assert cancelled["status"] == "cancelled"
    assert user.larder("uploads", "list") == []
    assert user.usage()["reserved_bytes"] == 0


def test_an_operator_makes_lists_and_revokes_a_key(user: User) -> None:
    (made,) = user.larder("admin", "keys", "create", "--owner", user.owner, "--name", "laptop")
    listed = user.larder("admin", "keys", "list", "--owner", user.owner)
    (shown,) = [key for key in listed if key["name"] == "laptop"]
    assert shown == {name: value for name, value in made.items() if name != "key"}
    (revoked,) = user.larder("admin", "keys", "revoke", made["id"])
    assert revoked["revoked"]
    left = user.larder("admin", "keys", "list", "--owner", user.owner)
    assert [key["id"] for key in left] == [key["id"] for key in listed if key != shown]


def test_a_quota_set_by_an_operator_holds(user: User, batch: Path) -> None:
    user.larder("admin", "quota", "--owner", user.owner, "--set", "150KiB")
    user.larder("upload", batch)
    refused = user.run("larder", "upload", batch, check=False)
    assert refused.returncode == EXIT_TOO_LARGE
    assert "Storage quota exceeded" in refused.stderr

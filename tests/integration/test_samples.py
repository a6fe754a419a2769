"""The request samples of `docs/openapi.yaml`, pasted one after the other."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.bed.bed import Bed
from tests.bed.http_front import http_front
from tests.unit.test_openapi import OPERATIONS, SPEC

# Each goes on with what those before it have left; none is left out.
ORDER = [
    "create_file",
    "list_files",
    "get_file",
    "get_file_content",
    "head_file_content",
    "get_file_url",
    "get_usage",
    "delete_file",
    "create_upload",
    "list_uploads",
    "get_upload",
    "create_part_urls",
    "add_part",
    "list_parts",
    "complete_upload",
    "create_upload",
    "cancel_upload",
]


def samples(lang: str) -> list[str]:
    """The samples in one language, in this order."""
    found = {
        name: [one["source"] for one in operation["x-codeSamples"] if one["lang"] == lang]
        for name, operation in OPERATIONS.items()
    }
    return [source for name in ORDER for source in found[name]]


@pytest.fixture
def at_the_bed(bed: Bed, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Has the environment name this server, and alice's key."""
    monkeypatch.setenv("OPENAI_API_KEY", bed.api_key("alice"))
    monkeypatch.chdir(tmp_path)
    with http_front(bed.gateway) as url:
        monkeypatch.setenv("OPENAI_BASE_URL", url)
        yield


def test_the_first_server_is_the_local_one() -> None:
    assert [server["url"] for server in SPEC["servers"]][:2] == [
        "http://127.0.0.1:4580/v1",
        "http://localhost:4580/v1",
    ]


def test_every_operation_has_a_sample_in_each_language() -> None:
    assert set(ORDER) == set(OPERATIONS)
    assert len(samples("Shell")) == len(samples("Python")) == len(ORDER)


@pytest.mark.usefixtures("at_the_bed")
def test_the_python_samples_work(capsys: pytest.CaptureFixture[str]) -> None:
    interpreter: dict[str, Any] = {}
    for code in samples("Python"):
        exec(code, interpreter)
    printed = capsys.readouterr().out
    assert "cancelled" in printed
    assert "upload.part_url" in printed


@pytest.mark.skipif(not shutil.which("curl"), reason="no curl on this machine")
@pytest.mark.usefixtures("at_the_bed")
def test_the_curl_samples_work() -> None:
    script = "\n".join(samples("Shell"))
    done = subprocess.run(
        ["sh", "-euc", script], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count('"status":"cancelled"') == 1

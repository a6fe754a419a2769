"""`on_progress` with other people's progress bars, in the one line that the docstrings give."""

import io
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import openai
import pytest
from rich.console import Console
from rich.progress import Progress
from tqdm import tqdm

import larder as larder_package
from tests.client.conftest import Larder
from tests.client.fakes.faults import Fault

SIZE = 5 * 2**20
MakeFile = Callable[[int], Path]
Transfer = Callable[..., Any]


@pytest.fixture
def client(larder: Larder) -> Iterator[openai.OpenAI]:
    larder.service.part_bytes = 2**20
    with openai.OpenAI() as client:
        yield client


@pytest.fixture(params=["upload", "small upload", "upload with retries", "download", "stream"])
def transfer(
    request: pytest.FixtureRequest, larder: Larder, client: openai.OpenAI, tmp_path: Path
) -> tuple[int, Transfer]:
    """The bytes in all, and something that calls `on_progress`."""
    content = os.urandom(1000 if request.param == "small upload" else SIZE)
    if "retries" in request.param:
        larder.fail_s3(Fault("PUT", "status", skip=2, times=2, status=503))
    if "upload" in request.param:
        return len(content), lambda on_progress: larder_package.upload_file(
            client, content, purpose="batch", on_progress=on_progress
        )
    file_id = larder.service.add_file(content)["id"]
    target = tmp_path / "out" if request.param == "download" else io.BytesIO()
    return len(content), lambda on_progress: larder_package.download_file(
        client, file_id, target, on_progress=on_progress
    )


def test_tqdm_in_one_line(transfer: tuple[int, Transfer]) -> None:
    size, run = transfer
    with tqdm(total=size, unit="B", unit_scale=True, file=io.StringIO()) as bar:
        run(lambda done, total: bar.update(done - bar.n))
        assert (bar.n, bar.total) == (size, size)


def test_rich_in_one_line(transfer: tuple[int, Transfer]) -> None:
    size, run = transfer
    with Progress(console=Console(file=io.StringIO())) as progress:
        task = progress.add_task("a.jsonl", total=None)
        run(lambda done, total: progress.update(task, completed=done, total=total))
        assert progress.finished
        assert (progress.tasks[0].completed, progress.tasks[0].total) == (size, size)


@pytest.mark.parametrize("function", [larder_package.upload_file, larder_package.download_file])
def test_the_lines_are_in_the_help(function: Callable[..., Any]) -> None:
    for line in (
        "lambda done, total: bar.update(done - bar.n)",
        "lambda done, total: progress.update(task, completed=done, total=total)",
    ):
        assert line in (function.__doc__ or "")


async def nobody_awaits_it(done: int, total: int) -> None: ...


@pytest.mark.parametrize("on_progress", [nobody_awaits_it, 7, "print"])
def test_what_cannot_be_called_is_refused(
    on_progress: Any, larder: Larder, client: openai.OpenAI, tmp_path: Path
) -> None:
    message = "on_progress must be a plain function"
    with pytest.raises(larder_package.errors.UsageError, match=message):
        larder_package.upload_file(client, b"x", purpose="batch", on_progress=on_progress)
    with pytest.raises(larder_package.errors.UsageError, match=message):
        larder_package.download_file(client, "file-1", tmp_path, on_progress=on_progress)
    assert larder.service.requests == []

"""`uploadFile` of the JavaScript client, against the fake service and its faults."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.client.conftest import Larder
from tests.client.fakes.faults import Fault, wait_for
from tests.client.javascript import JavaScript, Seen

MakeFile = Callable[..., Path]
KIB = 1024
SIZE = 300 * KIB  # five parts, of which the last is shorter
PUT = "PUT /upload_"


@pytest.fixture
def javascript(larder: Larder) -> JavaScript:
    return JavaScript(larder)


@pytest.fixture
def upload(javascript: JavaScript) -> Callable[..., Seen]:
    """`uploadFile` with the purpose `batch`."""

    def run(path: Path, **what: Any) -> Seen:
        options = {"purpose": "batch", **what.pop("options", {})}
        return javascript.run("upload", path=path, options=options, **what)

    return run


Upload = Callable[..., Seen]


@pytest.mark.parametrize("by", ["sdk", "plain"])
@pytest.mark.parametrize("size", [0, 10, SIZE, 5 * KIB * KIB])
def test_a_path_of_any_size(
    size: int, by: str, larder: Larder, upload: Upload, a_file: MakeFile
) -> None:
    path = a_file(size)
    seen = upload(path, by=by)
    assert (seen.result["filename"], seen.result["bytes"]) == ("big.jsonl", size)
    assert larder.service.content(seen.result["id"]) == path.read_bytes()
    assert seen.progress[-1:] == ([[size, size]] if size else [])

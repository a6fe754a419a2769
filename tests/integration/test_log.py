"""The line that each request has in the log: whose files, whose key, and which file."""

import json
import time
from typing import Any

import httpx2
import pytest

from lambdas.api.log import logger
from lambdas.core.damage import log_damage
from tests.bed.bed import Bed, Way

WAYS: tuple[Way, ...] = ("gateway", "front_door")
BOTH_WAYS = pytest.mark.parametrize("way", WAYS)


def created(http: httpx2.Client, purpose: str = "batch", **headers: str) -> httpx2.Response:
    form: Any = {"file": ("secret-name.jsonl", b"secret content")}
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return http.post("/files", data={"purpose": purpose}, files=form, headers=sent)


def line_of(answer: httpx2.Response, caplog: pytest.LogCaptureFixture) -> dict[str, Any]:
    """The one line of a request, found by its id."""
    lines = [vars(record) for record in caplog.records if record.message == "request"]
    (line,) = [line for line in lines if line["request_id"] == answer.headers["x-request-id"]]
    return line


def owners_in(line: dict[str, Any]) -> tuple[str | None, str | None]:
    return line["owner"], line["key_owner"]


@BOTH_WAYS
def test_an_owner_s_line_has_the_owner_twice(
    bed: Bed, caplog: pytest.LogCaptureFixture, way: Way
) -> None:
    answer = created(bed.through(way).http_of("alice"))
    assert owners_in(line_of(answer, caplog)) == ("alice", "alice")


@BOTH_WAYS
def test_a_service_s_line_has_whose_files_and_whose_key(
    bed: Bed, caplog: pytest.LogCaptureFixture, way: Way
) -> None:
    http = bed.through(way).http_of("batch-system", acting_for="alice")
    answer = created(http, "batch-output")
    assert answer.status_code == 200
    assert owners_in(line_of(answer, caplog)) == ("alice", "batch-system")


@BOTH_WAYS
@pytest.mark.parametrize(
    "named",
    ["bob", "not an owner", 'a"b', "x" * 5_000],
    ids=["another", "no name", "a quote", "too long"],
)
def test_an_owner_that_a_key_may_not_name_is_not_logged(
    bed: Bed, caplog: pytest.LogCaptureFixture, way: Way, named: str
) -> None:
    answer = created(bed.through(way).http_of("alice"), Larder_Owner=named)
    line = line_of(answer, caplog)
    assert (answer.status_code, line["status"]) == (403, 403)
    assert owners_in(line) == (None, "alice")
    assert named not in str(line)


@BOTH_WAYS
def test_a_name_that_no_owner_can_have_is_not_logged(
    bed: Bed, caplog: pytest.LogCaptureFixture, way: Way
) -> None:
    http = bed.through(way).http_of("batch-system", acting_for="not/an owner")
    answer = created(http, "batch-output")
    assert (answer.status_code, owners_in(line_of(answer, caplog))) == (
        400,
        (None, "batch-system"),
    )


@BOTH_WAYS
def test_a_line_tells_which_file_it_was_about(
    bed: Bed, caplog: pytest.LogCaptureFixture, way: Way
) -> None:
    http = bed.through(way).http_of("alice")
    path = f"/files/{created(http).json()['id']}/content"
    line = line_of(http.get(path), caplog)
    assert (line["route"], line["path"]) == ("/files/{file_id}/content", path)


@BOTH_WAYS
def test_no_line_has_a_key_a_file_s_name_or_content(
    bed: Bed, caplog: pytest.LogCaptureFixture, way: Way
) -> None:
    http = bed.through(way).http_of("alice")
    http.get(f"/files/{created(http).json()['id']}/content")
    logged = caplog.text + "".join(str(vars(record)) for record in caplog.records)
    assert "secret" not in logged
    assert bed.api_key("alice") not in logged


@BOTH_WAYS
def test_the_line_of_an_error_has_its_code(
    bed: Bed, caplog: pytest.LogCaptureFixture, way: Way
) -> None:
    http = bed.through(way).http_of("alice")
    assert line_of(created(http), caplog)["code"] is None
    assert line_of(created(http, Larder_Owner="bob"), caplog)["code"] == "permission_denied"


def test_a_damaged_record_s_line_is_one_that_cloudwatch_counts(
    caplog: pytest.LogCaptureFixture,
) -> None:
    log_damage("alice", "file-1")
    (record,) = [one for one in caplog.records if one.name == "lambdas.damage"]
    line = json.loads(logger.registered_handler.format(record))
    (counted,) = line["_aws"]["CloudWatchMetrics"]
    assert counted["Namespace"] == "Larder"
    # What is named there must stand in the line itself.
    assert all(line[name] for names in counted["Dimensions"] for name in names)
    assert [line[metric["Name"]] for metric in counted["Metrics"]] == [1]
    assert abs(line["_aws"]["Timestamp"] - time.time() * 1000) < 60_000

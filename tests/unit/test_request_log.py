"""What `make run` shows of each request."""

from pathlib import Path

import pytest

from infra.local.request_log import RequestLog, request_line

BUCKET = "larder-local-data-content"
FOLDER = Path("/elsewhere")


def edge(method: str, path: str, query: str = "", *, status: int = 200, origin: str = "api") -> str:
    """What the edge writes of a request."""
    return f"{method}\t{path}\t{query}\t{status}\t12400\t{origin}"


def emulator(method: str, path: str, query: str = "", *, status: int = 200) -> str:
    """What the emulator writes of one."""
    entry = f"{method}\t{path}\t{query}\t{status}\t12400"
    return f"[2026-01-01 08:00:00 +0000] [42] [INFO] {entry}"


@pytest.mark.parametrize("origin", ["api", "front_door"])
def test_a_request_shows_method_path_status_and_time(origin: str) -> None:
    line = edge("POST", "/v1/files", origin=origin)
    assert request_line(line, BUCKET) == "POST   /v1/files  200  12 ms"


def test_a_query_is_shown() -> None:
    line = edge("GET", "/v1/files", "limit=2&order=asc")
    assert request_line(line, BUCKET) == "GET    /v1/files?limit=2&order=asc  200  12 ms"


def test_a_presigned_part_is_shown_without_its_signature() -> None:
    query = "partNumber=3&uploadId=abc&X-Amz-Algorithm=AWS4&X-Amz-Signature=0f"
    line = emulator("PUT", f"/{BUCKET}/expires-in-07d/demo/upload_1", query)
    assert (
        request_line(line, BUCKET)
        == "PUT    content/expires-in-07d/demo/upload_1 part 3  200  12 ms"
    )


def test_a_presigned_download_is_shown() -> None:
    line = emulator("GET", f"/{BUCKET}/expires-in-07d/demo/file-1", "X-Amz-Signature=0f")
    assert request_line(line, BUCKET) == "GET    content/expires-in-07d/demo/file-1  200  12 ms"


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(
            emulator("GET", "/_aws/execute-api/larder/v1/files"), id="the edge asks the API"
        ),
        pytest.param(emulator("POST", "/"), id="a function asks DynamoDB"),
        pytest.param(emulator("PUT", f"/{BUCKET}/expires-in-07d/demo/file-1"), id="or S3"),
        pytest.param(emulator("GET", "/other/key", "X-Amz-Signature=0f"), id="another bucket"),
        pytest.param(emulator("GET", "/_ministack/ready"), id="the emulator's health"),
        pytest.param("not an access line", id="anything else"),
    ],
)
def test_what_is_not_a_users_request_is_not_shown(line: str) -> None:
    assert request_line(line, BUCKET) is None


def test_a_path_cannot_reach_the_terminal_as_control_codes() -> None:
    line = edge("GET", "/v1/files/\x1b[31m\x07")
    assert request_line(line, BUCKET) == "GET    /v1/files/%1B[31m%07  200  12 ms"


@pytest.mark.parametrize(
    ("line", "log"),
    [
        (edge("GET", "/v1/files", status=502), "emulator.log"),
        (edge("POST", "/v1/files", status=500, origin="front_door"), "front-door.log"),
        (
            emulator("PUT", f"/{BUCKET}/a/b/c", "X-Amz-Signature=0f", status=503),
            "emulator.log",
        ),
    ],
)
def test_a_failure_says_where_its_cause_is_written(line: str, log: str) -> None:
    shown: list[str] = []
    requests = RequestLog(shown.append, FOLDER, free=lambda _: 2**30)
    requests.show_from_now(BUCKET)
    requests.take(line)
    assert shown[0].endswith("  12 ms")
    assert shown[1:] == [f"       why: the end of {FOLDER / log}"]


def test_a_refusal_is_no_failure() -> None:
    shown: list[str] = []
    requests = RequestLog(shown.append, FOLDER, free=lambda _: 2**30)
    requests.show_from_now(BUCKET)
    requests.take(edge("GET", "/v1/files", status=404))
    assert shown == ["GET    /v1/files  404  12 ms"]


def test_a_failure_for_want_of_space_says_so() -> None:
    shown: list[str] = []
    requests = RequestLog(shown.append, FOLDER, free=lambda _: 2**20)
    requests.show_from_now(BUCKET)
    requests.take(edge("POST", "/v1/files", status=500))
    assert shown[1].endswith("no space left for /elsewhere; free some")


def test_nothing_is_shown_before_users_may_come() -> None:
    shown: list[str] = []
    RequestLog(shown.append, FOLDER, free=lambda _: 2**30).take(edge("GET", "/v1/usage"))
    assert shown == []

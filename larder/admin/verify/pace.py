"""How quick it is: a few latencies, as a user has them, and a cold start."""

import re
import statistics
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

from larder.admin.deployment import AwsError, translated_errors
from larder.admin.verify.files import CONTENT
from larder.admin.verify.promise import Promise, Unseen, expect
from larder.admin.verify.scene import Scene

AT_ONCE = 10
_COLD = re.compile(r"Init Duration: ([0-9.]+) ms")
_LOG_SECONDS = 20  # CloudWatch shows a line some seconds after it was written


def latencies(scene: Scene) -> str | None:
    """What a user waits for, warm; told, and not judged: it is the line's as much as ours."""
    file_id = scene.alice.stored(CONTENT)
    return ", ".join(
        f"{what} {_median(request):.0f} ms"
        for what, request in (
            ("create", lambda: scene.alice.stored(CONTENT)),
            ("retrieve", lambda: scene.alice.ask("GET", f"/files/{file_id}")),
            ("content", lambda: scene.alice.ask("GET", f"/files/{file_id}/content")),
            ("list", lambda: scene.alice.ask("GET", "/files")),
        )
    )


def cold_start(scene: Scene) -> str | None:
    """What a function takes to begin, by its own log."""
    since = int(time.time() * 1000)
    with ThreadPoolExecutor(AT_ONCE) as pool:  # more at once than there are warm ones
        took = list(pool.map(lambda _: _milliseconds(lambda: _usage(scene)), range(AT_ONCE)))
    slowest = f"the slowest of {AT_ONCE} at once took {max(took):.0f} ms"
    name = scene.function("GetUsage")
    deadline = time.monotonic() + _LOG_SECONDS
    while time.monotonic() < deadline:
        if begun := list(_begun(scene, name, since)):
            return f"begins in {statistics.median(begun):.0f} ms; {slowest}"
        scene.sleep(2)
    raise Unseen(f"no function of this stage tells how long it took to begin; {slowest}")


def _usage(scene: Scene) -> None:
    expect(scene.at_gateway.ask("GET", "/usage").status == 200, "GET /usage failed")


def _begun(scene: Scene, name: str, since: int) -> Iterator[float]:
    """Yield how long instances of a function took to begin since then, in milliseconds."""
    try:
        with translated_errors():
            function = scene.deployment.session.client("lambda").get_function_configuration(
                FunctionName=name
            )
            found = scene.deployment.session.client("logs").filter_log_events(
                logGroupName=function["LoggingConfig"]["LogGroup"],
                startTime=since,
                filterPattern='"Init Duration"',
            )
            lines = [event["message"] for event in found["events"]]
    except AwsError as error:
        raise Unseen(f"the log cannot be read: {error}") from None
    for line in lines:
        if match := _COLD.search(line):
            yield float(match[1])


def _median(request: Callable[[], object], times: int = 9) -> float:
    return statistics.median(_milliseconds(request) for _ in range(times))


def _milliseconds(request: Callable[[], object]) -> float:
    started = time.monotonic()
    request()
    return (time.monotonic() - started) * 1000


PROMISES = (
    Promise("latency", "how long a user waits, warm", latencies),
    Promise("cold-start", "how long a function takes to begin", cold_start),
)

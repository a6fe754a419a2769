"""A fresh process that answers events as a function does. Run with `python -I -S`.

    probe.py cold MODULE EVENT TIMES FOLDER...
    probe.py warm MODULE EVENT CALLS TIMES FOLDER...

FOLDER is where packages are. `cold` answers the event so often, and ends there. `warm` answers it
so often, makes the calls to AWS alone that the answer takes as often, and prints what seconds of
CPU one of each took. It loads nothing before the function that a function does not load, too.
"""

import importlib
import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any

Handler = Callable[[Any, Any], Any]


def main() -> None:
    """Do as the arguments say."""
    sys.dont_write_bytecode = True
    mode, module, path, *more = sys.argv[1:]
    with open(path, "rb") as file:  # noqa: PTH123 - pathlib would be part of the start
        event = json.load(file)
    if mode == "cold":
        times, *folders = more
        sys.path[:0] = folders
        cold(module, event, int(times))
    else:
        calls, times, *folders = more
        sys.path[:0] = folders
        warm(importlib.import_module(module).handler, event, calls, int(times))


def cold(module: str, event: Any, times: int) -> None:
    """Start, answer and end."""
    handler = importlib.import_module(module).handler
    for _ in range(times):
        answer = handler(event, None)
    print(json.dumps({"answer": short(answer), "modules": len(sys.modules)}), flush=True)
    os._exit(0)  # what Python tidies up at its end is no part of a start


def short(answer: Any) -> dict[str, object]:
    """What tells of an answer that it is the one that was recorded."""
    body = answer.get("body") or ""
    return {"status": answer.get("statusCode"), "bytes": len(body)}


def warm(handler: Handler, event: Any, path: str, times: int) -> None:
    """Answer again and again, then make the calls alone as often."""
    with open(path, "rb") as file:  # noqa: PTH123
        calls = bare_calls(json.load(file))
    answer = handler(event, None)
    calls()
    taken = [seconds(lambda: handler(event, None), times), seconds(calls, times)]
    print(json.dumps({"answer": short(answer), "seconds": taken}), flush=True)
    os._exit(0)


def seconds(call: Callable[[], object], times: int) -> float:
    """The CPU's seconds of a call, of all threads."""
    start = time.process_time()
    for _ in range(times):
        call()
    return (time.process_time() - start) / times


def bare_calls(calls: list[dict[str, Any]]) -> Callable[[], None]:
    """The same calls, by botocore's clients as they are."""
    from base64 import b64decode  # noqa: PLC0415 - no part of a start

    from botocore import xform_name  # noqa: PLC0415
    from botocore.config import Config  # noqa: PLC0415
    from botocore.session import get_session  # noqa: PLC0415

    session = get_session()
    clients: dict[str, Any] = {}
    bound: list[tuple[Callable[..., object], dict[str, Any]]] = []
    config = Config(
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
    for call in calls:
        service, parameters = call["service"], call["parameters"]
        if "Body" in parameters:
            parameters["Body"] = b64decode(parameters["Body"])
        if service not in clients:
            clients[service] = session.create_client(service, config=config)
        bound.append((getattr(clients[service], xform_name(call["operation"])), parameters))

    def bare() -> None:
        for method, parameters in bound:
            method(**parameters)

    return bare


main()

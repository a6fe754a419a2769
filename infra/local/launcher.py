"""Runs ministack; started as a file by the emulator's own Python, which knows no other of ours.

Arguments: a folder to import awscrt from, then those of the command `hypercorn`.

Ministack computes CRC64NVME in pure Python, over a second for a part of 8 MiB in which it
answers nobody else. awscrt computes the same at memory speed. It is imported from this project's
environment and not installed in the emulator's, where the functions would find it.

It enforces IAM (AUTH), and the buckets' policies refuse what does not come by TLS. So it is told
that all does: nothing here leaves the machine.

It compresses no answers, as API Gateway does: `gateway_compression.py` beside this file does.

Over a restart it keeps how far a function has read a stream, but not the stream: it would read
nothing until the new stream is as long as the old one was, and nothing would be reaped till then.
"""

import sys
from collections.abc import Awaitable, Callable, MutableMapping
from importlib import import_module
from typing import Any

import ministack.app
from hypercorn.__main__ import main
from ministack.services import lambda_svc, s3

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]


def _use_fast_checksums(folder: str) -> None:
    sys.path.insert(0, folder)
    checksums = import_module("awscrt.checksums")
    sys.path.remove(folder)
    assert callable(s3._crc64nvme)  # noqa: SLF001 - its place in the locked version
    s3._crc64nvme = checksums.crc64nvme  # noqa: SLF001


def _read_streams_from_their_start() -> None:
    restore = lambda_svc._restore_state  # noqa: SLF001 - its place in the locked version
    lambda_svc._restore_state = lambda state: restore(  # noqa: SLF001
        state and {**state, "dynamodb_stream_positions": {}}
    )


def _pass_for_tls() -> None:
    answer = ministack.app.app

    async def app(scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope["headers"] = [*scope["headers"], (b"x-forwarded-proto", b"https")]
        await answer(scope, receive, send)

    ministack.app.app = app


def _compress_as_api_gateway_does() -> None:
    beside = import_module("gateway_compression")
    ministack.app.app = beside.compressing(ministack.app.app)


if __name__ == "__main__":
    _use_fast_checksums(sys.argv[1])
    _read_streams_from_their_start()
    _pass_for_tls()
    _compress_as_api_gateway_does()
    main(sys.argv[2:])

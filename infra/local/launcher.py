"""Runs ministack; started as a file by the emulator's own Python, without our packages.

Arguments: a folder to import awscrt from, then those of the command `hypercorn`.

Ministack computes CRC64NVME in pure Python, which blocks it for over a second for a part of 8 MiB.
awscrt is as fast as memory. It is imported from this project's environment, since the functions
would find it in the emulator's.

Ministack enforces IAM (AUTH), and the buckets' policies refuse requests without TLS. So every
request is marked as TLS; none leaves this machine.

Ministack does not compress answers as API Gateway does; `gateway_compression` does.

It keeps a function's position in a stream over a restart, but not the stream. `durable` keeps the
records that are not read yet, so streams are read from their start.

Its starter holds the other end of its standard input. When that closes, since `make run` was
killed, it saves its state and ends.
"""

import os
import signal
import sys
from collections.abc import MutableMapping
from importlib import import_module
from pathlib import Path
from typing import Any

import ministack.app
from hypercorn.__main__ import main
from ministack.services import lambda_svc, s3

sys.path.append(str(Path(__file__).resolve().parents[2]))

from infra.local.asgi import Receive, Send
from infra.local.durable import Durable
from infra.local.gateway_compression import compressing
from infra.local.leash import when_starter_ends


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


def _keep_everything() -> None:
    state = Path(os.environ["STATE_DIR"])
    Durable(state, multipart=state.with_name("multipart")).install()


def _compress_as_api_gateway_does() -> None:
    ministack.app.app = compressing(ministack.app.app)


if __name__ == "__main__":
    when_starter_ends(lambda: os.kill(os.getpid(), signal.SIGTERM))
    _use_fast_checksums(sys.argv[1])
    _keep_everything()
    _read_streams_from_their_start()
    _pass_for_tls()
    _compress_as_api_gateway_does()
    main(sys.argv[2:])

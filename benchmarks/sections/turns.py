"""What the turns of a race say: of the clients, and of the servers that bytes pass through."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from benchmarks.ogx import OGX
from benchmarks.results.figures import Value
from benchmarks.run import Run
from benchmarks.servers import Use

MIB = 2**20


@dataclass(frozen=True)
class Turn:
    """A command, and what the server took meanwhile that its bytes passed through, if any."""

    run: Run
    server: Use | None
    server_idle_bytes: int


Turns = Mapping[str, Mapping[str, Turn]]
"""The turns of a round by client, and then by way: `up` and `down`."""


def race_values(mib: int, turns: Turns) -> Iterator[Value]:
    """Say how fast each was, also against the rival of the same round, and what it took."""
    rival = turns.get("boto3") or turns[OGX]
    named = "boto3" if "boto3" in turns else OGX
    order = sorted(turns, key=lambda client: client not in ("larder", "boto3"))
    for way in ("up", "down"):
        for client in order:
            row, turn, other = f"{client}, {way}", turns[client][way], rival[way]
            yield from _through_a_server(row, mib, turn, other, named)
            if named == "boto3":
                yield from _of_the_client(row, mib, turn, other)


def _through_a_server(row: str, mib: int, turn: Turn, rival: Turn, named: str) -> Iterator[Value]:
    if turn.server is None:
        return
    title = f"{mib} MiB through a server"
    idle, use = turn.server_idle_bytes, turn.server
    yield Value(row, "transfer", "MiB/s", mib / turn.run.seconds, title)
    yield Value(row, f"against {named}", "×", _times(rival, turn, _seconds), title)
    yield Value(row, "server's CPU", "s/GiB", use.cpu_seconds * 1024 / mib, title)
    yield Value(row, "its memory before", "MiB", idle / MIB, title)
    yield Value(row, "grown", "MiB", (use.peak_bytes - idle) / MIB, title)


def _of_the_client(row: str, mib: int, turn: Turn, rival: Turn) -> Iterator[Value]:
    title, ran = f"{mib} MiB", turn.run
    yield Value(row, "transfer", "MiB/s", mib / ran.seconds, title)
    yield Value(row, "against boto3", "×", _times(rival, turn, _seconds), title)
    yield Value(row, "whole command", "s", ran.wall_seconds, title)
    yield Value(row, "command against boto3's", "×", _times(rival, turn, _wall), title)
    yield Value(row, "its CPU", "s/GiB", ran.cpu_seconds * 1024 / mib, title)
    yield Value(row, "peak memory", "MiB", ran.peak_bytes / MIB, title)


def _times(rival: Turn, turn: Turn, seconds: Callable[[Run], float]) -> float:
    # Of each round by itself, so that a slow minute of the machine counts for both.
    return seconds(rival.run) / seconds(turn.run)


def _seconds(ran: Run) -> float:
    return ran.seconds


def _wall(ran: Run) -> float:
    return ran.wall_seconds

"""What the load notices: a wrong answer, a usage that drifts, and that time is up."""

import time
from dataclasses import dataclass, field
from typing import Any

import pytest

from benchmarks.load import MIX, Client, load, percentiles


@dataclass
class Service:
    """A Files API in this process; `lost` is what its usage forgets, `other` what is read of it."""

    lost: int = 0
    other: bytes | None = None
    kept: dict[str, bytes] = field(default_factory=dict)

    def create(self, content: bytes) -> str:
        file_id = f"file-{time.monotonic_ns()}"
        self.kept[file_id] = content
        return file_id

    def retrieve(self, file_id: str) -> None:
        assert file_id in self.kept

    def listing(self, limit: int) -> None:
        assert len(self.kept) == limit

    def read(self, file_id: str) -> bytes:
        return self.kept[file_id] if self.other is None else self.other

    def delete(self, file_id: str) -> None:
        del self.kept[file_id]

    def usage(self) -> dict[str, Any]:
        size = sum(map(len, self.kept.values()))
        return {"files": len(self.kept) - self.lost, "bytes": size}


def loaded(service: Service, requests: int = 300, seconds: float = 60) -> Client:
    client = Client(service, seed=1)
    load([client], requests, seconds)
    return client


def test_a_service_that_keeps_its_word_has_no_problems() -> None:
    client = loaded(Service())
    assert client.problems == []
    assert {name for name, taken in client.taken.items() if taken} == set(MIX)
    assert sum(map(len, client.taken.values())) == 300


def test_a_usage_that_drifts_is_a_problem_even_when_nobody_asks_for_it_meanwhile() -> None:
    client = loaded(Service(lost=1), requests=1)
    (problem,) = client.problems
    assert problem.startswith("at the end the usage is {'files': 0")


def test_other_content_is_a_problem() -> None:
    assert any("has other content" in problem for problem in loaded(Service(other=b"?")).problems)


def test_what_is_not_sent_in_time_is_a_problem() -> None:
    assert loaded(Service(), seconds=-1).problems == ["300 requests were not sent in time"]


def test_percentiles_are_of_all_clients_together() -> None:
    clients = [Client(Service(), seed=0, taken={"list": [value]}) for value in (1.0, 3.0)]
    (_, line) = percentiles(clients)
    assert line.split() == ["list", "2", "2.0", "2.8", "3.0", "3.0"]


@pytest.mark.parametrize("seed", range(3))
def test_a_seed_chooses_the_same_requests_again(seed: int) -> None:
    counts = []
    for _ in range(2):
        client = Client(Service(), seed)
        load([client], 50, 60)
        counts.append({name: len(taken) for name, taken in client.taken.items()})
    assert counts[0] == counts[1]

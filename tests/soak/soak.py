"""A soak: customers on a running deployment, while AWS fails its functions and its front door."""

import time
from collections import Counter
from collections.abc import Sequence, Set
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from infra.local.deploy import STAGE
from infra.local.deployment import RunningDeployment
from infra.stages import STAGES
from tests.e2e.conftest import free_port
from tests.e2e.user import User
from tests.histories.check import Verdict, checked
from tests.histories.operation import History
from tests.histories.recorder import Recorder
from tests.soak.customer import Customer
from tests.soak.faulty_aws import faulty_aws
from tests.soak.mortal_front_door import mortal_front_door

CHANCE = 0.03
"""Of each call to AWS to go wrong; a function's three attempts then seldom all do."""

MOST_TIMES = 5

PIECE = 6 * 2**20
"""From where on the front door sends a form to S3 in pieces; see its settings."""

RECOUNTS = 2
"""Lost answers to the count of one part; of AWS's calls a few in a hundred go wrong, in any way."""

AT_ONCE = 2
"""Lives of each owner."""


@dataclass(frozen=True)
class Soaked:
    """What was done, which faults there were, and everything that is not as it was told.

    `history` is all that was asked and answered, `verdict` whether it is linearizable.
    """

    actions: Counter[str]
    faults: Counter[str]
    problems: list[str]
    history: History
    verdict: Verdict

    def __str__(self) -> str:
        done, faults = (
            ", ".join(f"{name.replace('_', ' ')} {count}" for name, count in counts.most_common())
            for counts in (self.actions, self.faults)
        )
        return f"did: {done}; faults: {faults}"


def soak(
    deployment: RunningDeployment,
    users: Sequence[User],
    seconds: float,
    seed: int,
    *,
    kinds: Set[str] = frozenset(),
) -> Soaked:
    """Let the users live for so long with faults, then ask in calm whether all is as told.

    They live on, up to `MOST_TIMES` as long, until each of these kinds of fault has come: a busy
    machine lets few calls pass.
    """
    recorder = Recorder(time.time)
    customers = [
        Customer(user, seed * AT_ONCE + number, recorder, known)
        for user, known in zip(users, [list[str]() for _ in users], strict=True)
        for number in range(AT_ONCE)
    ]
    with ThreadPoolExecutor(len(customers)) as threads:
        with (
            faulty_aws(deployment, CHANCE) as (aws_url, faults),
            mortal_front_door(deployment, free_port(), aws_url, faults) as found,
        ):
            for customer in customers:
                customer.go_to(found)
            began = time.monotonic()

            def enough() -> bool:
                lived = time.monotonic() - began
                return lived > (seconds if kinds <= set(faults) else MOST_TIMES * seconds)

            list(threads.map(lambda one: one.live_until(enough), customers))
        for customer in customers:
            customer.go_to(deployment)
        problems = list(threads.map(Customer.check_all, customers))
    for customer in customers:
        customer.leave()
    limits = STAGES[STAGE].limits
    history = recorder.history(tolerance=limits.inline_bytes, piece=PIECE, recounts=RECOUNTS)
    return Soaked(
        sum((customer.counts for customer in customers), Counter()),
        faults,
        [problem for found in problems for problem in found],
        history,
        checked(history),
    )

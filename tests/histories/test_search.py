"""The search: as one that tries every order, fast enough for a soak, and loud when it gives up."""

import itertools
import random
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.histories.check import checked
from tests.histories.files import FileRules
from tests.histories.operation import NEVER, History, Operation
from tests.histories.search import Search, Specification, judged
from tests.histories.shrinking import shortest
from tests.histories.told import HOUR, at, create, delete, file_of, look, usage, verdict_on

SIZES = st.integers(1, 5)


@st.composite
def looks_and_changes(draw: st.DrawFn) -> list[Operation]:
    """Draw what one file's history may be, right or wrong."""
    operations = []
    for _ in range(draw(SIZES)):
        start, length = draw(st.integers(0, 8)), draw(st.integers(0, 5))
        shown = draw(st.booleans())
        kind = draw(st.sampled_from(["create", "delete", "see", "see"]))
        told = {**file_of(), "shown": shown} if kind != "delete" else {}
        one = at(start, start + length + 0.5, kind, told=told)
        if kind != "see" and draw(st.booleans()):
            one = replace(one, optional=True, end=draw(st.sampled_from([one.end, NEVER])))
        operations.append(one)
    return operations


def has_an_order(operations: Sequence[Operation]) -> bool:
    """Try every order of every choice of what may have been done never."""
    musts = [one for one in operations if not one.optional]
    mays = [one for one in operations if one.optional]
    choices = itertools.chain.from_iterable(
        itertools.combinations(mays, count) for count in range(len(mays) + 1)
    )
    return any(
        is_right(order)
        for chosen in choices
        for order in itertools.permutations([*musts, *chosen])
        if all(later.end >= one.start for one, later in itertools.combinations(order, 2))
    )


def is_right(order: Sequence[Operation]) -> bool:
    rules = FileRules()
    states = [rules.initial]
    for one in order:
        states = [after for state in states for after in rules.after(state, one)]
    return bool(states)


@given(looks_and_changes())
@settings(max_examples=250)
def test_it_finds_an_order_where_there_is_one(operations: list[Operation]) -> None:
    rules: Specification[Any] = FileRules()
    assert judged(Search(rules, operations)) is has_an_order(operations)


@given(looks_and_changes())
@settings(max_examples=150)
def test_the_shortest_history_of_a_wrong_one_is_wrong_and_not_longer(
    operations: list[Operation],
) -> None:
    if not has_an_order(operations):
        short = shortest(FileRules(), operations)
        assert not has_an_order(short.operations)
        assert len(short.operations) <= len(operations)


def test_one_that_comes_to_too_many_states_is_undecided_and_says_so() -> None:
    verdict = verdict_on(*(create(0, 9, 10, f"file-{one}") for one in range(9)), most=5)
    assert verdict.undecided == ["usage of alice"]
    assert "1 UNDECIDED" in str(verdict)


def busy_life(count: int, at_once: int) -> History:
    """Make a history as `at_once` clients have it, of so many operations and an exact usage."""
    chance, operations, alive, made = random.Random(0), list[Operation](), dict[str, int](), 0
    for number in range(count):
        now = number / 100
        start, end = now - chance.random() * at_once / 100, now + chance.random() * at_once / 100
        kind = chance.choice(["create", "delete", "look", "usage"])
        if kind == "create" or not alive:
            made += 1
            file_id = f"file-{made:06}"
            alive[file_id] = chance.randrange(100)
            one = create(start, end, alive[file_id], file_id)
        elif kind == "delete":
            file_id = chance.choice([*alive][:20])
            del alive[file_id]
            one = delete(max(start, now - 0.001), end, file_id)
        elif kind == "look":
            file_id = chance.choice([*alive])
            told = file_of(alive[file_id], file_id)
            one = replace(look(start, end, file_id), told=told)
        else:
            one = usage(start, end, sum(alive.values()), len(alive), quota_bytes=10**9)
        operations.append(one)
    return History(operations, tolerance=0, piece=0)


def test_ten_thousand_operations_take_seconds() -> None:
    assert HOUR > 10_000 / 100  # nothing expires meanwhile
    history = busy_life(10_000, at_once=8)
    began = time.process_time()
    verdict = checked(history)
    seconds = time.process_time() - began
    sys.stdout.write(f"{verdict} in {seconds:.1f} s\n")
    assert (verdict.wrong, verdict.undecided) == ([], [])
    assert seconds < 60


def test_a_history_is_kept_in_lines_and_checked_again(tmp_path: Path) -> None:
    right, wrong = tmp_path / "right.jsonl", tmp_path / "wrong.jsonl"
    operations = [create(0, 1), delete(2, NEVER), look(3, 4)]
    History(operations, tolerance=7, piece=8).write(right)
    assert History.read(right) == History(operations, tolerance=7, piece=8)
    History([*operations, look(5, 6, status=404), look(7, 8)], tolerance=0, piece=0).write(wrong)
    command = [sys.executable, "-m", "tests.histories"]
    done = subprocess.run([*command, right], capture_output=True, text=True, check=True)
    assert done.stdout == f"{right}: 3 operations, 2 objects: all linearizable\n"
    done = subprocess.run([*command, wrong], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "is not linearizable" in done.stdout

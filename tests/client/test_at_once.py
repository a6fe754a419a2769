"""Several things at once, told of in order."""

import errno
import threading
from collections.abc import Callable

import pytest

from larder.cli import at_once as module
from larder.cli.at_once import at_once
from larder.cli.each import affects_all, for_each
from larder.errors import ApiError, DamagedError, LarderError, NoAnswerError, UsageError
from larder.transfer.workers import Stopped

Capture = pytest.CaptureFixture[str]


def refusal(status: int, error: str = "{}") -> ApiError:
    return ApiError(status, {}, f'{{"error":{error}}}'.encode())


def test_what_ends_first_is_told_in_its_turn() -> None:
    ended = [threading.Event() for _ in range(5)]
    ended[4].set()

    def do(number: int) -> int:
        assert ended[number].wait(20)
        ended[number - 1].set()  # the last one's end is the one before's
        return number * number

    told: list[tuple[int, int]] = []
    assert at_once(range(5), do, lambda *each: told.append(each), jobs=5) == 0
    assert told == [(number, number * number) for number in range(5)]


def test_the_first_is_told_while_the_second_is_under_way() -> None:
    told = threading.Event()
    at_once([1, 2], lambda number: number == 1 or told.wait(20), lambda *_: told.set(), jobs=2)
    assert told.is_set()


@pytest.mark.parametrize("jobs", [1, 2, 3, 16])
def test_no_more_are_under_way_than_allowed(jobs: int) -> None:
    lock = threading.Lock()
    running, most = 0, 0
    full = threading.Event()

    def do(_: int) -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        if most == jobs:
            full.set()
        assert full.wait(20)
        with lock:
            running -= 1

    at_once(range(40), do, lambda *_: None, jobs=jobs)
    assert most == jobs


@pytest.mark.parametrize("jobs", [1, 4])
def test_one_that_fails_stops_no_other_and_its_code_is_the_first_ones(
    jobs: int, capsys: Capture
) -> None:
    errors = {2: DamagedError("broken"), 4: UsageError("senseless")}

    def do(number: int) -> int:
        if number in errors:
            raise errors[number]
        return number

    told: list[int] = []
    assert at_once(range(6), do, lambda number, _: told.append(number), jobs=jobs) == 7
    assert told == [0, 1, 3, 5]
    assert capsys.readouterr().err == "larder: 2: broken\nlarder: 4: senseless\n"


@pytest.mark.parametrize("jobs", [1, 4])
def test_what_the_system_refuses_is_a_failure_of_that_one(jobs: int, capsys: Capture) -> None:
    def do(number: int) -> int:
        if number == 1:
            raise OSError(errno.EACCES, "Permission denied", "some/path")
        return number

    told: list[int] = []
    assert at_once(range(4), do, lambda number, _: told.append(number), jobs=jobs) == 1
    assert told == [0, 2, 3]
    assert capsys.readouterr().err == "larder: 1: some/path: Permission denied\n"


@pytest.mark.parametrize("jobs", [1, 4])
def test_an_output_that_is_closed_is_no_failure_of_any(jobs: int) -> None:
    def report(number: int, _: int) -> None:
        raise BrokenPipeError(errno.EPIPE, "Broken pipe")

    with pytest.raises(BrokenPipeError):
        at_once(range(4), lambda number: number, report, jobs=jobs)


@pytest.mark.parametrize("jobs", [1, 4])
def test_after_a_failure_that_hits_all_no_more_are_begun(jobs: int, capsys: Capture) -> None:
    begun: list[int] = []

    def do(number: int) -> None:
        begun.append(number)
        raise NoAnswerError("nobody is there")

    assert at_once(range(100), do, lambda *_: None, jobs=jobs) == 6
    assert len(begun) <= jobs
    *told, last = capsys.readouterr().err.splitlines()
    assert len(told) == len(begun)
    assert last == f"larder: stopped: {100 - len(begun)} of 100 were not tried"


def test_what_is_under_way_when_one_hits_all_is_told() -> None:
    failed = threading.Event()

    def do(number: int) -> int:
        if number == 1:
            failed.set()
            raise NoAnswerError("nobody is there")
        assert failed.wait(20)
        return number

    told: list[int] = []
    at_once(range(2), do, lambda number, _: told.append(number), jobs=2)
    assert told == [0]


@pytest.mark.parametrize("jobs", [1, 3])
def test_a_fault_of_ours_is_raised_after_what_was_done_is_told(jobs: int) -> None:
    def do(number: int) -> int:
        if number == 2:
            raise ZeroDivisionError
        return number

    told: list[int] = []
    with pytest.raises(ZeroDivisionError):
        at_once(range(3), do, lambda number, _: told.append(number), jobs=jobs)
    assert told == [0, 1]


def test_ctrl_c_stops_what_is_under_way_and_tells_what_is_done() -> None:
    stop = threading.Event()
    told: list[int] = []

    def do(number: int) -> int:
        if number == 0:
            return number
        assert stop.wait(20)
        if number == 1:
            return number  # a call that was answered just now
        raise Stopped

    def report(number: int, _: int) -> None:
        told.append(number)
        if number == 0:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        at_once(range(50), do, report, jobs=3, stop=stop)
    assert told == [0, 1]


def test_ctrl_c_does_not_wait_for_what_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_SECONDS_TO_END", 0.01)
    released = threading.Event()

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        at_once([1, 2], lambda number: number == 1 or released.wait(20), interrupt, jobs=2)
    released.set()


@pytest.mark.parametrize("do", [at_once, for_each])
def test_nothing_to_do_is_done(do: Callable[..., int]) -> None:
    if do is at_once:
        assert at_once([], lambda _: None, lambda *_: None, jobs=4) == 0
    else:
        assert for_each([], lambda _: None) == 0


@pytest.mark.parametrize(
    ("error", "hits"),
    [
        (NoAnswerError("x"), True),
        (refusal(401), True),
        (refusal(403), True),
        (refusal(403, '{"message":"x","code":"storage_quota_exceeded"}'), True),
        (refusal(403, '{"message":"x","code":"file_quota_exceeded"}'), True),
        (refusal(403, '{"message":"x","code":"upload_quota_exceeded"}'), True),
        (refusal(413), False),
        (refusal(404), False),
        (refusal(400), False),
        (refusal(400, '{"message":"x","param":"purpose"}'), True),
        (refusal(400, '{"message":"x","param":"expires_after[seconds]"}'), True),
        (refusal(400, '{"message":"x","param":"filename"}'), False),
        (refusal(503), False),
        (UsageError("x"), False),
        (DamagedError("x"), False),
        (LarderError("x"), False),
    ],
)
def test_what_the_next_one_would_fail_for_too_hits_all(error: LarderError, hits: bool) -> None:
    assert affects_all(error) is hits

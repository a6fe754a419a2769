"""Several requests at once, each on its thread and stopped before every call to AWS.

One at a time goes on, to its next call or its end, and whoever plays chooses which. Requests meet
at AWS, so that an order of their calls says all; those of one process of the front door also meet
in a line, where they stop too.
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from botocore.awsrequest import AWSResponse

from tests.bed.wire import Call, Send, Wire
from tests.orders.touches import Touch, Touches, named, touches_of

PATIENCE_SECONDS = 60
"""Longer than anything goes on without a call; who does not stop by then waits for another."""


def always() -> bool:
    """Tell that somebody may go on at any time."""
    return True


@dataclass(frozen=True)
class Step:
    """A call that somebody is about to make, or a pause: `what` says which.

    `takes` is a place that only one has at a time, of those who are `ready` one; `has` is what they
    have since an earlier step.
    """

    who: str
    what: str
    touches: Touches
    takes: str = ""
    has: str = ""
    ready: Callable[[], bool] = field(default=always, compare=False)

    def __str__(self) -> str:
        return f"{self.who}: {self.what} {named(self.touches)}".rstrip()


Choose = Callable[[Mapping[str, Step]], str | None]
"""Chooses who goes on, of those who may, by name; None gives the whole play up."""


@dataclass
class _Player:
    """Somebody on a thread; `step` is what they are stopped before, None at the end."""

    name: str
    act: Callable[[], Any]
    stopped: threading.Semaphore
    go: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    step: Step | None = None
    has: str = ""
    answer: Any = None
    error: BaseException | None = None

    def run(self) -> None:
        """Act to the end."""
        try:
            self.answer = self.act()
        except BaseException as error:  # noqa: BLE001 - raised where the play is watched
            self.error = error
        self.step = None
        self.stopped.release()

    def stop_before(self, step: Step) -> None:
        """Wait to be chosen."""
        self.step = step
        self.stopped.release()
        self.go.acquire()


class Turns:
    """Who takes turns on some wires."""

    def __init__(self, *wires: Wire) -> None:
        self._wires = wires
        self._players: dict[int, _Player] = {}
        self._stopped = threading.Semaphore(0)

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Stop whoever plays before each call."""
        for wire in self._wires:
            assert wire.interceptor is None
            wire.interceptor = self._intercept
        try:
            yield
        finally:
            for wire in self._wires:
                wire.interceptor = None

    @property
    def who(self) -> str | None:
        """Who plays on this thread."""
        player = self._players.get(threading.get_ident())
        return None if player is None else player.name

    def pause(self, what: str, touches: Touches) -> None:
        """Let whoever plays on this thread stop here too."""
        if player := self._players.get(threading.get_ident()):
            having = {Touch(player.has, writes=True)} if player.has else set()
            player.stop_before(Step(player.name, what, touches | having, has=player.has))

    def take(self, what: str, touches: Touches, place: str, ready: Callable[[], bool]) -> None:
        """Let whoever plays on this thread stop until they may have a place, and have it."""
        if player := self._players.get(threading.get_ident()):
            taking = touches | {Touch(place, writes=True)}
            player.stop_before(Step(player.name, what, taking, takes=place, ready=ready))
            player.has = place

    def give_back(self) -> None:
        """Let whoever plays on this thread have no place any more."""
        if player := self._players.get(threading.get_ident()):
            player.has = ""

    def play(self, acts: Mapping[str, Callable[[], Any]], choose: Choose) -> dict[str, Any] | None:
        """Let all act, in the order that is chosen; return what each returned.

        None when the play was given up: then all go on to their ends.
        """
        players = {name: _Player(name, act, self._stopped) for name, act in acts.items()}
        threads = [self._started(player) for player in players.values()]
        given_up = False
        while stopped := {name: one.step for name, one in players.items() if one.step is not None}:
            ready = {name: step for name, step in stopped.items() if step.ready()}
            assert ready, f"all wait for another: {', '.join(stopped)}"
            chosen = None if given_up else choose(ready)
            given_up = chosen is None
            player = players[next(iter(ready)) if chosen is None else chosen]
            player.go.release()
            self._wait(player)
        for thread in threads:
            thread.join()
        self._players.clear()
        for player in players.values():
            if player.error is not None:
                raise player.error
        return None if given_up else {name: one.answer for name, one in players.items()}

    def _started(self, player: _Player) -> threading.Thread:
        def run() -> None:
            self._players[threading.get_ident()] = player
            player.run()

        thread = threading.Thread(target=run, name=player.name, daemon=True)
        thread.start()
        self._wait(player)
        return thread

    def _wait(self, player: _Player) -> None:
        if not self._stopped.acquire(timeout=PATIENCE_SECONDS):
            raise AssertionError(f"{player.name} waits for what nobody does")

    def _intercept(self, call: Call, send: Send) -> AWSResponse:
        if call.service in ("s3", "dynamodb"):
            self.pause(call.operation, touches_of(call))
        return send()


class InTurn(Executor):
    """Does at once what others have threads for: of one request's calls none overtakes another."""

    def __init__(self, *_: object, **__: object) -> None:
        """Take what a pool of threads takes."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Do it, and return it done."""
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 - raised for whoever asks for the result
            future.set_exception(error)
        return future

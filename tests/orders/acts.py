"""What may happen on a stage: requests, and what AWS and operators do."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from infra.routes import REAP
from larder.admin.check.bucket import Bucket, Stored
from larder.admin.check.catalog import Catalog
from larder.admin.check.run import Check
from tests.bed.environment import CATALOG_TABLE
from tests.bed.front_door import FrontDoor, as_sent
from tests.bed.gateway import Gateway, handler_of
from tests.faults.scene import PIECE
from tests.orders.outcome import Answer, told_by
from tests.orders.stage import ANOTHER, BETWEEN, Act, Stage, id_of


@dataclass(frozen=True)
class Acts:
    """Makes the acts of a stage; what may be asked of the API, alice asks."""

    stage: Stage

    @cached_property
    def one_task(self) -> FrontDoor:
        """The task that is asked by several."""
        return _task(self.stage)

    def asks(self, method: str, path: str, **more: Any) -> Act:
        """Let alice ask the API; `more` is what her request has."""
        return self.asks_later(0, None, method, path, **more)

    def asks_later(
        self, seconds: float, lets: str | None, method: str, path: str, **more: Any
    ) -> Act:
        """Let alice ask the API by a clock that is ahead, which lets something happen."""
        stage = self.stage
        sent = as_sent(stage.alice.http.build_request(method, path, **more))
        gateway = Gateway(lambda: stage.now + seconds, cache_seconds=10**9)

        def act() -> Answer:
            gateway._policies = stage.bed.gateway._policies
            answered = gateway.answer(sent)
            return told_by(answered.status, answered.body)

        return Act(act, lets=lets)

    def asks_the_front_door(self, method: str, path: str, **more: Any) -> Act:
        """Let alice ask a task of the front door; whoever asks again, asks another task."""
        return Act(self._asking_the_front_door(method, path, **more))

    def asks_one_task(self, method: str, path: str, **more: Any) -> Act:
        """Let alice ask the front door where all others do who ask the one task."""
        sent = as_sent(self.stage.alice.http.build_request(method, path, **more))
        task = self.one_task

        def act() -> Answer:
            answered = task.answer(sent)
            return told_by(answered.status, answered.body)

        return Act(act)

    def completes(
        self, upload: str, *part_ids: str, headers: dict[str, str] | None = None, **more: Any
    ) -> Act:
        """Let alice complete an upload; `more` is what the body has beside the parts."""
        body = {"part_ids": part_ids, **more}
        return self.asks("POST", f"{upload}/complete", json=body, headers=headers)

    def stages(self, upload: str, content: bytes) -> Act:
        """Let alice send a part through the API, which takes its room first, and then is stored."""
        act = self.asks("POST", f"{upload}/parts", files={"data": ("part", content)})
        return replace(act, things=2, between="PutObject")

    def stages_at_the_front_door(self, upload: str, content: bytes) -> Act:
        """Let alice send a part through the front door."""
        files = {"data": ("part", content)}
        act = self._asking_the_front_door("POST", f"{upload}/parts", files=files)
        return Act(act, things=2, between="PutObject")

    def sends_a_large_form(self, path: str, **more: Any) -> Act:
        """Let alice send what becomes an upload, which begins and then, with its key, is shown."""
        act = self._asking_the_front_door("POST", path, **more)
        last = "PutItem" if "headers" in more else "CompleteMultipartUpload"
        return Act(act, things=2, between=last)

    def _asking_the_front_door(self, method: str, path: str, **more: Any) -> Callable[[], Answer]:
        stage = self.stage
        sent = as_sent(stage.alice.http.build_request(method, path, **more))
        tasks = {again: _task(stage) for again in (False, True)}

        def act() -> Answer:
            again = str(stage.turns.who).endswith(ANOTHER)
            answered = tasks[again].answer(sent, chunk=PIECE // 4)
            return told_by(answered.status, answered.body)

        return act

    def puts(self, link: dict[str, Any], content: bytes) -> Act:
        """Let a part come to its presigned URL."""
        return Act(lambda: Answer(str(self.stage.alice.put(link, content).status)))

    def sets_the_quota(self, quota: int) -> Act:
        """Let an operator set alice's quota."""

        def act() -> Answer:
            self.stage.bed.set_quota("alice", quota)
            return Answer("set")

        return Act(act)

    def removes(self, identifier: str) -> Act:
        """Let TTL remove something, if it is there."""
        key = {"owner": {"S": "alice"}, "id": {"S": identifier}}
        client = self.stage.bed.session.client("dynamodb")

        def act() -> Answer:
            client.delete_item(TableName=CATALOG_TABLE, Key=key)
            return Answer("removed")

        return Act(act)

    def reaps(self, *identifiers: str) -> Act:
        """Let the reaper be told, perhaps once more, of what was removed; it does one by one."""

        def act() -> Answer:
            mine = [one for one in self.stage.removals() if id_of(one) in identifiers]
            told = handler_of(REAP.handler)({"Records": mine}, None)
            return Answer(json.dumps(told), declines=bool(told["batchItemFailures"]))

        return Act(act, things=len(identifiers), between="GetItem" if identifiers[1:] else BETWEEN)

    def collects(self, identifier: str) -> Act:
        """Let TTL remove something, and then the reaper be told of it."""
        return self.then(self.removes(identifier), self.reaps(identifier))

    def then(self, *acts: Act) -> Act:
        """Let one thing happen after another, and other things in between."""

        def act() -> Answer:
            told: list[Answer] = []
            for one in acts:
                if told:
                    self.stage.turns.pause(BETWEEN, frozenset())
                told.append(one.do())
            words = ", then ".join(answer.text for answer in told)
            return Answer(words, any(answer.declines for answer in told))

        return Act(act, things=len(acts))

    def checks(self) -> Act:
        """Let an operator check everything, and mend it."""

        def act() -> Answer:
            check = Check(
                _Catalog(self.stage),
                _Bucket(self.stage),
                repair=True,
                now=self.stage.now,
                sleep=self.stage.pause,
            )
            found = list(check.run())
            left = check.unsettled or not all(one.repaired for one in found)
            return Answer("checked", bool(left), frozenset(one.damage.value for one in found))

        return Act(act)


def _task(stage: Stage) -> FrontDoor:
    """Start a task of the front door, which remembers alice's key."""
    task = FrontDoor(lambda: stage.now)
    task.answer(as_sent(stage.alice.http.build_request("HEAD", "/files/file-x/content")))
    return task


class _Catalog(Catalog):
    """A catalog with the stage's clock."""

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage.bed.deployment)
        self._stage = stage

    def clock(self) -> float:
        """Return the time that the stage's DynamoDB would tell."""
        super().clock()
        return self._stage.now + self._stage.passed


class _Bucket(Bucket):
    """A bucket in which all is new, as what requests leave is; moto has dates of its own."""

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage.bed.deployment)
        self._stage = stage

    def pages(self) -> Iterator[list[Stored]]:
        """Return every object, dated now."""
        yield from map(self._dated, super().pages())

    def multipart_pages(self) -> Iterator[list[Stored]]:
        """Return every multipart upload, dated now."""
        yield from map(self._dated, super().multipart_pages())

    def _dated(self, page: list[Stored]) -> list[Stored]:
        return [replace(stored, since=self._stage.now) for stored in page]

"""Everything at once: creates, deletes, completes, cancels, expiry, TTL and the reaper together."""

import random
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from copy import copy

import httpx2
import pytest

from tests.bed.bed import Bed, made_bed
from tests.bed.front_door import ClientVanished, as_sent
from tests.bed.stream import Record
from tests.bed.uploader import Uploader
from tests.bed.witness import Witness
from tests.histories.operation import History
from tests.histories.recorder import Recorder

# Long past, so that the reaper's markers, whose end is by the real clock, stay throughout.
BEGINNING = 1_700_000_000
FAR = 2 * BEGINNING
DAY = 86_400
QUOTA = 4000
INLINE = 1000
SIZES = (0, 1, 300, 700)
PIECE = 250
"""What the front door sends to S3 at once."""

Act = Callable[[random.Random], None]


class Storm:
    """Threads that do one thing after another to what they and the others have made.

    All that is asked and answered is written down; what `between` makes of a transport stands
    between that and the deployment.
    """

    def __init__(
        self,
        bed: Bed,
        seed: int,
        threads: int,
        actions: int,
        between: Callable[[httpx2.BaseTransport], httpx2.BaseTransport] = lambda one: one,
    ) -> None:
        self.bed = bed
        self.recorder = Recorder(lambda: bed.clock.now)
        bed.watch = lambda owner, way, one: self.recorder.watch(owner, way, between(one))
        self.witness = Witness(bed, "alice")
        self.at_the_door = copy(self.witness)  # who remembers what she was told here, too
        self.at_the_door.http = bed.through("front_door").http_of("alice")
        self.uploader = Uploader(bed)
        self.answers: list[httpx2.Response] = []
        self._seeds = [seed * 1000 + number for number in range(threads)]
        self._actions = actions
        self.most_used = 0
        self._files: list[str] = []
        self._uploads: list[tuple[str, list[str]]] = []
        self._stream = threading.Lock()  # one shard, one reaper

    def rage(self) -> None:
        """Do it all."""
        with ThreadPoolExecutor(len(self._seeds)) as threads:
            list(threads.map(self._one_after_another, self._seeds))

    def _one_after_another(self, seed: int) -> None:
        chance = random.Random(seed)
        kinds: list[tuple[int, Act]] = [
            (4, self._create),
            (3, self._create_at_the_front_door),
            (1, self._vanish),
            (1, self._read_at_the_front_door),
            (4, self._look),
            (3, self._delete),
            (3, self._upload),
            (4, self._complete),
            (3, self._cancel),
            (3, self._stage_again),
            (2, self._let_an_hour_pass),
            (2, self._reap),
        ]
        actions = [action for weight, action in kinds for _ in range(weight)]
        for _ in range(self._actions):
            chance.choice(actions)(chance)
            usage = self.uploader.usage()
            self.most_used = max(self.most_used, usage["bytes"] + usage["reserved_bytes"])

    def _create(self, chance: random.Random) -> None:
        content = bytes(chance.choice(SIZES))
        if (answered := self.witness.create(content)).status_code == 200:
            self._files.append(answered.json()["id"])
        self.answers.append(answered)

    def _create_at_the_front_door(self, chance: random.Random) -> None:
        content = bytes(chance.choice(SIZES))
        if (answered := self.at_the_door.create(content)).status_code == 200:
            self._files.append(answered.json()["id"])
        self.answers.append(answered)

    def _vanish(self, chance: random.Random) -> None:
        creation = self.at_the_door.creation(bytes(SIZES[-1]))
        length = len(creation.read())
        vanishes_at = chance.randrange(length)

        def vanish() -> httpx2.Response:
            self.bed.front_door.answer(as_sent(creation), vanishes_at=vanishes_at)
            raise AssertionError("who has vanished is told nothing")

        with pytest.raises(ClientVanished):
            self.recorder.ask("alice", "front_door", creation, vanish)

    def _read_at_the_front_door(self, chance: random.Random) -> None:
        if self._files:
            file_id = chance.choice(self._files[-4:])
            self.answers.append(self.at_the_door.get(f"/files/{file_id}/content"))

    def _look(self, chance: random.Random) -> None:
        """Look at whatever there may be; what is told the history is checked for."""
        files = [f"/files/{file_id}" for file_id in self._files[-4:]]
        uploads = [f"/uploads/{upload_id}" for upload_id, _ in self._uploads[-3:]]
        parts = [f"{upload}/parts" for upload in uploads]
        path = chance.choice(["/files", "/files?limit=2", "/uploads", *files, *uploads, *parts])
        self.answers.append(self.witness.get(path))

    def _delete(self, chance: random.Random) -> None:
        if self._files:
            self.answers.append(self.witness.delete(chance.choice(self._files[-4:])))

    def _upload(self, chance: random.Random) -> None:
        content = bytes(chance.choice(SIZES[1:]))
        expires_after = {"seconds": 3600, "anchor": "created_at"}
        answered = self.uploader.try_to_begin(len(content), expires_after=expires_after)
        self.answers.append(answered)
        if answered.status_code == 200:
            upload = answered.json()
            staged = self.uploader.try_to_stage(upload, content)
            self.answers.append(staged)
            if staged.status_code == 200:
                self._uploads.append((upload["id"], [staged.json()["id"]]))

    def _complete(self, chance: random.Random) -> None:
        if self._uploads:
            upload_id, part_ids = chance.choice(self._uploads[-3:])
            self.answers.append(self.uploader.try_to_complete({"id": upload_id}, part_ids))

    def _cancel(self, chance: random.Random) -> None:
        if self._uploads:
            upload_id, _ = chance.choice(self._uploads[-3:])
            self.answers.append(self.uploader.try_to_cancel({"id": upload_id}))

    def _stage_again(self, chance: random.Random) -> None:
        if self._uploads:
            upload_id, _ = chance.choice(self._uploads[-3:])
            content = bytes(chance.choice(SIZES))
            self.answers.append(self.uploader.try_to_stage({"id": upload_id}, content))

    def _let_an_hour_pass(self, chance: random.Random) -> None:
        self.bed.clock.move(seconds=chance.choice((60, 1800, 3600, DAY)))

    def _reap(self, chance: random.Random) -> None:
        with self._stream:
            if chance.random() < 0.5:
                self._let_ttl_come_by()
            removed = self.bed.stream.take()
            for record in removed:
                with self.recorder.event("alice", "reap", id_of(record)):
                    self.bed.stream.deliver([record])
            if chance.random() < 0.5:
                self.bed.stream.deliver(removed)

    def _let_ttl_come_by(self) -> None:
        """Have TTL remove one item after the other, so that one knows when each was."""
        for item in self.bed.items():
            identifier = item["id"]["S"]
            if int(item.get("expires_at", {}).get("N", FAR)) <= self.bed.clock.now:
                with self.recorder.event("alice", "remove") as found:
                    found.extend(
                        self.bed.stream.remove_expired(self.bed.clock.now, identifier.__eq__)
                    )

    def history(self) -> History:
        """Return what was asked and answered, with what there is in the end."""
        self.witness.listed()
        self.witness.get("/uploads")
        return self.recorder.history(tolerance=INLINE, piece=PIECE)


def id_of(record: Record) -> str:
    return str(record["dynamodb"]["Keys"]["id"]["S"])


@contextmanager
def stormy_bed() -> Iterator[Bed]:
    """Deploy with limits so small that storms of small files reach them."""
    with (
        made_bed(BEGINNING) as bed,
        bed.deployed_with(inline_bytes=INLINE),
        bed.front_door.with_settings(part_bytes=PIECE, parts_at_once=2),
    ):
        bed.front_door.chunk = PIECE // 2
        bed.set_quota("alice", QUOTA)
        yield bed

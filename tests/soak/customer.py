"""Someone who does one thing after another with files, and remembers what was acknowledged."""

import hashlib
import io
import random
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, TypeVar

import openai

import larder
from larder.errors import LarderError
from tests.e2e.user import User

T = TypeVar("T")

MIB = 2**20
SMALL = (0, 1, 1000, 70_000)
STAGED = (MIB // 4, MIB)
PRESIGNED = 9 * MIB
"""Two parts, straight to S3."""

LARGE = (5 * MIB, 20 * MIB)
"""What takes the front door: the API takes no more than 4.4 MiB."""

MOST_FILES = 12
UNANSWERED = (openai.InternalServerError, openai.APIConnectionError, openai.ConflictError)
"""What the SDK raises once its own two retries were in vain: nobody knows what was done."""


class Customer:
    """One owner's life.

    `stored` are the SHA-256 digests of acknowledged files by their ids, `deleted` the ids whose
    deletion was acknowledged, `in_doubt` those whose deletion was never answered. `problems` are
    sentences, each about an answer that contradicts an earlier one.
    """

    def __init__(self, user: User, seed: int) -> None:
        self.user = user
        self.sdk = user.sdk()
        self.chance = random.Random(seed)
        self.counts: Counter[str] = Counter()
        self.stored: dict[str, str] = {}
        self.deleted: set[str] = set()
        self.in_doubt: set[str] = set()
        self.problems: list[str] = []

    def live_until(self, enough: Callable[[], bool]) -> None:
        """Do this and that until it is enough."""
        kinds: list[tuple[int, Callable[[], None]]] = [
            (6, self._create),
            (2, self._create_with_a_key),
            (2, self._upload_through_the_api),
            (1, self._create_large),
            (1, self._upload_straight_to_s3),
            (1, self._give_up_an_upload),
            (5, self._read),
            (3, self._delete),
            (1, self._list),
        ]
        actions = [action for weight, action in kinds for _ in range(weight)]
        while not enough():
            action = self.chance.choice(
                actions if len(self.stored) < MOST_FILES else [self._delete]
            )
            self.counts[action.__name__.strip("_")] += 1
            self._unless_unanswered(action)

    def _unless_unanswered(self, act: Callable[[], T]) -> T | None:
        try:
            return act()
        except UNANSWERED:
            self.counts["unanswered"] += 1
        except LarderError as error:
            self.problems.append(f"{act.__name__}: {error}")
        except openai.APIStatusError as error:
            self.problems.append(f"{act.__name__} was refused: {error}")
        return None

    def _create(self, sizes: Sequence[int] = SMALL) -> None:
        content = self._content(self.chance.choice(sizes))
        file = self.sdk.files.create(file=("a.jsonl", content), purpose="batch")
        self._acknowledge(file.id, content)

    def _create_large(self) -> None:
        self._create(sizes=LARGE)

    def _create_with_a_key(self) -> None:
        """Ask until there is an answer: however often, it makes one file."""
        content = self._content(self.chance.choice(SMALL))
        key = {"Idempotency-Key": self.chance.randbytes(8).hex()}
        while True:
            with suppress(*UNANSWERED):
                file = self.sdk.files.create(
                    file=("a.jsonl", content), purpose="batch", extra_headers=key
                )
                break
            self.counts["unanswered"] += 1
        digest = self._acknowledge(file.id, content)
        again = [file_id for file_id, known in self.stored.items() if known == digest]
        if len(content) > 8 and len(again) > 1:
            self.problems.append(f"one Idempotency-Key made {again}")

    def _upload_through_the_api(self) -> None:
        content = self._content(self.chance.choice(STAGED))
        upload = self.sdk.uploads.upload_file_chunked(
            file=content,
            filename="a.jsonl",
            bytes=len(content),
            mime_type="application/jsonl",
            purpose="batch",
            part_size=MIB // 2,
            md5=hashlib.md5(content).hexdigest(),
        )
        assert upload.file is not None
        self._acknowledge(upload.file.id, content)

    def _upload_straight_to_s3(self) -> None:
        content = self._content(PRESIGNED)
        file = larder.upload_file(self.sdk, io.BytesIO(content), purpose="batch")
        self._acknowledge(file.id, content)

    def _give_up_an_upload(self) -> None:
        upload = self.sdk.uploads.create(
            filename="a", bytes=1000, mime_type="text/plain", purpose="batch"
        )
        self.sdk.uploads.parts.create(upload.id, data=self._content(10))
        self.sdk.uploads.cancel(upload.id)

    def _read(self) -> None:
        if self.stored:
            file_id = self.chance.choice(list(self.stored))
            if digest_of(self.sdk.files.content(file_id).content) != self.stored[file_id]:
                self.problems.append(f"{file_id} has another content")

    def _delete(self) -> None:
        if not self.stored:
            return
        file_id = self.chance.choice(list(self.stored))
        del self.stored[file_id]
        self.in_doubt.add(file_id)
        with suppress(openai.NotFoundError):  # an earlier try was done, and its answer lost
            self.sdk.files.delete(file_id)
        self.in_doubt.discard(file_id)
        self.deleted.add(file_id)

    def _list(self) -> None:
        listed = {file.id for file in self.sdk.files.list(limit=5)}
        self.problems += [f"{file_id} is not listed" for file_id in set(self.stored) - listed]
        self.problems += [f"{file_id} is listed again" for file_id in self.deleted & listed]

    def check_all(self) -> list[str]:
        """Hold everything that was acknowledged against what there is now, in calm; a problem each.

        Also what was never acknowledged: a file that is seen is complete, and the usage is exact.
        """
        files = {file.id: file for file in self.sdk.files.list()}
        problems = [f"{file_id} was lost" for file_id in set(self.stored) - set(files)]
        problems += [f"{file_id} is back" for file_id in self.deleted & set(files)]
        for file_id, file in files.items():
            content = self.sdk.files.content(file_id).content
            if len(content) != file.bytes:
                problems.append(f"{file_id} is incomplete")
            elif self.stored.get(file_id, digest_of(content)) != digest_of(content):
                problems.append(f"{file_id} has another content")
        uploads: Any = self.sdk.get("/uploads", cast_to=object)
        pending = [one["bytes"] for one in uploads["data"] if one["status"] == "pending"]
        usage = self.user.usage()
        has = (usage["bytes"], usage["reserved_bytes"], usage["files"])
        should_have = (sum(file.bytes for file in files.values()), sum(pending), len(files))
        if has != should_have:
            problems.append(f"the usage of {self.user.owner} is {has} instead of {should_have}")
        return [*self.problems, *problems]

    def _acknowledge(self, file_id: str, content: bytes) -> str:
        self.stored[file_id] = digest_of(content)
        return self.stored[file_id]

    def _content(self, size: int) -> bytes:
        return self.chance.randbytes(size)


def digest_of(content: bytes) -> str:
    """Return a SHA-256 in hexadecimal."""
    return hashlib.sha256(content).hexdigest()

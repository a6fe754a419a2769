"""Someone who does one thing after another with files, and remembers what was acknowledged."""

import hashlib
import io
import random
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any, TypeVar

import httpx2
import openai

import larder
from infra.local.deployment import RunningDeployment
from larder.errors import LarderError
from tests.e2e.user import User
from tests.histories.recorder import Recorder

T = TypeVar("T")

MIB = 2**20
SMALL = (0, 1, 1000, 70_000)
STAGED = (MIB // 4, MIB)
PRESIGNED = 9 * MIB
"""Two parts, straight to S3."""
LARGE = 9 * MIB + 1
"""Two parts, by the front door."""

MOST_FILES = 12
MOST_TRIES = 5
UNANSWERED = (openai.InternalServerError, openai.APIConnectionError, openai.ConflictError)
"""What the SDK raises once its own two retries were in vain: nobody knows what was done."""


class Customer:
    """A life with files, of an owner who may have several at once.

    All requests are written down by the `recorder`. `known` are the ids of all files that anyone
    of the owner's was told of, deleted or not; each looks at those too.

    `stored` are the SHA-256 digests of acknowledged files by their ids, `deleted` the ids whose
    deletion was acknowledged, `in_doubt` those whose deletion was never answered. `problems` are
    sentences, each about an answer that contradicts an earlier one.
    """

    def __init__(self, user: User, seed: int, recorder: Recorder, known: list[str]) -> None:
        self.user = user
        self.recorder = recorder
        self.known = known
        self.sdk = self._sdk()
        self.chance = random.Random(seed)
        self.counts: Counter[str] = Counter()
        self.stored: dict[str, str] = {}
        self.deleted: set[str] = set()
        self.in_doubt: set[str] = set()
        self.problems: list[str] = []

    def go_to(self, deployment: RunningDeployment) -> None:
        """Go on by this deployment's base URL."""
        self.sdk.close()
        self.user = replace(self.user, deployment=deployment)
        self.sdk = self._sdk()

    def leave(self) -> None:
        """Close all connections."""
        self.sdk.close()

    def _sdk(self) -> openai.OpenAI:
        straight = httpx2.HTTPTransport()
        return self.user.sdk(self.recorder.watch(self.user.owner, "front_door", straight))

    def live_until(self, enough: Callable[[], bool]) -> None:
        """Do this and that until it is enough."""
        kinds: list[tuple[int, Callable[[], None]]] = [
            (6, self._create),
            (2, self._create_with_a_key),
            (2, self._create_large),
            (2, self._upload_through_the_api),
            (1, self._upload_straight_to_s3),
            (1, self._give_up_an_upload),
            (5, self._read),
            (3, self._look),
            (3, self._ask_for_the_usage),
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

    def _create(self, **more: Any) -> None:
        content = self._content(self.chance.choice(SMALL))
        file = self.sdk.files.create(file=(self._name(), content), purpose="batch", **more)
        self._acknowledge(file.id, content)

    def _create_large(self) -> None:
        content = self._content(LARGE)
        file = self.sdk.files.create(file=(self._name(), content), purpose="batch")
        self._acknowledge(file.id, content)

    def _create_with_a_key(self) -> None:
        """Ask again and again for an answer: however often, it makes one file."""
        content, name = self._content(self.chance.choice(SMALL)), self._name()
        key = {"Idempotency-Key": self.chance.randbytes(8).hex()}
        for _ in range(MOST_TRIES):
            with suppress(*UNANSWERED):
                file = self.sdk.files.create(
                    file=(name, content), purpose="batch", extra_headers=key
                )
                break
            self.counts["unanswered"] += 1
        else:
            return
        digest = self._acknowledge(file.id, content)
        again = [file_id for file_id, known in self.stored.items() if known == digest]
        if len(content) > 8 and len(again) > 1:
            self.problems.append(f"one Idempotency-Key made {again}")

    def _upload_through_the_api(self) -> None:
        content = self._content(self.chance.choice(STAGED))
        upload = self.sdk.uploads.upload_file_chunked(
            file=content,
            filename=self._name(),
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
        named = (self._name(), io.BytesIO(content))
        file = larder.upload_file(self.sdk, named, purpose="batch")
        self._acknowledge(file.id, content)

    def _give_up_an_upload(self) -> None:
        upload = self.sdk.uploads.create(
            filename=self._name(), bytes=1000, mime_type="text/plain", purpose="batch"
        )
        self.sdk.uploads.parts.create(upload.id, data=self._content(10))
        self.sdk.uploads.cancel(upload.id)

    def _read(self) -> None:
        if self.stored:
            file_id = self.chance.choice(list(self.stored))
            if digest_of(self.sdk.files.content(file_id).content) != self.stored[file_id]:
                self.problems.append(f"{file_id} has another content")

    def _look(self) -> None:
        """Look at a file of anyone's, there or not: what is told the history is checked for."""
        if self.known:
            with suppress(openai.NotFoundError):
                self.sdk.files.retrieve(self.chance.choice(self.known[-MOST_FILES:]))

    def _ask_for_the_usage(self) -> None:
        self.sdk.get("/usage", cast_to=object)

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
        has = (usage["bytes"], usage["files"])
        should_have = (sum(file.bytes for file in files.values()), len(files))
        if has != should_have:
            problems.append(f"the usage of {self.user.owner} is {has} instead of {should_have}")
        # What is staged through the API takes as much again.
        if not sum(pending) <= usage["reserved_bytes"] <= 2 * sum(pending):
            problems.append(f"{usage} reserves for {pending}")
        return [*self.problems, *problems]

    def _acknowledge(self, file_id: str, content: bytes) -> str:
        self.known.append(file_id)
        self.stored[file_id] = digest_of(content)
        return self.stored[file_id]

    def _name(self) -> str:
        """Make a name that no other file has: whose answer is lost is known by it."""
        return f"{self.chance.randbytes(8).hex()}.jsonl"

    def _content(self, size: int) -> bytes:
        return self.chance.randbytes(size)


def digest_of(content: bytes) -> str:
    """Return a SHA-256 in hexadecimal."""
    return hashlib.sha256(content).hexdigest()

"""What owners do with their files, one thing after another, and what they were told of it."""

import random
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.bed.bed import Bed
from tests.bed.damage import vandal_of
from tests.bed.uploader import Uploader, content_of

OWNERS = ("alice", "bob", "carol")

Key = tuple[str, str]
"""Owner and id."""


@dataclass
class Life:
    """What is known from answers: files with their contents, those of an hour, and what is deleted.

    `begun` are uploads that are under way.
    """

    bed: Bed
    chance: random.Random
    kept: dict[Key, bytes] = field(default_factory=dict)
    brief: set[Key] = field(default_factory=set)
    deleted: set[Key] = field(default_factory=set)
    begun: defaultdict[str, list[tuple[Mapping[str, Any], bytes]]] = field(
        default_factory=lambda: defaultdict(list)
    )

    def form(self, owner: str) -> str:
        """Store a file in one request."""
        content = self._content()
        client = self.bed.client_of(owner)
        file = client.files.create(file=("a.jsonl", content), purpose="batch")
        self.kept[owner, file.id] = content
        return file.id

    def brief_form(self, owner: str) -> None:
        """Store a file that lives for an hour."""
        client = self.bed.client_of(owner)
        file = client.files.create(
            file=("a", b"brief"),
            purpose="batch",
            expires_after={"anchor": "created_at", "seconds": 3_600},
        )
        self.brief.add((owner, file.id))

    def upload(self, owner: str) -> str:
        """Store a file by an upload, its part sent to the API or straight to S3."""
        uploader, content = Uploader(self.bed, owner), self._content()
        upload = uploader.begin(len(content))
        if self.chance.random() < 0.5:
            part_ids = [uploader.stage(upload, content)]
        else:
            part_ids = uploader.send_all(upload, content)
        file_id = str(uploader.complete(upload, part_ids)["id"])
        self.kept[owner, file_id] = content
        return file_id

    def begin(self, owner: str) -> None:
        """Begin an upload, and send it a part."""
        uploader, content = Uploader(self.bed, owner), self._content()
        upload = uploader.begin(len(content))
        uploader.stage(upload, content)
        self.begun[owner].append((upload, content))

    def finish(self, owner: str) -> None:
        """Complete an upload that was begun, if any was."""
        if self.begun[owner]:
            uploader, (upload, content) = Uploader(self.bed, owner), self.begun[owner].pop()
            file = uploader.complete(upload, [part["id"] for part in uploader.parts(upload)])
            self.kept[owner, str(file["id"])] = content

    def delete(self, owner: str) -> None:
        """Delete a file, if there is one."""
        if mine := sorted(key for key in self.kept if key[0] == owner):
            self.delete_file(*self.chance.choice(mine))

    def delete_file(self, owner: str, file_id: str) -> None:
        """Delete this file."""
        self.bed.client_of(owner).files.delete(file_id)
        del self.kept[owner, file_id]
        self.deleted.add((owner, file_id))

    def grant(self, owner: str) -> None:
        """Be given another quota."""
        self.bed.set_quota(owner, self.chance.randrange(2**20, 2**30))

    def reap(self, _owner: str) -> None:
        """Have the reaper do what there is to do."""
        self.bed.run_stream()

    def go_on(self, steps: int) -> None:
        """Do one thing or another."""
        acts: list[Callable[[str], object]] = [self.form, self.upload, self.begin, self.finish]
        acts += [self.form, self.upload, self.delete, self.brief_form, self.grant, self.reap]
        for _ in range(steps):
            self.chance.choice(acts)(self.chance.choice(OWNERS))

    def _content(self) -> bytes:
        return content_of(self.chance.randrange(1, 2000), str(self.chance.random()))


def lose(bed: Bed, *keys: Key) -> None:
    """Delete items past the API, as somebody with DynamoDB's console does."""
    for owner, identifier in keys:
        vandal_of(bed.session, owner).lose_item(identifier)


def keys_in(bed: Bed) -> list[Key]:
    """Name the items of the catalog, in order."""
    return sorted((item["owner"]["S"], item["id"]["S"]) for item in bed.items())


def listed(bed: Bed) -> set[Key]:
    """Name every file that an owner is shown."""
    return {(owner, str(file["id"])) for owner in OWNERS for file in Uploader(bed, owner).files()}

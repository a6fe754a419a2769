"""The states in which requests meet, and what may happen in each.

What meets is small, so that a play takes milliseconds; and little is left of the quota, so that
whoever takes or gives back bytes meets all others.
"""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from itertools import combinations
from typing import Any

from tests.bed.uploader import cut
from tests.faults.scene import upload_of
from tests.orders.acts import Acts
from tests.orders.stage import ANOTHER, Stage, made_stage

SIZE = 30
HOUR = 3600
DAY = 24 * HOUR
CONTENT = b"abcdef"
OTHER = b"ABCDEF"
MD5 = hashlib.md5(CONTENT).hexdigest()
WITH_A_KEY = {"Idempotency-Key": "key"}


def form_of(content: bytes, **more: Any) -> dict[str, Any]:
    """Return what a form has."""
    fields = {"purpose": "batch", "expires_after[seconds]": str(HOUR)}
    return {"data": fields, "files": {"file": ("batch.jsonl", content)}, **more}


def created(stage: Stage) -> str:
    """Have alice store a file, and return its id."""
    answered = stage.alice.http.post("/files", **form_of(b"f" * SIZE))
    assert answered.status_code == 200, answered.text
    return str(answered.json()["id"])


@contextmanager
def files() -> Iterator[Stage]:
    """Four files in a quota for five: one is served, one has expired, and two are gone.

    The reaper has not been told of the last two, so that they still count.
    """
    with made_stage() as stage:
        acts = Acts(stage)
        expired, gone, also_gone = (created(stage) for _ in range(3))
        stage.bed.clock.move(seconds=HOUR + 60)
        acts.removes(gone).do()
        acts.removes(also_gone).do()
        served = created(stage)
        stage.bed.set_quota("alice", 5 * SIZE)
        stage.begins()
        keyed = {"headers": WITH_A_KEY}
        new, other = form_of(b"n" * SIZE), form_of(b"o" * SIZE)
        begin = {"json": upload_of(b"u" * SIZE)}
        stage.acts = {
            "create": acts.asks("POST", "/files", **new),
            "create with a key": acts.asks("POST", "/files", **new, **keyed),
            "create other with the key": acts.asks("POST", "/files", **other, **keyed),
            "create at the front door": acts.asks_the_front_door("POST", "/files", **new),
            "create at the front door with a key": acts.asks_the_front_door(
                "POST", "/files", **new, **keyed
            ),
            "create at one task": acts.asks_one_task("POST", "/files", **new),
            "create at one task with a key": acts.asks_one_task("POST", "/files", **new, **keyed),
            "begin": acts.asks("POST", "/uploads", **begin),
            "begin with a key": acts.asks("POST", "/uploads", **begin, **keyed),
            "delete": acts.then(acts.asks("DELETE", f"/files/{served}"), acts.reaps(served)),
            "collect": acts.collects(served),
            "collect the expired": acts.collects(expired),
            "reap": acts.reaps(gone, also_gone),
            "read": acts.asks("GET", f"/files/{served}/content"),
            "read at the front door": acts.asks_the_front_door("GET", f"/files/{served}/content"),
            "list": acts.asks("GET", "/files"),
            "see the usage": acts.asks("GET", "/usage"),
            "check": acts.checks(),
            "grant": acts.sets_the_quota(1000),
        }
        stage.main = (
            "create",
            "create with a key",
            "begin",
            "delete",
            "collect the expired",
            "reap",
            "grant",
        )
        stage.threes = [
            ("create at one task", "create at one task" + ANOTHER, other)
            for other in ("create at one task with a key", "delete", "reap", "grant")
        ]
        stage.threes += [
            (*takers, "see the usage") for takers in combinations(("create", "begin", "reap"), 2)
        ]
        yield stage


@contextmanager
def parts() -> Iterator[Stage]:
    """An upload in its last seconds, all of whose parts have arrived, staged and presigned.

    The quota has room for a file as soon as the upload gives anything back.
    """
    with made_stage() as stage:
        acts = Acts(stage)
        alice = stage.alice
        upload = alice.begin(len(CONTENT))
        first, second = (alice.stage(upload, part) for part in cut(CONTENT, 3))
        stage.bed.clock.set(alice.end_of(upload) - 2)
        alice.send(upload, 1, OTHER)
        link = alice.link(upload, 1)
        stage.bed.set_quota("alice", 2 * len(CONTENT) + SIZE - 1)
        stage.begins()
        uploads = f"/uploads/{upload['id']}"

        stage.acts = {
            "complete": acts.completes(uploads, first, second),
            "complete backwards": acts.completes(uploads, second, first),
            "complete the presigned": acts.completes(uploads, "part_00001"),
            "complete with an MD5": acts.completes(uploads, first, second, md5=MD5),
            "complete with a wrong MD5": acts.completes(uploads, first, second, md5="0" * 32),
            "complete with a key": acts.completes(uploads, first, second, headers=WITH_A_KEY),
            "cancel": acts.asks("POST", f"{uploads}/cancel"),
            "collect": acts.collects(upload["id"]),
            "stage": acts.stages(uploads, b"xyz"),
            "stage at the front door": acts.stages_at_the_front_door(uploads, b"xyz"),
            "put": acts.puts(link, CONTENT),
            "create": acts.asks("POST", "/files", **form_of(b"n" * SIZE)),
            "create when it has expired": acts.asks_later(
                3, "collect", "POST", "/files", **form_of(b"l" * SIZE)
            ),
            "look": acts.asks("GET", uploads),
            "list its parts": acts.asks("GET", f"{uploads}/parts"),
            "check": acts.checks(),
        }
        stage.main = (
            "complete",
            "complete the presigned",
            "cancel",
            "collect",
            "stage",
            "create when it has expired",
        )
        yield stage


@contextmanager
def no_part() -> Iterator[Stage]:
    """An upload in the last seconds of the hour in which its first part has to come."""
    with made_stage() as stage:
        acts = Acts(stage)
        upload = stage.alice.begin(len(CONTENT))
        stage.bed.clock.set(upload["expires_at"] - 2)
        stage.bed.set_quota("alice", 2 * len(CONTENT))
        stage.begins()
        uploads = f"/uploads/{upload['id']}"
        stage.acts = {
            "stage": acts.stages(uploads, b"xyz"),
            "stage at the front door": acts.stages_at_the_front_door(uploads, b"xyz"),
            "link": acts.asks("POST", f"{uploads}/part_urls", json={"part_numbers": [1]}),
            "cancel": acts.asks("POST", f"{uploads}/cancel"),
            "collect": acts.collects(upload["id"]),
            "begin when it has expired": acts.asks_later(
                3, "collect", "POST", "/uploads", json=upload_of(b"u" * 2 * len(CONTENT))
            ),
            "list its parts": acts.asks("GET", f"{uploads}/parts"),
            "check": acts.checks(),
        }
        stage.main = ("stage", "link", "cancel", "collect", "begin when it has expired")
        yield stage


@contextmanager
def a_completed_upload() -> Iterator[Stage]:
    """An upload that has become a file, which is in its last seconds."""
    with made_stage() as stage:
        acts = Acts(stage)
        alice = stage.alice
        upload = alice.begin(len(CONTENT))
        part_ids = [alice.stage(upload, part) for part in cut(CONTENT, 3)]
        file = alice.complete(upload, part_ids)
        stage.bed.clock.set(file["expires_at"] - 2)
        stage.bed.set_quota("alice", SIZE)
        stage.begins()
        uploads = f"/uploads/{upload['id']}"

        stage.acts = {
            "complete": acts.completes(uploads, *part_ids),
            "complete with an MD5": acts.completes(uploads, *part_ids, md5=MD5),
            "complete backwards": acts.completes(uploads, *part_ids[::-1]),
            "cancel": acts.asks("POST", f"{uploads}/cancel"),
            "delete": acts.then(
                acts.asks("DELETE", f"/files/{file['id']}"),
                acts.reaps(file["id"]),
                acts.reaps(upload["id"]),
            ),
            "collect the file": acts.collects(file["id"]),
            "collect the upload": acts.collects(upload["id"]),
            "create when it has expired": acts.asks_later(
                3, "collect the file", "POST", "/files", **form_of(b"l" * SIZE)
            ),
            "look": acts.asks("GET", uploads),
            "read": acts.asks("GET", f"/files/{file['id']}/content"),
            "check": acts.checks(),
        }
        stage.main = (
            "complete",
            "cancel",
            "delete",
            "collect the file",
            "collect the upload",
            "create when it has expired",
        )
        yield stage


@contextmanager
def large_forms() -> Iterator[Stage]:
    """Room for one form that is too large to be held."""
    with made_stage() as stage:
        acts = Acts(stage)
        stage.bed.set_quota("alice", 5000)
        stage.begins()
        large, other = form_of(b"l" * 3000), form_of(b"o" * 3000)
        keyed = {"headers": WITH_A_KEY}
        stage.acts = {
            "send": acts.sends_a_large_form("/files", **large),
            "send with a key": acts.sends_a_large_form("/files", **large, **keyed),
            "send other with the key": acts.sends_a_large_form("/files", **other, **keyed),
            "create": acts.asks("POST", "/files", **large),
            "create with the key": acts.asks("POST", "/files", **large, **keyed),
            "begin": acts.asks("POST", "/uploads", json=upload_of(b"u" * 3000)),
            "revoke": acts.sets_the_quota(0),
            "list": acts.asks("GET", "/files"),
            "see the usage": acts.asks("GET", "/usage"),
            "check": acts.checks(),
        }
        # Not both forms and a revocation: one gives its room up for the other, who was refused for
        # it, and finds the quota gone when it tries again. A large form's room is seen (0014).
        stage.threes = [
            ("send with a key", "create with the key", "begin"),
            ("send with a key", "begin", "revoke"),
            ("create with the key", "begin", "revoke"),
        ]
        yield stage


MadeStage = Callable[[], AbstractContextManager[Stage]]

STAGES: tuple[MadeStage, ...] = (files, parts, no_part, a_completed_upload, large_forms)

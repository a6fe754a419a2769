"""Promises about files: their life, pages, expiry and content, and whose they are."""

import time
from functools import partial
from typing import Any

import openai
from openai.types import FileObject

from larder.admin.check.bucket import Bucket
from larder.admin.quota import QuotaTable
from larder.admin.verify.promise import Promise, expect, refusal
from larder.admin.verify.scene import LEAST_LIFE_SECONDS, Person, Scene

CONTENT = b'{"custom_id": "1"}\n' * 40
REAP_SECONDS = 60
_MIB = 2**20
_EXPIRES_AFTER: Any = {"anchor": "created_at", "seconds": LEAST_LIFE_SECONDS}


def _created(person: Person, expires_after: Any = _EXPIRES_AFTER) -> FileObject:
    return person.sdk.files.create(
        file=("verify.jsonl", CONTENT), purpose="batch", expires_after=expires_after
    )


def life(scene: Scene) -> str | None:
    """A file is created, retrieved, listed, read and deleted by the SDK."""
    files = scene.alice.sdk.files
    file = _created(scene.alice)
    described = (file.object, file.bytes, file.filename, file.purpose, file.status)
    meant = ("file", len(CONTENT), "verify.jsonl", "batch", "processed")
    expect(described == meant, f"created as {described}")
    expect(files.retrieve(file.id) == file, "retrieved as another than was created")
    expect(file.id in {listed.id for listed in files.list()}, "created and not listed")
    expect(files.content(file.id).read() == CONTENT, "read as another content")
    expect(files.delete(file.id).deleted, "not deleted")
    refusal(openai.NotFoundError, lambda: files.retrieve(file.id), "retrieved though deleted")
    return None


def pages(scene: Scene) -> str | None:
    """Pages go on where the last one ended, both ways, also behind a file that is gone."""
    made = [_created(scene.bob).id for _ in range(5)]
    try:
        for order, meant in (("asc", made), ("desc", made[::-1])):
            listed = [file.id for file in scene.bob.sdk.files.list(limit=2, order=order)]  # type: ignore[arg-type]
            expect(listed == meant, f"{order} in twos listed {len(listed)} of 5, or in disorder")
        scene.bob.sdk.files.delete(made[2])
        page = scene.bob.ask("GET", f"/files?after={made[2]}&order=asc&limit=1").json()
        seen = (page["first_id"], page["last_id"], page["has_more"])
        expect(seen == (made[3], made[3], True), f"behind a deleted file came {seen}")
        other = scene.bob.ask("GET", "/files?purpose=batch-output").json()
        expect((other["data"], other["first_id"]) == ([], ""), "files of another purpose")
    finally:
        for file in scene.bob.sdk.files.list():
            scene.bob.sdk.files.delete(file.id)
    return None


def expiry(scene: Scene) -> str | None:
    """`expires_at` is exact, and an impossible life is refused by name."""
    file = _created(scene.alice)
    expect(
        file.expires_at == file.created_at + LEAST_LIFE_SECONDS,
        f"created at {file.created_at} to expire at {file.expires_at}",
    )
    drift = abs(time.time() - file.created_at)
    for seconds in (LEAST_LIFE_SECONDS - 1, 30 * 86_400 + 1):
        life: Any = {"anchor": "created_at", "seconds": seconds}
        error = refusal(
            openai.BadRequestError,
            partial(_created, scene.alice, expires_after=life),
            f"a life of {seconds} seconds was taken",
        )
        expect("expires_after" in str(error.param), f"refused {error.param!r}")
    return f"the clocks differ by {drift:.0f} s" if drift > 5 else None


def ranges(scene: Scene) -> str | None:
    """A range of content is answered as such, and one behind its end is refused."""
    file_id = scene.alice.stored(CONTENT)
    path, size = f"/files/{file_id}/content", len(CONTENT)
    for requested, first, last in (
        ("0-9", 0, 9),
        ("-5", size - 5, size - 1),
        ("700-", 700, size - 1),
    ):
        part = scene.alice.ask("GET", path, headers={"range": f"bytes={requested}"})
        expect(part.status == 206, f"bytes={requested} answered {part.status}")
        content_range = part.headers.get("content-range")
        expect(
            content_range == f"bytes {first}-{last}/{size}",
            f"bytes={requested} answered {content_range}",
        )
        expect(part.body == CONTENT[first : last + 1], f"bytes={requested} are other bytes")
    past_the_end = scene.alice.ask("GET", path, headers={"range": f"bytes={size}-"})
    past_the_end.refuses(416, "range_not_satisfiable", param="Range")
    head = scene.alice.ask("HEAD", path)
    expect(head.headers.get("content-length") == str(size), "HEAD tells another size")
    return None


def idempotency(scene: Scene) -> str | None:
    """A request that is sent again with its Idempotency-Key is done once."""
    before = scene.alice.ask("GET", "/usage").json()["files"]
    key = {"idempotency_key": f"verify-{time.time_ns()}"}
    first, second = (scene.alice.stored(CONTENT, **key) for _ in range(2))
    expect(first == second, "sent twice, stored twice")
    after = scene.alice.ask("GET", "/usage").json()["files"]
    expect(after == before + 1, f"sent twice, {after - before} files more")
    other = scene.alice.store(b"{}\n", **key)
    other.refuses(409, "idempotency_key_reused", param="Idempotency-Key")
    return None


def quota(scene: Scene) -> str | None:
    """A quota is kept to the byte, by files and by uploads before their first byte."""
    table, bob = QuotaTable(scene.deployment), scene.bob
    table.set(bob.owner, _MIB)
    try:
        file_id = bob.stored(bytes(_MIB))
        message = bob.store(b"x").refuses(403, "storage_quota_exceeded")
        expect(str(_MIB) in message, f"a refusal that names no numbers: {message}")
        refusal(
            openai.PermissionDeniedError,
            lambda: bob.sdk.uploads.create(
                filename="big", purpose="batch", bytes=_MIB, mime_type="application/jsonl"
            ),
            "an upload beyond the quota was begun",
        )
        bob.sdk.files.delete(file_id)
        bob.sdk.files.delete(bob.stored(bytes(_MIB)))  # room is back at once
    finally:
        table.set(bob.owner, None)
    return None


def isolation(scene: Scene) -> str | None:
    """What is one owner's does not exist for another."""
    file_id = scene.alice.stored(CONTENT)
    upload = scene.alice.sdk.uploads.create(
        filename="big", purpose="batch", bytes=10, mime_type="application/jsonl"
    )
    unknown_id = f"file-{'0' * 26}"
    for method, path in (
        ("GET", "/files/{}"),
        ("GET", "/files/{}/content"),
        ("GET", "/files/{}/url"),
        ("DELETE", "/files/{}"),
    ):
        refusal_seen = scene.bob.ask(method, path.format(file_id)).refuses(404, None)
        missing = scene.bob.ask(method, path.format(unknown_id)).refuses(404, None)
        expect(
            refusal_seen == missing.replace(unknown_id, file_id),
            f"{method} {path} tells a foreign file",
        )
    for method, path in (("GET", ""), ("GET", "/parts"), ("POST", "/cancel")):
        scene.bob.ask(method, f"/uploads/{upload.id}{path}").refuses(404, None)
    expect(list(scene.bob.sdk.files.list()) == [], "another's files are listed")
    expect(scene.alice.sdk.files.retrieve(file_id).id == file_id, "deleted by another")
    scene.alice.sdk.uploads.cancel(upload.id)
    return None


def deletion(scene: Scene) -> str | None:
    """A deleted file gives its bytes back at once, and its object goes soon after."""
    bucket, alice = Bucket(scene.deployment), scene.alice
    before = alice.ask("GET", "/usage").json()["bytes"]
    file_id = alice.stored(CONTENT)
    object_key = f"expires-in-01d/{alice.owner}/{file_id}"
    expect(bucket.has(object_key), f"no object {object_key}")
    alice.sdk.files.delete(file_id)
    after = alice.ask("GET", "/usage").json()["bytes"]
    expect(after == before, f"{after - before} bytes are still counted")
    took = scene.until(
        lambda: not bucket.has(object_key),
        REAP_SECONDS,
        f"the object {object_key} is there after {REAP_SECONDS} s: is the reaper working?",
    )
    return f"the object was gone after {took:.0f} s"


PROMISES = (
    Promise("life", "a file is created, listed, read and deleted", life),
    Promise("pages", "pages go on where the last one ended", pages),
    Promise("expiry", "expires_at is exact, and an impossible life refused", expiry),
    Promise("ranges", "a range of content is answered as such", ranges),
    Promise("idempotency", "what is sent twice with one Idempotency-Key is done once", idempotency),
    Promise("quota", "a quota is kept to the byte", quota),
    Promise("isolation", "what is one owner's does not exist for another", isolation),
    Promise("deletion", "deleted bytes are free at once, and gone soon after", deletion),
)

"""The moments of upload sessions: their end with and without parts, and that of part URLs."""

from collections.abc import Callable
from functools import partial
from typing import Any

from botocore.awsrequest import AWSResponse
from httpx2 import Response

from tests.bed.wire import Call, Interceptor, Send
from tests.moments.moment import DAY, HOUR, Moment, Scene, Seen
from tests.moments.of_files import FOUND, RELEASED

ENDED = "lambdas/core/upload.py: self.expires_at <= now"
HELD = "lambdas/stores/catalog/uploads.py: #status = :pending AND #expires_at > :now"
WITH_ITS_FILE = "lambdas/core/upload.py: int(json.loads(self.file)['expires_at']) <= now"
SPARED = "lambdas/core/large_files.py: min(upload.expires_at + SPARE_SECONDS, upload.lasts_until)"
PROLONGED = "lambdas/core/part_urls.py: upload.expires_at < upload.lasts_until"
LINKED = "lambdas/core/part_urls.py: min(int(now) + LINK_SECONDS, upload.lasts_until)"

SIZE = 5
CONTENT = b"hello"


def session(kind: str, scene: Scene) -> tuple[dict[str, Any], int]:
    """Begin a session with no parts, a part, or URLs for its parts, and return it and its end."""
    began = int(scene.bed.clock.now)
    upload = scene.alice.begin(SIZE)
    if kind == "with a part":
        scene.alice.stage(upload, CONTENT)
    elif kind == "with URLs":
        scene.alice.link(upload, 1)
    return upload, began + (HOUR if kind == "without parts" else DAY)


def asked(kind: str, ask: str, scene: Scene) -> Seen:
    upload, end = session(kind, scene)
    parts = [part["id"] for part in scene.alice.parts(upload)]
    asks = {
        "stage": lambda: scene.alice.try_to_stage(upload, CONTENT),
        "link": lambda: scene.alice.try_to_link(upload, [1]),
        "parts": lambda: scene.alice.http.get(f"/uploads/{upload['id']}/parts"),
        "cancel": lambda: scene.alice.try_to_cancel(upload),
        "complete": lambda: scene.alice.try_to_complete(upload, parts),
    }
    return end, lambda: asks[ask]().status_code


def staged_at_the_door(scene: Scene) -> Seen:
    upload, end = session("without parts", scene)
    return end, lambda: scene.alice_at_the_door.try_to_stage(upload, CONTENT).status_code


def shown(kind: str, scene: Scene) -> Seen:
    upload, end = session(kind, scene)
    return end, lambda: scene.alice.upload(upload["id"])["status"]


def prolonged(scene: Scene) -> Seen:
    """When its part URLs were asked for, how long does it last, counted from its beginning?"""
    upload, end = session("without parts", scene)

    def look() -> int:
        scene.alice.try_to_link(upload, [1])
        return scene.alice.end_of(upload) - end + HOUR

    return end, look


def counted(kind: str, scene: Scene) -> Seen:
    _, end = session(kind, scene)
    return end, lambda: scene.alice.usage()["reserved_bytes"]


def makes_room(scene: Scene) -> Seen:
    scene.bed.set_quota("alice", SIZE)
    _, end = session("without parts", scene)
    return end, lambda: scene.alice.try_to_begin(SIZE).status_code


def collected(kind: str, scene: Scene) -> Seen:
    upload, end = session(kind, scene)
    return end, lambda: scene.run_ttl() == [upload["id"]]


def collected_while_completed(scene: Scene) -> Seen:
    """A request of the last second that takes longer, so that TTL may come by before its commit."""
    upload, end = session("with a part", scene)
    part_ids = [part["id"] for part in scene.alice.parts(upload)]

    def first_ttl(call: Call, send: Send) -> AWSResponse:
        if call.operation == "TransactWriteItems":
            scene.bed.stream.remove_expired(scene.now + scene.ahead)
        return send()

    def look() -> int:
        scene.bed.clock.set(end - 0.5)
        status = meeting(first_ttl, scene, lambda: scene.alice.try_to_complete(upload, part_ids))
        scene.bed.clock.set(scene.now)
        return status

    return end, look


def meeting(interceptor: Interceptor, scene: Scene, ask: Callable[[], Response]) -> int:
    """Ask while every call to AWS meets something, and return the status."""
    scene.bed.wire.interceptor = interceptor
    try:
        return ask().status_code
    finally:
        scene.bed.wire.interceptor = None


def link_of(asks: int, seconds: int, scene: Scene) -> Seen:
    """A part's URL, asked for so long after the session's beginning."""
    upload, end = session("with URLs", scene)
    asked_at = end - DAY + asks
    scene.set(asked_at)
    link = scene.alice.link(upload, 1)
    return asked_at + seconds, lambda: scene.alice.put(link, CONTENT).status


def completed(ask: str, scene: Scene) -> Seen:
    upload = scene.alice.begin(SIZE, expires_after={"anchor": "created_at", "seconds": 2 * HOUR})
    part_ids = [scene.alice.stage(upload, CONTENT)]
    file = scene.alice.complete(upload, part_ids)
    asks = {
        "show": lambda: scene.alice.http.get(f"/uploads/{upload['id']}").status_code,
        "list": lambda: len(scene.alice.http.get("/uploads").json()["data"]),
        "complete": lambda: scene.alice.try_to_complete(upload, part_ids).status_code,
    }
    return file["expires_at"], asks[ask]


def form_that_takes_long(scene: Scene) -> Seen:
    """A large form at the front door, the last of whose content comes at the moment."""
    scene.stack.enter_context(scene.bed.front_door.with_settings(part_bytes=1000))
    end = int(scene.bed.clock.now) + HOUR + 60
    began = scene.bed.clock.now

    def then_late(call: Call, send: Send) -> AWSResponse:
        if call.operation == "UploadPart":
            scene.bed.clock.set(scene.now)
        return send()

    def look() -> int:
        scene.bed.clock.set(began)
        http, content = scene.alice_at_the_door.http, {"file": ("a", bytes(1500))}
        form = {"purpose": "batch"}
        return meeting(then_late, scene, lambda: http.post("/files", data=form, files=content))

    return end, look


UPLOADS = (
    *(
        Moment(
            f"a session's end {kind}",
            partial(shown, kind),
            ("pending", "expired", "expired"),
            (ENDED,),
        )
        for kind in ("without parts", "with a part", "with URLs")
    ),
    *(
        Moment(
            f"a session's end {kind}, in the usage", partial(counted, kind), (held, 0, 0), (FOUND,)
        )
        for kind, held in (("without parts", 5), ("with a part", 10))
    ),
    *(
        Moment(
            f"a session's end {kind}, by {name}",
            partial(asked, kind, ask),
            (200, 400, 400),
            (ENDED, HELD),
        )
        for kind, ask, name in (
            ("without parts", "stage", "a part"),
            ("without parts", "parts", "a list of parts"),
            ("without parts", "cancel", "a cancel"),
            ("with a part", "stage", "a part"),
            ("with a part", "complete", "a complete"),
            ("with URLs", "link", "URLs"),
        )
    ),
    Moment("a session's end without parts, at the front door", staged_at_the_door, (200, 400, 400)),
    Moment("a session's end, prolonged by URLs", prolonged, (DAY, HOUR, HOUR), (PROLONGED, HELD)),
    Moment("a session's end, for a full owner", makes_room, (403, 200, 200), (FOUND, RELEASED)),
    *(
        Moment(
            f"a session's end {kind}, for TTL",
            partial(collected, kind),
            (False, True, True),
            clock="DynamoDB's",
        )
        for kind in ("without parts", "with a part")
    ),
    Moment(
        "a session's end, when TTL comes by while it is completed",
        collected_while_completed,
        (200, 404, 404),
        clock="DynamoDB's",
    ),
    Moment(
        "a part URL's quarter of an hour",
        partial(link_of, HOUR, 900),
        (200, 403, 403),
        (LINKED,),
        "S3's",
    ),
    Moment(
        "a part URL's end with its session",
        partial(link_of, DAY - 7, 7),
        (200, 403, 403),
        (LINKED,),
        "S3's",
    ),
    *(
        Moment(
            f"a completed session's end, by {name}", partial(completed, ask), seen, (WITH_ITS_FILE,)
        )
        for name, ask, seen in (
            ("a look", "show", (200, 404, 404)),
            ("a list", "list", (1, 0, 0)),
            ("a complete again", "complete", (200, 404, 404)),
        )
    ),
    Moment("the end of a form's session", form_that_takes_long, (200, 400, 400), (SPARED, HELD)),
)

"""The moments of files: their end, and those of links to their content."""

from functools import partial

from lambdas.core.ids import created_at
from tests.bed.environment import CATALOG_TABLE
from tests.bed.invariants import pass_lifecycle
from tests.moments.moment import BEGINNING, DAY, HOUR, Moment, Scene, Seen

READ = "lambdas/stores/catalog/files.py: whole(item, 'expires_at') <= now"
LISTED = "lambdas/stores/catalog/table.py: #expires_at > :now"
FOUND = "lambdas/stores/catalog/usage.py: #owner = :owner AND #expires_at <= :now"
RELEASED = (
    "lambdas/stores/catalog/usage.py: attribute_exists(#id) AND #expires_at <= :now"
    " AND (attribute_not_exists(#bytes) OR #bytes = :bytes)"
)
LINKED = "lambdas/core/content.py: min(int(now) + seconds, file.expires_at)"

MIDNIGHT = BEGINNING // DAY * DAY + DAY


def asked(method: str, path: str, way: str, scene: Scene) -> Seen:
    file = scene.create().json()
    http = (scene.alice_at_the_door if way else scene.alice).http
    return file[
        "expires_at"
    ], lambda: http.request(method, f"/files/{file['id']}{path}").status_code


def listed(query: str, scene: Scene) -> Seen:
    brief = scene.create().json()
    scene.create(2 * HOUR)
    return brief["expires_at"], lambda: len(scene.alice.http.get(f"/files{query}").json()["data"])


def counted(scene: Scene) -> Seen:
    file = scene.create().json()
    return file["expires_at"], lambda: scene.alice.usage()["bytes"]


def makes_room(scene: Scene) -> Seen:
    scene.bed.set_quota("alice", 5)
    file = scene.create().json()
    return file["expires_at"], lambda: scene.create(2 * HOUR).status_code


def collected(scene: Scene) -> Seen:
    file = scene.create().json()
    return file["expires_at"], lambda: scene.run_ttl() == [file["id"]]


def link_of(query: str, left: int, seconds: int, scene: Scene) -> Seen:
    """A link made so many seconds before its file's end."""
    file = scene.create().json()
    asks = file["expires_at"] - left
    scene.set(asks)
    url = scene.alice.http.get(f"/files/{file['id']}/url{query}").json()["url"]
    return asks + seconds, lambda: scene.bed.request("GET", url).status


def redirected_to(left: int, seconds: int, scene: Scene) -> Seen:
    file = scene.create().json()
    scene.stack.enter_context(scene.bed.deployed_with(inline_bytes=1))
    asks = file["expires_at"] - left
    scene.set(asks)
    url = scene.alice.read(file).headers["location"]
    return asks + seconds, lambda: scene.bed.request("GET", url).status


def last_of_a_session_at_midnight(scene: Scene) -> Seen:
    """The file whose object is oldest, by S3's count, when it ends."""
    scene.begins = MIDNIGHT
    life = {"anchor": "created_at", "seconds": DAY}
    upload = scene.alice.begin(5, expires_after=life)
    part_ids = [scene.alice.stage(upload, b"hello")]
    scene.set(scene.alice.end_of(upload) - 0.5)
    file = scene.alice.complete(upload, part_ids)

    def look() -> int:
        pass_lifecycle(scene.bed, scene.ahead)
        return scene.alice.read(file).status_code

    return file["expires_at"], look


def object_forgotten(scene: Scene) -> Seen:
    """An object whose file is lost, and its record too."""
    scene.begins, scene.sums_up = MIDNIGHT - DAY // 2, False
    file = scene.create(DAY).json()
    key = {"owner": {"S": "alice"}, "id": {"S": file["id"]}}
    scene.bed.session.client("dynamodb").delete_item(TableName=CATALOG_TABLE, Key=key)
    assert created_at(file["id"]) < MIDNIGHT

    def look() -> int:
        pass_lifecycle(scene.bed, scene.ahead)
        return len(scene.bed.object_keys())

    return MIDNIGHT + 2 * DAY, look


DOOR = " at the front door"
ASKS = [
    ("GET", "", ""),
    ("GET", "/content", ""),
    ("HEAD", "/content", ""),
    ("GET", "/content", DOOR),
    ("HEAD", "/content", DOOR),
    ("GET", "/url", ""),
    ("DELETE", "", ""),
]

FILES = (
    *(
        Moment(
            f"a file's end, by {method} /files/…{path}{way}",
            partial(asked, method, path, way),
            (200, 404, 404),
            (READ,),
        )
        for method, path, way in ASKS
    ),
    Moment("a file's end, in a list", partial(listed, ""), (2, 1, 1), (LISTED,)),
    Moment("a file's end, by purpose", partial(listed, "?purpose=batch"), (2, 1, 1), (LISTED,)),
    Moment("a file's end, in the usage", counted, (5, 0, 0), (FOUND,)),
    Moment("a file's end, for a full owner", makes_room, (403, 200, 200), (FOUND, RELEASED)),
    Moment("a file's end, for TTL", collected, (False, True, True), clock="DynamoDB's"),
    Moment(
        "a link's quarter of an hour",
        partial(link_of, "", 3000, 900),
        (200, 403, 403),
        (LINKED,),
        "S3's",
    ),
    Moment(
        "a link's seconds",
        partial(link_of, "?expiry=60", 3000, 60),
        (200, 403, 403),
        (LINKED,),
        "S3's",
    ),
    Moment(
        "a link's end with its file's",
        partial(link_of, "", 7, 7),
        (200, 403, 403),
        (LINKED,),
        "S3's",
    ),
    Moment(
        "a redirect's quarter of an hour",
        partial(redirected_to, 3000, 900),
        (200, 403, 403),
        (LINKED,),
        "S3's",
    ),
    Moment(
        "a redirect's end with its file's",
        partial(redirected_to, 7, 7),
        (200, 403, 403),
        (LINKED,),
        "S3's",
    ),
    Moment(
        "the end of a file whose session began at midnight and ended late, by S3's rules",
        last_of_a_session_at_midnight,
        (200, 404, 404),
    ),
    Moment("S3's rule for a day", object_forgotten, (1, 0, 0), clock="S3's"),
)

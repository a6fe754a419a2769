"""The unmodified Node SDK against the deployed stacks; the scripts are in `node/`.

It checks no answer against the types that it declares: that is done here, by its declarations.
"""

from infra.local.emulator import ROOT
from tests.e2e.batches import MIB, batch_of
from tests.e2e.declared_types import DeclaredTypes
from tests.e2e.user import User

SDK = ROOT / "node_modules" / "openai"


def of_declared_types(**answers: object) -> None:
    """Each answer must be as the SDK declares the type that it is given for."""
    resources = ("files", "uploads/uploads", "uploads/parts")
    declared = DeclaredTypes(*(SDK / "resources" / f"{name}.d.ts" for name in resources))
    for kind, answer in answers.items():
        assert declared.problems(kind, answer) == []


def test_a_file_made_from_a_stream_lives_from_its_creation_to_its_deletion(user: User) -> None:
    path = user.home / "täglich.jsonl"
    path.write_bytes(batch_of(4 * MIB))
    seen = user.node("life.mjs", path)
    created = seen["created"]
    assert seen["chunked"]
    assert (created["bytes"], created["filename"]) == (path.stat().st_size, "täglich.jsonl")
    assert created["expires_at"] - created["created_at"] == 604_800
    assert seen["waited"] == seen["retrieved"] == created
    assert seen["sameContent"]
    assert seen["deleted"] == {"id": created["id"], "object": "file", "deleted": True}
    of_declared_types(FileObject=created, FileDeleted=seen["deleted"])
    assert seen["afterwards"]["name"] == "NotFoundError"
    assert seen["afterwards"]["requestId"]


def test_a_list_is_paged_through_by_itself(user: User) -> None:
    seen = user.node("pages.mjs", 5, 2)
    assert len(seen["created"]) == 5
    assert seen["listed"] == seen["created"]
    assert seen["pages"] == 3


def test_parts_are_joined_in_the_order_asked_for_and_a_cancelled_upload_takes_no_more(
    user: User,
) -> None:
    seen = user.node("uploads.mjs")
    for upload in (seen["upload"], seen["completed"], seen["cancelled"]):
        of_declared_types(Upload=upload)
    for part in seen["parts"]:
        of_declared_types(UploadPart=part)
    assert seen["upload"]["status"] == "pending"
    assert seen["completed"]["status"] == "completed"
    assert seen["completed"]["file"]["filename"] == "große Datei.jsonl"
    assert seen["sameContent"]
    assert seen["cancelled"]["status"] == "cancelled"
    assert seen["late"] == {"status": 400, "code": "upload_not_pending"}
    usage = user.usage()
    assert (usage["bytes"], usage["reserved_bytes"]) == (9 * MIB, 0)

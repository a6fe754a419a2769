"""Splits a history into one of each file, upload and usage.

A history is linearizable if that of each object is (Herlihy and Wing, "Linearizability", 1990), so
each is searched alone. What a request does to several objects is in the history of each:

- an upload and the file that it becomes are one object (`uploads`);
- a list is a look at each file, which is on a page or would have been, and not at all at once;
- a usage is told of what was made and deleted within narrower times than the requests': not after
  somebody saw the file, nor before somebody still did. So it is held to be one step with that.

What this does not see: objects each of which is right, and only two of them, seen one after the
other, are not, but for the pairs above; and whether a list is one moment, which nobody promises.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from tests.histories.files import FileRules
from tests.histories.operation import NEVER, Operation
from tests.histories.search import Specification
from tests.histories.sights import Sights
from tests.histories.uploads import UploadRules


@dataclass(frozen=True)
class Object:
    """One thing's own history, and the rules that it is held to."""

    name: str
    owner: str
    rules: Specification[Any]
    operations: list[Operation]


def files_and_uploads(owner: str, sights: Sights) -> Iterator[Object]:
    """Yield each of an owner's files that one request made, and each upload with its file."""
    becomes = set(sights.becomes.values())
    for file_id in sights.files:
        if file_id not in becomes and file_id not in sights.strays:
            operations = [*_creates(file_id, sights), *sights.of_file(file_id)]
            yield Object(f"file {file_id}", owner, FileRules(), operations)
    for upload_id in sights.uploads:
        operations = [*_of_upload(upload_id, sights)]
        if upload_id in sights.becomes:
            operations += sights.of_file(sights.becomes[upload_id])
        yield Object(f"upload {upload_id}", owner, UploadRules(), operations)


def _creates(file_id: str, sights: Sights) -> Iterator[Operation]:
    for one in sights.makers[file_id]:
        yield replace(one, of=file_id, told=sights.files[file_id], optional=one.end == NEVER)


def _of_upload(upload_id: str, sights: Sights) -> Iterator[Operation]:
    """Yield all that was done to an upload, as `uploads` knows it."""
    for one in sights.makers[upload_id]:
        begun = {**sights.uploads[upload_id], **(one.told if one.ok else {})}
        yield replace(one, of=upload_id, told=begun, optional=one.end == NEVER)
    mine = sights.named(upload_id)
    for one in mine:
        yield from _stages(one) if one.kind == "stage" else _asks(one, mine, sights)
    since = min((made.start for made in sights.makers[upload_id]), default=-NEVER)
    for one, facts in sights.in_lists("list_uploads", upload_id, since):
        if facts is not None:
            yield replace(one, kind="find", of=upload_id, told=facts)
        else:
            yield replace(one, kind="find", of=upload_id, status=404, told={})


def _stages(one: Operation) -> Iterator[Operation]:
    """Yield a part, which is counted before it is stored: the upload lasts longer from there on."""
    if one.status != 403:
        yield replace(one, kind="prolong", status=200, optional=True)
    if one.end != NEVER:
        yield one


def _asks(one: Operation, mine: list[Operation], sights: Sights) -> Iterator[Operation]:
    earlier = [other for other in mine if other is not one and other.start <= one.end]
    optional = one.end == NEVER
    if one.kind == "show":
        yield replace(one, kind="find")
    elif one.kind == "parts":
        lost = sum(other.kind == "stage" and not other.ok for other in earlier)
        rivals = any(other.kind == "complete" for other in earlier)
        yield replace(one, asked={"unknown_parts": lost, "rivals": rivals})
    elif one.kind == "complete":
        rivals = any(other.kind in ("complete", "cancel") for other in earlier)
        told = {**one.told}
        if file_id := sights.becomes.get(one.of):
            told["file"] = (
                sights.files[file_id]
                if optional
                else {"digest": sights.files[file_id].get("digest"), **told.get("file", {})}
            )
        yield replace(one, asked={**one.asked, "rivals": rivals}, told=told, optional=optional)
    elif one.kind in ("link", "cancel"):
        yield replace(one, optional=optional)

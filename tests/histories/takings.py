"""An owner's usage as one object: what each request took of it and gave back, and when at most."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from lambdas.core.quota import TIMES_OUTRUN
from tests.histories.objects import Object
from tests.histories.operation import NEVER, History, Operation
from tests.histories.sights import Sights
from tests.histories.usages import UsageRules


def usage(owner: str, sights: Sights, history: History) -> Object:
    """Return the history of an owner's usage."""
    forms = [one for one in sights.operations if one.kind == "create" and one.asked["door"]]
    forms = [one for one in forms if one.asked["bytes"] > history.piece]
    asked = [one for one in sights.operations if one.kind == "usage" and one.ok]
    operations = [
        *(_beside(one, forms) for one in asked),
        *(one for one in sights.operations if one.kind in ("remove", "reap")),
        *_of_files(sights),
        *_of_uploads(sights, history.recounts),
        *(_beside(one, forms) for one in _refusals(sights.operations)),
    ]
    rules = UsageRules(next(iter(quotas_of(sights)), None), history.tolerance)
    return Object("usage", owner, rules, operations)


def quotas_of(sights: Sights) -> set[int]:
    """Return what an owner was told of the quota, which nobody changes in a history."""
    return {one.told["quota_bytes"] for one in sights.operations if one.kind == "usage" and one.ok}


def _of_files(sights: Sights) -> Iterator[Operation]:
    becomes = set(sights.becomes.values())
    for file_id, facts in sights.files.items():
        if file_id not in becomes and sights.makers[file_id]:
            tries = sights.makers[file_id]
            yield _once("take", file_id, tries, sights.seen[file_id], told=facts)
        yield from _deletion(file_id, sights)


def _of_uploads(sights: Sights, recounts: int) -> Iterator[Operation]:
    for upload_id, facts in sights.uploads.items():
        tries = sights.makers[upload_id]
        if tries:
            begun = next((one.told for one in tries if one.ok), facts)
            yield _once("reserve", upload_id, tries, sights.seen[upload_id], told=begun)
        mine = sights.named(upload_id)
        yield from _parts(mine, recounts)
        if file_id := sights.becomes.get(upload_id):
            told = sights.files[file_id]
            completes = [*sights.makers[file_id]]
            yield _once("complete", upload_id, completes, sights.seen[file_id], told=told)
        cancels = [one for one in mine if one.kind == "cancel" and (one.ok or one.end == NEVER)]
        if cancels:
            yield _once("cancel", upload_id, cancels, _cancelled_by(upload_id, sights))


def _parts(mine: Iterable[Operation], recounts: int) -> Iterator[Operation]:
    for one in mine:
        if one.kind == "stage" and one.status != 403:
            yield replace(one, optional=not one.ok)
            yield from [replace(one, optional=True)] * recounts
        elif one.kind == "link" and (one.ok or one.end == NEVER):
            yield replace(one, kind="prolong", optional=not one.ok)


def _cancelled_by(upload_id: str, sights: Sights) -> float:
    shows = [one for one in sights.named(upload_id) if one.kind == "show"]
    lists = [(one, facts) for one, facts in sights.in_lists("list_uploads", upload_id) if facts]
    told = [*((one, one.told) for one in shows), *lists]
    ends = [one.end for one, facts in told if facts.get("status") == "cancelled"]
    return min(ends, default=NEVER)


def _once(
    kind: str, identifier: str, tries: Sequence[Operation], seen: float, **more: Any
) -> Operation:
    """Return what one of some tries did, by when somebody was told of it or saw it."""
    first = min(tries, key=lambda one: one.start)
    end = min(seen, *(one.end for one in tries))
    return replace(
        first,
        kind=kind,
        of=identifier,
        end=max(end, first.start),
        latest=max(one.latest for one in tries),
        status=200,
        optional=end == NEVER,
        **more,
    )


def _deletion(file_id: str, sights: Sights) -> Iterator[Operation]:
    """Yield the deletion of a file, between the last time it was seen and the first it was not."""
    looks = sights.of_file(file_id)
    tries = [one for one in looks if one.kind == "delete" and (one.ok or one.end == NEVER)]
    done = [one for one in tries if one.ok] or tries
    if not done:
        return
    shown = [one.start for one in looks if one.told.get("shown")]
    ends = sights.files[file_id]["expires_at"]
    gone = [
        one.end
        for one in looks
        if (one.status == 404 or (one.kind == "see" and not one.told["shown"]))
        and one.start > sights.seen[file_id]
        and one.latest < ends
    ]
    deletion = _once("delete", file_id, done, min(gone, default=NEVER))
    start = max([deletion.start, *(at for at in shown if at <= deletion.end)])
    yield replace(deletion, start=start)


def _refusals(operations: Sequence[Operation]) -> Iterator[Operation]:
    takers = [one for one in operations if one.kind in ("create", "begin", "stage")]
    for one in takers:
        if one.told.get("code") == "storage_quota_exceeded":
            rivals = sum(other.meets(one) and other.ok for other in takers)
            asked = {"bytes": one.asked["bytes"], "of": one.kind}
            yield replace(one, kind="refused", asked={**asked, "is_outrun": rivals > TIMES_OUTRUN})


def _beside(one: Operation, forms: Sequence[Operation]) -> Operation:
    """Add what forms may have held meanwhile, in bytes each: those without an answer, since."""
    lengths = [
        form.asked["length"]
        for form in forms
        if form.start < one.end and (form.end > one.start or not form.ok)
        if form.start != one.start
    ]
    return replace(one, asked={**one.asked, "forms": sorted(lengths, reverse=True)})

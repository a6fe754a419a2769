"""Each owner's usage, and what gives bytes back exactly once."""

from collections.abc import Iterable, Iterator
from dataclasses import astuple, dataclass
from typing import Any

from lambdas.core import ids
from lambdas.core.damage import log_damage
from lambdas.core.errors import Damaged
from lambdas.core.quota import Allowance, Amount, Usage
from lambdas.core.reaping import Gone
from lambdas.core.upload import PENDING
from lambdas.stores.catalog.reading import number, reading, whole
from lambdas.stores.catalog.releases import (
    ReleasedBefore,
    released,
    remove,
    was_released_among_items,
)
from lambdas.stores.catalog.table import (
    Item,
    Step,
    Table,
    expressions,
    n,
    never_refused,
    s,
    text,
)

USAGE = "usage"
ATTRIBUTES = ("used_bytes", "reserved_bytes", "files", "uploads")
"""Where the usage item keeps an Amount, in its order."""

HAS_ROOM = "(attribute_not_exists(#used_bytes) OR #used_bytes <= :room)"
HAS_FEW_FILES = "(attribute_not_exists(#files) OR #files < :most_files)"
HAS_FEW_UPLOADS = "(attribute_not_exists(#uploads) OR #uploads < :most_uploads)"
# Parts may still be added to a session in its last second, so its bytes must not have changed.
HAS_EXPIRED = (
    "attribute_exists(#id) AND #expires_at <= :now"
    " AND (attribute_not_exists(#bytes) OR #bytes = :bytes)"
)
# A cancel in the session's last second may be giving its bytes back at the same time.
HOLDS_BYTES = "(attribute_not_exists(#status) OR #status = :pending)"
# `larder admin check --repair` sets a usage to the sum of what is there, and notes when. That sum
# does not have what was removed before, even if its record comes later.
WENT_SINCE_SETTLED = "attribute_not_exists(#settled_at) OR #settled_at < :removed_at"

# A transaction takes at most 100 writes: two for each release and one for the usage.
RELEASES_AT_ONCE = 40


class SettledSince(Exception):
    """The usage was set to the sum of what is there after this id was removed."""


@dataclass(frozen=True, slots=True)
class UsageItems:
    """The usage items of the catalog."""

    table: Table

    def usage(self, owner: str) -> Usage:
        """Return the owner's usage as last committed; all zero for an unknown owner.

        Raises Damaged when it cannot be read.
        """
        return usage_of(owner, self.table.get(owner, USAGE) or {})

    def expired(self, owner: str, now: float) -> Amount:
        """Sum up what of the usage is expired and not released yet."""
        return _held_by(self._expired(owner, now))

    def release_expired(self, owner: str, needed: Amount, now: float) -> Amount:
        """Remove expired things until so much is given back; return how much was given back."""
        expired = self._expired(owner, now)
        given = Amount()
        while group := _enough(expired, needed.without(given)):
            given += self._release(owner, group, now)
        return given

    def _expired(self, owner: str, now: float) -> Iterator[Item]:
        """Yield expired files and pending uploads; completed uploads hold no bytes.

        One whose bytes cannot be read is logged and left out: what to give back is unknown.
        """
        found = self.table.query(
            IndexName="by_expiry",
            **expressions(
                {"owner": s(owner), "now": n(now)},
                KeyConditionExpression="#owner = :owner AND #expires_at <= :now",
            ),
        )
        for item in found:
            if is_file(item) or text(item, "status") == PENDING:
                try:
                    whole(item, "bytes")
                except ValueError:
                    log_damage(owner, text(item, "id"))
                else:
                    yield item

    def _release(self, owner: str, group: list[Item], now: float) -> Amount:
        """Release what is still there of a group that others may be releasing too."""
        while group:
            try:
                return self._release_all(owner, group, now)
            except ReleasedBefore:
                there = {text(item, "id"): item for item in self._expired(owner, now)}
                left = [there[text(item, "id")] for item in group if text(item, "id") in there]
                if left != group:  # some are gone, or have grown by a part of their last second
                    group = left
                elif len(group) > 1:
                    return sum((self._release(owner, [item], now) for item in group), Amount())
                else:  # refused as it is, it has a marker: it gave its bytes back
                    return Amount()
        return Amount()

    def _release_all(self, owner: str, items: list[Item], now: float) -> Amount:
        """Remove expired items in one transaction; the stream then tells the reaper of each."""
        removals = [
            self.table.delete(
                owner,
                text(item, "id"),
                lambda _: ReleasedBefore(),
                **expressions(
                    {"now": n(now), "pending": s(PENDING), "bytes": n(number(item, "bytes"))},
                    ConditionExpression=f"{HAS_EXPIRED} AND {HOLDS_BYTES}",
                ),
            )
            for item in items
        ]
        held = _held_by(items)
        markers = [released(self.table, owner, text(item, "id"), now) for item in items]
        giving_back = [*markers, moved(self.table, owner, Amount() - held)]
        return held if remove(self.table, removals, giving_back) else Amount()

    def release_once(self, gone: Gone, now: float) -> None:
        """Give back the bytes of what is gone, unless they were given back before."""
        if was_released_among_items(self.table, gone.owner, gone.id):
            return
        size = gone.bytes or 0
        held = Amount(used=size, files=1)
        if gone.upload is not None:
            held = held_by_upload(size)
        marker = released(self.table, gone.owner, gone.id, now)
        back = moved(self.table, gone.owner, Amount() - held, removed_at=gone.removed_at)
        try:
            try:
                self.table.transact(marker, back)
            except (SettledSince, Damaged):
                # A damaged usage will be set to the sum of what is there, which excludes this.
                self.table.transact(marker)
        except ReleasedBefore:
            return


def usage_of(owner: str, item: Item) -> Usage:
    """Read an owner's usage; raises Damaged."""
    with reading(owner, USAGE):
        held = Amount(*(number(item, name) for name in ATTRIBUTES))
        return Usage(held, whole(item, "quota_bytes") if "quota_bytes" in item else None)


def _enough(expired: Iterator[Item], needed: Amount) -> list[Item]:
    """Take as many items as are needed, and at most those of one transaction."""
    group: list[Item] = []
    while needed and len(group) < RELEASES_AT_ONCE and (item := next(expired, None)):
        group.append(item)
        needed = needed.without(_held_by([item]))
    return group


def held_by_upload(reserved: int) -> Amount:
    """Return what a pending session with so many bytes holds of the usage."""
    return Amount(used=reserved, reserved=reserved, uploads=1)


def _held_by(items: Iterable[Item]) -> Amount:
    """Sum up what files and pending uploads hold."""
    return sum(
        (
            Amount(used=number(item, "bytes"), files=1)
            if is_file(item)
            else held_by_upload(number(item, "bytes"))
            for item in items
        ),
        Amount(),
    )


def is_file(item: Item) -> bool:
    """Tell files from uploads."""
    return text(item, "id").startswith(ids.FILE)


def moved(table: Table, owner: str, change: Amount, *, removed_at: int | None = None) -> Step:
    """Make the step that changes the usage, up or down.

    With `removed_at`, when what this gives back has gone, it may be refused with SettledSince.
    """
    values, texts = _adding(change)
    if removed_at is None:
        return table.update(owner, USAGE, never_refused, **expressions(values, **texts))
    values["removed_at"] = n(removed_at)
    texts["ConditionExpression"] = WENT_SINCE_SETTLED
    return table.update(owner, USAGE, lambda _: SettledSince(), **expressions(values, **texts))


def taken(table: Table, owner: str, needed: Amount, allowed: Allowance) -> Step:
    """Make the step that takes from what an owner is allowed; refused, it is QuotaExceeded."""
    values, texts = _adding(needed)
    conditions = [HAS_ROOM]
    values["room"] = n(allowed.bytes + allowed.tolerance - needed.used)
    if files := max(needed.files, needed.uploads):  # each upload becomes a file
        conditions.append(HAS_FEW_FILES)
        values["most_files"] = n(allowed.files + 1 - files)
    if needed.uploads:
        conditions.append(HAS_FEW_UPLOADS)
        values["most_uploads"] = n(allowed.uploads + 1 - needed.uploads)
    texts["ConditionExpression"] = " AND ".join(conditions)
    return table.update(
        owner,
        USAGE,
        lambda item: allowed.refusal(usage_of(owner, item or {}).held, needed),
        **expressions(values, **texts),
    )


def _adding(change: Amount) -> tuple[dict[str, Any], dict[str, str]]:
    """Write the values and texts of an update that adds to the usage."""
    values = {name: n(value) for name, value in zip(ATTRIBUTES, astuple(change), strict=True)}
    return values, {"UpdateExpression": "ADD " + ", ".join(f"#{name} :{name}" for name in values)}

"""Each owner's usage, and what gives bytes back exactly once."""

from collections.abc import Iterator
from dataclasses import dataclass

from lambdas.core import ids
from lambdas.core.damage import log_damage
from lambdas.core.errors import Damaged, QuotaExceeded
from lambdas.core.quota import Usage
from lambdas.core.reaping import Gone
from lambdas.core.upload import PENDING
from lambdas.stores.catalog.reading import USAGE, number, usage_of, whole
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

HAS_ROOM = "attribute_not_exists(#used_bytes) OR #used_bytes <= :room"
HAS_EXPIRED = "attribute_exists(#id) AND #expires_at <= :now"
# A cancel that came in the session's last moment gives its bytes back too, perhaps just now.
HOLDS_BYTES = "(attribute_not_exists(#status) OR #status = :pending)"
IS_FIRST_RELEASE = "attribute_not_exists(#id)"
# `larder admin check --repair` sets a usage to the sum of what is there, and says when. What went
# before is not in that sum, though its record may come later.
WENT_SINCE_SETTLED = "attribute_not_exists(#settled_at) OR #settled_at < :removed_at"

# The stream keeps a record for a day and delivers it again until it is taken; a marker outlives
# that by far. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html
MARKER_SECONDS = 7 * 86_400

# A transaction takes at most 100 writes: two for each release and one for the usage.
RELEASES_AT_ONCE = 40


class ReleasedBefore(Exception):
    """The bytes of this id were given back before, by whoever came first."""


class SettledSince(Exception):
    """The usage was set to the sum of what is there, in which this id was no more."""


@dataclass(frozen=True, slots=True)
class UsageItems:
    """The usage items of the catalog."""

    table: Table

    def usage(self, owner: str) -> Usage:
        """Return the owner's usage as last committed; all zero for an owner never seen.

        Raises Damaged when it cannot be read.
        """
        return usage_of(owner, self.table.get(owner, USAGE) or {})

    def expired(self, owner: str, now: float) -> Usage:
        """Sum up what of the usage is expired and not released yet."""
        return _held_by(list(self._expired(owner, now)))

    def release_expired(self, owner: str, needed: int, now: float) -> int:
        """Remove what has expired until that gave so many bytes back, and return how many."""
        expired = self._expired(owner, now)
        given = 0
        while given < needed and (group := _enough(expired, needed - given)):
            given += self._release(owner, group, now)
        return given

    def _expired(self, owner: str, now: float) -> Iterator[Item]:
        """Yield expired files and pending uploads; completed uploads hold no bytes.

        One whose bytes cannot be read is left out and logged: nobody knows what to give back.
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

    def _release(self, owner: str, group: list[Item], now: float) -> int:
        """Release what is still there of a group that others may be releasing too."""
        while group:
            try:
                return self._release_all(owner, group, now)
            except ReleasedBefore:
                there = {text(item, "id") for item in self._expired(owner, now)}
                left = [item for item in group if text(item, "id") in there]
                # None gone, one item alone: it has a marker and must not give its bytes twice.
                if len(left) == len(group) == 1:
                    return 0
                if len(left) == len(group):
                    return sum(self._release(owner, [item], now) for item in group)
                group = left
        return 0

    def _release_all(self, owner: str, items: list[Item], now: float) -> int:
        """Remove expired items in one transaction; the stream then tells the reaper of each."""
        steps = []
        for item in items:
            identifier = text(item, "id")
            steps += [
                self.table.delete(
                    owner,
                    identifier,
                    lambda _: ReleasedBefore(),
                    **expressions(
                        {"now": n(now), "pending": s(PENDING)},
                        ConditionExpression=f"{HAS_EXPIRED} AND {HOLDS_BYTES}",
                    ),
                ),
                released(self.table, owner, identifier, now),
            ]
        held = _held_by(items)
        self.table.transact(*steps, given_back(self.table, owner, held))
        return held.used

    def release_once(self, gone: Gone, now: float) -> None:
        """Give back the bytes of what is gone, unless they were given back before."""
        size = gone.bytes or 0
        held = Usage(used=size, files=1)
        if gone.upload is not None:
            held = Usage(used=size, reserved=size)
        marker = released(self.table, gone.owner, gone.id, now)
        back = given_back(self.table, gone.owner, held, removed_at=gone.removed_at)
        try:
            try:
                self.table.transact(marker, back)
            except (SettledSince, Damaged):
                # A damaged usage will be set to the sum of what is there, and this is no more.
                self.table.transact(marker)
        except ReleasedBefore:
            return


def _enough(expired: Iterator[Item], needed: int) -> list[Item]:
    """Take so many items as hold the bytes needed, and not more than go at once."""
    group: list[Item] = []
    while needed > 0 and len(group) < RELEASES_AT_ONCE and (item := next(expired, None)):
        group.append(item)
        needed -= number(item, "bytes")
    return group


def _held_by(items: list[Item]) -> Usage:
    """Sum up the bytes that files and pending uploads hold."""
    stored = [number(item, "bytes") for item in items if is_file(item)]
    reserved = sum(number(item, "bytes") for item in items if not is_file(item))
    return Usage(used=sum(stored) + reserved, reserved=reserved, files=len(stored))


def is_file(item: Item) -> bool:
    """Tell files from uploads."""
    return text(item, "id").startswith(ids.FILE)


def moved(
    table: Table,
    owner: str,
    *,
    stored: int = 0,
    reserved: int = 0,
    files: int = 0,
    room: int | None = None,
    removed_at: int | None = None,
) -> Step:
    """Make the step that changes the usage by so many bytes and files, up or down.

    With `room`, the most that may be in use before, it is refused with QuotaExceeded; with
    `removed_at`, when what this gives back has gone, it may be refused with SettledSince.
    """
    values = {
        "used": n(stored + reserved),
        "reserved": n(reserved),
        "files": n(files),
    }
    change = "ADD #used_bytes :used, #reserved_bytes :reserved, #files :files"
    if removed_at is not None:
        return table.update(
            owner,
            USAGE,
            lambda _: SettledSince(),
            **expressions(
                {**values, "removed_at": n(removed_at)},
                UpdateExpression=change,
                ConditionExpression=WENT_SINCE_SETTLED,
            ),
        )
    if room is None:
        return table.update(
            owner, USAGE, never_refused, **expressions(values, UpdateExpression=change)
        )
    needed = stored + reserved

    def refused(item: Item | None) -> Exception:
        used = usage_of(owner, item or {}).used
        return QuotaExceeded(used=used, quota=room + needed, needed=needed)

    return table.update(
        owner,
        USAGE,
        refused,
        **expressions(
            {**values, "room": n(room)}, UpdateExpression=change, ConditionExpression=HAS_ROOM
        ),
    )


def given_back(table: Table, owner: str, held: Usage, removed_at: int | None = None) -> Step:
    """Make the step that takes from the usage what something gone held of it."""
    return moved(
        table,
        owner,
        stored=held.reserved - held.used,
        reserved=-held.reserved,
        files=-held.files,
        removed_at=removed_at,
    )


def released(table: Table, owner: str, identifier: str, now: float) -> Step:
    """Make the step that marks an id's bytes as given back; refused, it raises ReleasedBefore."""
    return table.put(
        {
            **table.key(owner, f"released#{identifier}"),
            "expires_at": n(now + MARKER_SECONDS),
        },
        lambda _: ReleasedBefore(),
        **expressions({}, ConditionExpression=IS_FIRST_RELEASE),
    )

"""The moments of the command on a user's machine, by its own clock."""

import os
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from larder.cli import comparing, tables
from larder.cli.output import FILE_COLUMNS
from larder.cli.selection import Selection
from larder.transfer import sessions
from tests.moments.moment import BEGINNING, DAY, HOUR, Moment, Scene, Seen

SELECTED = "larder/cli/selection.py: file['created_at'] < now - self.older_than"
RED = "larder/cli/tables.py: value <= now"
YELLOW = "larder/cli/tables.py: value - now < _SOON_SECONDS"
LASTS = "larder/cli/comparing.py: file['expires_at'] > end"
KEPT = "larder/transfer/sessions.py: path.stat().st_mtime < time.time() - _KEPT_SECONDS"

FILE: Any = {
    "id": "file-1",
    "object": "file",
    "bytes": 5,
    "created_at": BEGINNING,
    "expires_at": BEGINNING + 3 * DAY,
    "filename": "a",
    "purpose": "batch",
    "status": "processed",
}
[EXPIRY] = [column for column in FILE_COLUMNS if column.kind == "expiry"]


def selected(scene: Scene) -> Seen:
    return BEGINNING + HOUR, lambda: Selection(older_than=HOUR).takes(FILE, scene.now)


def coloured(scene: Scene) -> Seen:
    return FILE["expires_at"], lambda: tables._color(EXPIRY, FILE["expires_at"], scene.now)


def coloured_soon(scene: Scene) -> Seen:
    return FILE["expires_at"] - DAY, lambda: tables._color(EXPIRY, FILE["expires_at"], scene.now)


def in_words(scene: Scene) -> Seen:
    return FILE["expires_at"], lambda: tables.until(FILE["expires_at"], scene.now)


def sent_again(scene: Scene) -> Seen:
    """Does a file that is stored last for another hour, so that it need not be sent again?"""
    scene.tells(comparing)
    return FILE["expires_at"] - HOUR, lambda: comparing.lasting([FILE], HOUR) == [FILE]


def remembered(scene: Scene) -> Seen:
    """Is an upload's file, by which it would be resumed, kept when another is saved?"""
    scene.tells(sessions)
    folder = Path(scene.stack.enter_context(TemporaryDirectory()))
    old = folder / "old.json"
    old.touch()
    os.utime(old, (BEGINNING, BEGINNING))

    def look() -> bool:
        sessions.Session(folder / "new.json").save("upload_1")
        return old.exists()

    return BEGINNING + 2 * DAY, look


COMMANDS = (
    Moment("when a file is older than an hour", selected, (False, False, True), (SELECTED,)),
    Moment("a file's end, in colour", coloured, ("yellow", "red", "red"), (RED,)),
    Moment("a day before a file's end, in colour", coloured_soon, ("", "", "yellow"), (YELLOW,)),
    Moment("a file's end, in words", in_words, ("in 1 min", "expired", "expired")),
    Moment("an hour before a file's end, for a sync", sent_again, (True, False, False), (LASTS,)),
    Moment("when an upload is not resumed any more", remembered, (True, True, False), (KEPT,)),
)

"""Saves the emulator's state as it changes; ministack itself saves it only when it is stopped.

Table changes and stream records are written to a journal before the answer. Everything else changes
only by deployments, and is saved when one has succeeded, so that a killed or failed one leaves no
trace. ministack writes objects to disk at once; a restart removes those that the saved state lacks.
"""

import contextlib
import json
import os
import shutil
import sys
from collections.abc import Callable, MutableMapping
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import parse_qs

import ministack.app
from ministack.core import persistence
from ministack.services import dynamodb, lambda_svc, s3

from infra.local.asgi import Message, Receive, Send
from infra.local.errors import LOST
from infra.local.journal import Generations
from infra.local.multipart import Multipart

_STREAMS = "streams.json"
_MOST_JOURNAL_BYTES = 64 * 2**20  # read in about a second


class Durable:
    """Keeps the state of this process's emulator; made before it starts.

    Args:
        folder: Where generations are kept.
        multipart: Where parts of unfinished multipart uploads are kept.
    """

    def __init__(self, folder: Path, multipart: Path) -> None:
        self._generations = Generations(folder)
        self._multipart = Multipart(multipart)
        self._changes: list[list[Any]] = []
        self._deploying = False
        self._code: set[str] = set()
        self._prune_code = lambda_svc._prune_orphan_code_blobs
        persistence.STATE_DIR = str(self._generations.path)

    def install(self) -> None:
        """Replace ministack's own saving and restoring."""
        lambda_svc._prune_orphan_code_blobs = self._remember_code
        s3._atomic_write = _or_end(s3._atomic_write)
        s3._persist_object = _with_folder(s3._persist_object)
        restore = ministack.app._load_persisted_state
        ministack.app._load_persisted_state = lambda: self._restore(restore)
        ministack.app.save_all = self._save_at_the_end
        answer = ministack.app.app

        async def app(scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
            if scope["type"] != "http":
                await answer(scope, receive, send)
            elif scope["path"] in ("/_larder/deploying", "/_larder/deployed"):
                await self._deploy(scope["path"] == "/_larder/deploying", send)
            else:
                await answer(scope, receive, self._keeping(scope, send))

        ministack.app.app = app

    def _keeping(self, scope: MutableMapping[str, Any], send: Send) -> Send:
        """Save before answering. Handlers do not yield, so each one's changes are saved at once."""

        async def keep_and_send(message: Message) -> None:
            if message["type"] == "http.response.start":
                _or_end(self._keep)(scope)
            await send(message)

        return keep_and_send

    def _keep(self, scope: MutableMapping[str, Any]) -> None:
        query = parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        if "uploads" in query or "uploadId" in query:
            [changed] = query.get("uploadId", [""])[-1:]
            self._multipart.keep(s3._multipart_uploads._data, changed)
        changes, self._changes = self._changes, []
        if changes:
            self._generations.append(changes)
            if self._generations.size > _MOST_JOURNAL_BYTES and not self._deploying:
                with contextlib.suppress(OSError):  # the journal can be continued
                    self._save()

    async def _deploy(self, begins: bool, send: Send) -> None:
        """Note that a deployment begins, or has succeeded."""
        self._deploying = begins
        if not begins:
            _or_end(self._save)()
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    def _save_at_the_end(self, _services: object) -> None:
        if not self._deploying:  # otherwise the last generation and its journal stay
            self._save()

    def _save(self) -> None:
        self._generations.replace(self._write)
        self._changes = []
        self._prune_code(self._code)

    def _write(self, folder: Path) -> None:
        self._code = set()
        for name, get_state in ministack.app._build_persistence_save_dict().items():
            if (state := _at_rest(get_state)) is not None:
                saved = {
                    "__ministack_format__": persistence._state_format_version(name),
                    "payload": state,
                }
                text = json.dumps(saved, default=persistence._json_default)
                (folder / f"{name}.json").write_text(text)
        (folder / _STREAMS).write_text(json.dumps(_unread_records()))

    def _remember_code(self, referenced: set[str]) -> None:
        """Keep the last generation's code until the next generation is complete."""
        self._code |= referenced

    def _restore(self, restore: Callable[[], None]) -> None:
        restore()
        tables = {table["TableArn"]: table for table in dynamodb._tables.all_values()}
        streams = self._generations.path / _STREAMS
        records = json.loads(streams.read_text()) if streams.exists() else []
        for kind, *entry in self._generations.read():
            if kind == "record":
                records += entry
            elif table := tables.get(entry[0]):
                change = dynamodb._set_item if kind == "put" else dynamodb._remove_item
                change(table, *entry[1:])
        for record in records:
            _append_record(record)
        _remove_unsaved_buckets()
        self._multipart.restore(s3._multipart_uploads._data, s3._buckets._data)
        self._watch()

    def _watch(self) -> None:
        put, remove = dynamodb._set_item, dynamodb._remove_item
        build = dynamodb._build_change_record

        def set_item(table: dict[str, Any], pk: str, sk: str, item: dict[str, Any]) -> Any:
            self._changes.append(["put", table["TableArn"], pk, sk, item])
            return put(table, pk, sk, item)

        def remove_item(table: dict[str, Any], pk: str, sk: str) -> Any:
            self._changes.append(["remove", table["TableArn"], pk, sk])
            return remove(table, pk, sk)

        def build_change_record(*arguments: Any) -> Any:
            record = build(*arguments)
            self._changes.append(["record", record])
            return record

        dynamodb._set_item = set_item
        dynamodb._remove_item = remove_item
        dynamodb._build_change_record = build_change_record


def _at_rest(get_state: Callable[[], Any]) -> Any:
    """Return a service's state, copied again if a thread changes it meanwhile."""
    for _ in range(10):
        with contextlib.suppress(RuntimeError):
            return get_state()
    return get_state()


def _with_folder(persist: Callable[..., None]) -> Callable[..., None]:
    """Make the folder first: ministack would only log a failure, and answer success."""

    def make_and_persist(bucket: str, key: str, stored: Any) -> None:
        if path := s3._object_disk_path(bucket, key):
            _or_end(os.makedirs)(Path(path).parent, mode=0o700, exist_ok=True)
        persist(bucket, key, stored)

    return make_and_persist


def _unread_records() -> list[Any]:
    """The stream records that some reader has not read yet."""
    unread: dict[str, Any] = {}
    positions = dict(lambda_svc._dynamodb_stream_positions.all_items())
    for (account, region, esm_id), esm in lambda_svc._esms.all_items():
        where = {"account_id": account, "region": region}
        table = esm["EventSourceArn"].split("/stream/")[0].rpartition("/")[2]
        position = positions.get((account, region, esm_id), 0)
        records = dynamodb.stream_records_since(table, position, sys.maxsize, **where)
        unread.update((record["eventID"], record) for record in records)
    return list(unread.values())


def _append_record(record: dict[str, Any]) -> None:
    _, _, _, region, account, resource = record["eventSourceARN"].split(":", 5)
    scope = account, region, resource.split("/")[1]
    records = dynamodb._stream_records.get_scoped(*scope)
    if records is None:
        records = []
        dynamodb._stream_records.set_scoped(*scope, records)
    records.append(record)


def _remove_unsaved_buckets() -> None:
    """Remove buckets of a failed deployment, whose objects are on disk already."""
    saved = persistence.load_state("s3") or {}
    known = saved["buckets_meta"]._data if saved else {}
    for account, bucket in set(s3._buckets._data) - set(known):
        del s3._buckets._data[account, bucket]
        shutil.rmtree(Path(s3.DATA_DIR) / account / bucket, ignore_errors=True)


def _or_end(keep: Callable[..., Any]) -> Callable[..., Any]:
    """End the emulator when something cannot be saved: it must not be answered."""

    def keep_or_end(*arguments: Any, **options: Any) -> Any:
        try:
            return keep(*arguments, **options)
        except OSError as error:
            _end(error)

    return keep_or_end


def _end(error: OSError) -> NoReturn:
    print(f"nothing more can be kept: {error.strerror}", file=sys.stderr, flush=True)
    os._exit(LOST)

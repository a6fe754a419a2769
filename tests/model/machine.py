"""The deployed functions, driven by hypothesis, beside a plain model of what they should do."""

import hashlib
import random
import sys
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from typing import Any

import httpx2
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from lambdas.core.ids import FILE, UPLOAD
from lambdas.core.large_files import MIME_TYPE, SPARE_SECONDS
from tests.bed.bed import made_bed
from tests.bed.faults import FAULTS, Strike
from tests.bed.front_door import ClientVanished, as_sent
from tests.bed.holdings import Holdings
from tests.bed.invariants import leftovers, pass_lifecycle, violations
from tests.bed.lagging import lagging
from tests.bed.stream import Record
from tests.bed.uploader import Uploader
from tests.model.expected import By, ExpectedState, ModelFile, ModelUpload

# Long past, so that the reaper's markers, whose end is by the real clock, stay throughout.
BEGINNING = 1_700_000_000
MIB = 2**20
HOUR = 3600
DAY = 86_400
LONGEST_LIFE = 30 * DAY
RECORD_SECONDS = DAY
"""How long the stream keeps a record and may tell it again."""

STEPS = 40
"""The most in one run."""

QUOTA = 4 * MIB
ONE_PART = 4 * MIB
"""How far the parts that come through the API may go beyond it."""

SIZES = st.sampled_from([0, 1, 1000, 300_000, MIB, 3 * MIB // 2])
UPLOAD_SIZES = st.sampled_from([1, 1000, MIB, MIB + 1, 2 * MIB + 7])
LARGE = st.sampled_from([MIB, 3 * MIB // 2])
PIECE = 400_000
"""What the front door sends to S3 at once."""

FORMS = st.sampled_from(["to the gateway", "content last", "content first", "without a length"])
LIVES = st.sampled_from([3600, 3601, DAY, DAY + 1, 7 * DAY, LONGEST_LIFE])
OWNERS = ("alice", "bob")
BY = st.sampled_from([(owner, service) for owner in OWNERS for service in (False, False, True)])
"""Who asks: an owner, or the batch system acting for one."""

KEYS = st.sampled_from([None, None, "a", "b"])
PARTS = st.sampled_from([(0.0, 1.0), (0.0, 0.5), (0.5, 1.0), (0.0, 0.0)])
CHOICES = st.sampled_from(
    ["presigned", "staged", "as before"] * 3
    + ["presigned, backwards", "staged, backwards", "staged, all", "both", "one twice", "none"]
)


DIES = next(fault for fault in FAULTS if fault.name == "kills the function")


@dataclass
class Tally:
    """How much was tried."""

    runs: int = 0
    steps: int = 0


class Larder(RuleBasedStateMachine):
    """Two owners and a service that acts for them; every answer is what the model says."""

    files: Bundle[str] = Bundle("files")
    uploads: Bundle[str] = Bundle("uploads")
    tally = Tally()

    def __init__(self) -> None:
        super().__init__()
        self.tally.runs += 1
        self.expected = ExpectedState()
        self.waiting: list[tuple[float, Record]] = []
        self.told: list[tuple[float, Record]] = []
        self.answered: dict[tuple[By, str, str], tuple[float, object, Any]] = {}
        self.made = 0
        self._exit = ExitStack()
        self._exit.enter_context(lagging())
        self.bed = self._exit.enter_context(made_bed(BEGINNING))
        self._exit.enter_context(self.bed.front_door.with_settings(part_bytes=PIECE))
        self.people: dict[By, Uploader] = {}
        self.at_the_door: dict[By, Uploader] = {}
        for owner in OWNERS:
            self.people[owner, False] = Uploader(self.bed, owner)
            self.people[owner, True] = Uploader(self.bed, "batch-system", acting_for=owner)
            door = self.bed.through("front_door")
            self.at_the_door[owner, False] = Uploader(door, owner)
            self.at_the_door[owner, True] = Uploader(door, "batch-system", acting_for=owner)
            self.bed.set_quota(owner, QUOTA)

    @property
    def now(self) -> float:
        """The time of the next request."""
        return self.bed.clock.now

    # --- files ---

    @rule(target=files, by=BY, size=SIZES, seconds=LIVES, key=KEYS, form=FORMS)
    def create(self, by: By, size: int, seconds: int, key: str | None, form: str) -> Any:
        content = self._content(size) if key is None else bytes(size)
        now, purpose = self.now, purpose_of(by)
        people = self.people if form == "to the gateway" else self.at_the_door
        answer = people[by].http.send(self._creation(by, content, seconds, key, form))

        def made(told: Any) -> Any:
            assert told["bytes"] == size
            # Through the front door its life begins when all of it is there.
            assert int(now) + seconds <= told["expires_at"] <= int(self.now) + seconds
            file = ModelFile(by[0], told["id"], content, purpose, told["expires_at"])
            self.expected.files[file.id] = file
            return file.id

        fits = {self.expected.used(by[0], at) + size <= QUOTA for at in (now, self.now)}
        body = (content, seconds, purpose)
        allowed = {200 if each else 403 for each in fits}
        return self._once((by, "create", key), body, answer, allowed, made, now)

    @rule(by=BY, size=LARGE, form=FORMS, share=st.floats(0, 0.99))
    def vanish(self, by: By, size: int, form: str, share: float) -> None:
        """Send a form to the front door and go away before its end."""
        request = as_sent(self._creation(by, self._content(size), HOUR, None, form))
        with suppress(ClientVanished):
            self.bed.front_door.answer(request, vanishes_at=int(share * len(request.body)))

    @rule(target=uploads, by=BY, size=LARGE, form=FORMS)
    def die(self, by: By, size: int, form: str) -> Any:
        """Have the front door killed when it has stored the first part of a form."""
        content, now, before = self._content(size), self.now, self._sessions(by)
        request = as_sent(self._creation(by, content, DAY, None, form))
        dies = Strike(DIES, 1, "UploadPart")
        with dies.on(self.bed.wire):
            answer = self.bed.front_door.answer(request)
        assert answer.status == (502 if dies.struck else 403), answer.body
        if not dies.struck:
            return multiple()
        [upload_id] = self._sessions(by).keys() - before.keys()
        session = self._sessions(by)[upload_id]
        self.expected.uploads[upload_id] = ModelUpload(
            owner=by[0],
            id=upload_id,
            size=session["bytes"],
            seconds=DAY,
            purpose=purpose_of(by),
            part_size=session["part_size"],
            expires_at=int(now) + HOUR + SPARE_SECONDS,
            lasts_until=int(now) + DAY,
            reserved=session["bytes"],
            numbered={"part_00001": content[:PIECE]},
            by_form=True,
        )
        return upload_id

    @rule(file_id=files, by=BY)
    def delete(self, file_id: str, by: By) -> None:
        file = self.expected.files[file_id]
        owner, service = by
        mine = file.owner == owner and file.alive(self.now)
        answer = self.people[by].http.delete(f"/files/{file_id}")
        assert answer.status_code == (403 if service else 200 if mine else 404), answer.text
        file.deleted = file.deleted or answer.status_code == 200

    @rule(file_id=files, by=BY, at_the_door=st.booleans())
    def read(self, file_id: str, by: By, *, at_the_door: bool) -> None:
        file = self.expected.files[file_id]
        alive = file.alive(self.now)
        http = (self.at_the_door if at_the_door else self.people)[by].http
        answers = [http.get(f"/files/{file_id}{part}") for part in ("", "/content")]
        if alive != file.alive(self.now):
            return  # it ended meanwhile
        statuses = [answer.status_code for answer in answers]
        assert statuses == ([200, 200] if alive and file.owner == by[0] else [404, 404])
        if statuses[0] == 200:
            assert answers[1].content == file.content

    @rule(
        by=BY,
        limit=st.integers(1, 3),
        order=st.sampled_from(["asc", "desc"]),
        purpose=st.sampled_from([None, "batch", "batch-output", "fine-tune"]),
    )
    def list_files(self, by: By, limit: int, order: str, purpose: str | None) -> None:
        query = {"limit": limit, "order": order} | ({} if purpose is None else {"purpose": purpose})
        before = self.expected.files_of(by[0], self.now, purpose)
        found = [file["id"] for file in self._pages(by, "/files", **query)]
        if before == self.expected.files_of(by[0], self.now, purpose):  # else one ended meanwhile
            wanted = [file.id for file in before]
            assert found == (wanted if order == "asc" else wanted[::-1])

    @rule(by=BY, after=files)
    def list_behind(self, by: By, after: str) -> None:
        wanted = [file.id for file in self.expected.files_of(by[0], self.now) if file.id > after]
        page = self.people[by].http.get(f"/files?order=asc&after={after}").json()
        assert [file["id"] for file in page["data"]] == wanted

    @rule(by=BY)
    def ask_for_the_usage(self, by: By) -> None:
        now = self.now
        assert self.people[by].usage() == self.expected.usage(by[0], now)

    # --- uploads ---

    @rule(target=uploads, by=BY, size=UPLOAD_SIZES, seconds=LIVES, key=KEYS)
    def begin(self, by: By, size: int, seconds: int, key: str | None) -> Any:
        now, expires_after = self.now, {"anchor": "created_at", "seconds": seconds}
        answer = self.people[by].try_to_begin(
            size, purpose=purpose_of(by), expires_after=expires_after, idempotency_key=key
        )

        def made(told: Any) -> Any:
            assert (told["status"], told["bytes"]) == ("pending", size)
            assert told["expires_at"] == int(now) + HOUR
            self.expected.uploads[told["id"]] = ModelUpload(
                owner=by[0],
                id=told["id"],
                size=size,
                seconds=seconds,
                purpose=purpose_of(by),
                part_size=told["part_size"],
                expires_at=int(now) + HOUR,
                lasts_until=int(now) + DAY,
                reserved=size,
            )
            return told["id"]

        fits = self.expected.used(by[0], now) + size <= QUOTA
        asked = (size, seconds, purpose_of(by))
        return self._once((by, "begin", key), asked, answer, {200} if fits else {403}, made, now)

    @rule(upload_id=uploads, by=BY, part=PARTS)
    def stage(self, upload_id: str, by: By, part: tuple[float, float]) -> None:
        upload, now = self.expected.uploads[upload_id], self.now
        start, stop = (int(share * upload.size) for share in part)
        content = self._content(upload.size)[start:stop]
        more = upload.more_for(len(content))
        fits = not more or self.expected.used(upload.owner, now) + more <= QUOTA + ONE_PART
        when_pending = 200 if fits else 403
        wanted = upload.statuses(
            by, now, when_pending if content and upload.takes_parts(now) else 400
        )
        answer = self.people[by].try_to_stage({"id": upload_id}, content)
        assert answer.status_code in wanted, answer.text
        if answer.status_code == 200:
            upload.stage(answer.json()["id"], content)

    @rule(upload_id=uploads, by=BY)
    def send(self, upload_id: str, by: By) -> None:
        upload, now = self.expected.uploads[upload_id], self.now
        pieces = upload.pieces(self._content(upload.size))
        wanted = upload.statuses(by, now, 200 if upload.takes_parts(now) else 400)
        numbers = list(range(1, len(pieces) + 1))
        answer = self.people[by].try_to_link({"id": upload_id}, numbers)
        assert answer.status_code in wanted, answer.text
        links = answer.json()["data"] if answer.status_code == 200 else []
        if links:
            upload.expires_at = upload.lasts_until
        for link, (part_id, content) in zip(links, pieces.items(), strict=False):
            sent = self.people[by].put(link, content)
            assert sent.status == (200 if upload.joined is None else 404)
            if sent.status == 200:
                upload.send(part_id, content)

    @rule(
        target=files,
        upload_id=uploads,
        by=BY,
        kind=CHOICES,
        md5=st.sampled_from([None, "right", "wrong"]),
        key=KEYS,
    )
    def complete(self, upload_id: str, by: By, kind: str, md5: str | None, key: str | None) -> Any:
        upload, now = self.expected.uploads[upload_id], self.now
        part_ids = upload.choice(kind)
        content = upload.content_of(part_ids)
        told_md5 = md5 and (md5_of(content) if content and md5 == "right" else "0" * 32)
        matches = told_md5 in (None, md5_of(content))
        again = part_ids == upload.completed_with and matches
        can = upload.takes_parts(now) and content is not None and matches
        if is_well_formed(part_ids):
            wanted = upload.statuses(by, now, 200 if can or again else 400)
        else:
            wanted, key = {400}, None
        answer = self.people[by].try_to_complete(
            {"id": upload_id}, part_ids, idempotency_key=key, **({"md5": told_md5} if md5 else {})
        )
        if wanted == {400} and content is not None and upload.takes_parts(now) and part_ids:
            upload.fail_to_match(part_ids, content)

        def made(told: Any) -> Any:
            assert told["status"] == "completed"
            if again:
                assert told["file"]["id"] == (upload.file and upload.file.id)
                return multiple()
            assert content is not None
            file = ModelFile(
                by[0], told["file"]["id"], content, upload.purpose, int(now) + upload.seconds
            )
            assert told["file"]["expires_at"] == file.expires_at
            upload.file = self.expected.files[file.id] = file
            upload.completed_with = part_ids
            assert told["expires_at"] == upload.lasts_until
            return file.id

        slot = (by, f"complete {upload_id}", key)
        if again and not self._is_kept(slot, now):
            slot = (*slot[:2], None)  # what was answered before keeps no key
        return self._once(slot, (part_ids, told_md5), answer, wanted, made, now)

    @rule(upload_id=uploads, by=BY)
    def cancel(self, upload_id: str, by: By) -> None:
        upload, now = self.expected.uploads[upload_id], self.now
        fine = upload.pending(now) or upload.status(now) == "cancelled"
        wanted = upload.statuses(by, now, 200 if fine else 400)
        answer = self.people[by].try_to_cancel({"id": upload_id})
        assert answer.status_code in wanted, answer.text
        upload.cancelled = upload.cancelled or answer.status_code == 200

    @rule(upload_id=uploads, by=BY)
    def show(self, upload_id: str, by: By) -> None:
        upload, now = self.expected.uploads[upload_id], self.now
        wanted = upload.statuses(by, now, 200, writes=False)
        shown = self.people[by].http.get(f"/uploads/{upload_id}")
        assert shown.status_code in wanted, shown.text
        if shown.status_code == 200:
            assert shown.json()["status"] == upload.status(now)
            assert shown.json()["expires_at"] == upload.expires_at

    @rule(upload_id=uploads, by=BY)
    def show_parts(self, upload_id: str, by: By) -> None:
        upload, now = self.expected.uploads[upload_id], self.now
        wanted = upload.statuses(by, now, 200 if upload.pending(now) else 400, writes=False)
        answer = self.people[by].http.get(f"/uploads/{upload_id}/parts")
        assert answer.status_code in wanted, answer.text
        if answer.status_code == 200:
            parts = {part["id"]: part["bytes"] for part in answer.json()["data"]}
            held = {**upload.numbered, **upload.staged}
            assert parts == {part_id: len(content) for part_id, content in held.items()}

    @rule(by=BY, limit=st.integers(1, 3))
    def list_uploads(self, by: By, limit: int) -> None:
        now = self.now
        pages = self._pages(by, "/uploads", limit=limit, order="asc")
        known = self.expected.uploads.keys()
        found = {one["id"] for one in pages if one["id"] in known or one["mime_type"] != MIME_TYPE}
        shown = [
            (upload.id, upload.statuses(by, now, 200, writes=False))
            for upload in self.expected.uploads.values()
        ]
        assert {identifier for identifier, statuses in shown if statuses == {200}} <= found
        assert found <= {identifier for identifier, statuses in shown if 200 in statuses}

    # --- time, TTL, the stream, S3's rules ---

    @rule(seconds=st.sampled_from([1, 60, 3599, 3600, DAY - 1, DAY, 2 * DAY, 8 * DAY]))
    def let_time_pass(self, seconds: int) -> None:
        self._collect()
        kept = self.now + seconds - RECORD_SECONDS
        self._reap([record for since, record in self.waiting if since < kept])
        self.told = [(since, record) for since, record in self.told if since >= kept]
        self.bed.clock.move(seconds=seconds)

    @rule(file_id=files, early=st.sampled_from([0.001, 0]))
    def come_to_the_end_of(self, file_id: str, early: float) -> None:
        missing = self.expected.files[file_id].expires_at - early - self.now
        if missing > 0:
            self.let_time_pass(missing)

    @rule(prefix=st.sampled_from([FILE, UPLOAD, "idempotency#", ""]))
    def let_ttl_come_by(self, prefix: str) -> None:
        which: Callable[[str], bool] = lambda identifier: identifier.startswith(prefix)  # noqa: E731
        for identifier in self.bed.stream.remove_expired(self.now, which):
            self.expected.remove(identifier)

    @rule(chance=st.randoms(use_true_random=False))
    def let_the_stream_tell(self, chance: random.Random) -> None:
        """Tell the reaper some of what was removed, in any order, and some of it again."""
        self._collect()
        batch = [record for _, record in self.waiting if chance.random() < 0.6]
        batch += [record for _, record in self.told if chance.random() < 0.3]
        chance.shuffle(batch)
        self._reap(batch)

    @rule()
    def let_the_rules_of_s3_come_by(self) -> None:
        pass_lifecycle(self.bed)

    # --- what holds all of this together ---

    @invariant()
    def one_more_step(self) -> None:
        self.tally.steps += 1

    def teardown(self) -> None:
        try:
            if sys.exc_info()[0] is None:
                self._agree()
        finally:
            self._exit.close()

    def _agree(self) -> None:
        """Hold what is there against the model: now, with all reaped, and when all has ended."""
        self._collect()
        assert violations(self.bed, [record for _, record in self.waiting]) == []
        for owner in OWNERS:
            self.list_files((owner, False), 2, "asc", None)
            self.list_files((owner, True), 3, "desc", "batch-output")
            self.list_uploads((owner, True), 2)
        for file_id, file in self.expected.files.items():
            self.read(file_id, (file.owner, False), at_the_door=True)
        self._reap([record for _, record in self.waiting])
        assert violations(self.bed) == []
        assert leftovers(self.bed) == []
        for owner in OWNERS:
            self.ask_for_the_usage((owner, False))
        self.let_time_pass(LONGEST_LIFE + DAY)
        self.let_ttl_come_by("")
        self._collect()
        self._reap([record for _, record in self.waiting])
        pass_lifecycle(self.bed)
        holdings = Holdings.of(self.bed)
        assert violations(self.bed) == []
        assert (holdings.objects, holdings.multipart) == ({}, {})
        assert [*holdings.files(), *holdings.uploads()] == []

    def _creation(
        self, by: By, content: bytes, seconds: int, key: str | None, form: str
    ) -> httpx2.Request:
        """Build a form; at the front door its content may come first, and have no length."""
        fields: list[tuple[str, Any]] = [
            ("purpose", (None, purpose_of(by))),
            ("expires_after[seconds]", (None, str(seconds))),
        ]
        parts = [*fields, ("file", ("batch.jsonl", content))]
        request = self.people[by].http.build_request(
            "POST",
            "/files",
            files=parts[::-1] if form == "content first" else parts,
            headers={} if key is None else {"Idempotency-Key": key},
        )
        if form == "without a length":
            del request.headers["Content-Length"]
            request.headers["Transfer-Encoding"] = "chunked"
        return request

    def _sessions(self, by: By) -> dict[str, Any]:
        """Return an owner's pending sessions by their ids."""
        found = self._pages(by, "/uploads", limit=100)
        return {one["id"]: one for one in found if one["status"] == "pending"}

    def _once(
        self,
        slot: tuple[By, str, str | None],
        body: object,
        answer: httpx2.Response,
        wanted: set[int],
        made: Callable[[Any], Any],
        now: float,
    ) -> Any:
        """Hold an answer to what its Idempotency-Key was answered before, or to its own merits."""
        by, operation, key = slot
        if self._is_kept(slot, now):
            _, before, told = self.answered[by, operation, key or ""]
            if before == body:
                assert (answer.status_code, answer.json()) == (200, told)
            else:
                assert answer.json()["error"]["code"] == "idempotency_key_reused"
            return multiple()
        assert answer.status_code in wanted, answer.text
        if answer.status_code != 200:
            return multiple()
        if key is not None:
            self.answered[by, operation, key] = (now, body, answer.json())
        return made(answer.json())

    def _is_kept(self, slot: tuple[By, str, str | None], now: float) -> bool:
        """Tell whether an Idempotency-Key was answered within the last day."""
        by, operation, key = slot
        since, _, _ = self.answered.get((by, operation, key or ""), (-DAY, None, None))
        return key is not None and int(now) < int(since) + DAY

    def _pages(self, by: By, path: str, **query: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        while True:
            after = {"after": found[-1]["id"]} if found else {}
            page = self.people[by].http.get(path, params={**query, **after}).json()
            assert page["data"] or not page["has_more"]
            found += page["data"]
            if not page["has_more"]:
                return found

    def _collect(self) -> None:
        self.waiting += [(self.now, record) for record in self.bed.stream.take()]

    def _reap(self, batch: list[Record]) -> None:
        if batch:
            self.bed.stream.deliver(batch)
        assert self.bed.stream.dead_letters == []
        self.told += [entry for entry in self.waiting if entry[1] in batch]
        self.waiting = [entry for entry in self.waiting if entry[1] not in batch]
        for record in batch:
            self.expected.unreaped.pop(record["dynamodb"]["Keys"]["id"]["S"], None)

    def _content(self, size: int) -> bytes:
        """Make content that no other file or part has."""
        self.made += 1
        return (f"{self.made:04}".encode() * (size // 4 + 1))[:size]


def run_model(tally: Tally, *, runs: int, chance: int) -> None:
    """Run the model so many times; the same `chance` makes the same runs.

    Raises whatever a run found, after hypothesis has looked for the shortest run that finds it.
    """
    run_state_machine_as_test(
        seed(chance)(type("Larder", (Larder,), {"tally": tally})),
        settings=settings(
            max_examples=runs,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )


def purpose_of(by: By) -> str:
    """Return what files that these make are for."""
    return "batch-output" if by[1] else "batch"


def md5_of(content: bytes | None) -> str:
    """Return an MD5 in hexadecimal."""
    return hashlib.md5(content or b"").hexdigest()


def is_well_formed(part_ids: list[str]) -> bool:
    """Tell whether parts may be chosen together, whatever has arrived."""
    kinds = {len(part_id) == len("part_00001") for part_id in part_ids}
    return len(kinds) == 1 and len(set(part_ids)) == len(part_ids)

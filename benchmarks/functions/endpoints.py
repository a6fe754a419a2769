"""The scenes of every function, and of answers and contents of a size."""

import random
from collections.abc import Iterator

from benchmarks.functions.scenes import OWNER, Recorder, Scene, played
from benchmarks.functions.stocking import stock_many
from infra.routes import AUTHORIZE, FUNCTIONS, REAP
from tests.bed.stock import files_of
from tests.bed.uploader import PART, Uploader

FORM_TYPE = "multipart/form-data; boundary=b"


def form(name: str, content: bytes) -> bytes:
    """A form as clients send it, with content as its file or as its part."""
    purpose = b'--b\r\nContent-Disposition: form-data; name="purpose"\r\n\r\nbatch\r\n'
    head = f'--b\r\nContent-Disposition: form-data; name="{name}"; filename="f.jsonl"\r\n'
    head += "Content-Type: application/octet-stream\r\n\r\n"
    return purpose * (name == "file") + head.encode() + content + b"\r\n--b--\r\n"


def every_function() -> list[Scene]:
    """One scene of each function, in the order of `infra.routes`."""
    scenes = {scene.name: scene for scene in played(_every_function)}
    names = [row.name for row in FUNCTIONS]
    return [scenes.pop(name) for name in names] + list(scenes.values())


def _every_function(recorder: Recorder) -> Iterator[Scene]:
    yield (created := recorder.ask("POST /files", form("file", b"{}\n"), content_type=FORM_TYPE))
    file_id = recorder.id_in(created)
    yield recorder.ask("GET /files")
    yield recorder.ask(f"GET /files/{file_id}")
    yield recorder.ask(f"GET /files/{file_id}/content")
    yield recorder.ask(f"HEAD /files/{file_id}/content")
    yield recorder.ask(f"GET /files/{file_id}/url")
    yield recorder.ask("GET /usage")
    yield recorder.ask(f"DELETE /files/{file_id}")
    yield from _uploads(recorder)
    yield recorder.authorize(AUTHORIZE)
    yield recorder.record(REAP, {"Records": _expired(recorder)})
    yield recorder.ask("GET /console")


def _uploads(recorder: Recorder) -> Iterator[Scene]:
    new = {"filename": "f.jsonl", "purpose": "batch", "bytes": 6, "mime_type": "text/plain"}
    yield (begun := recorder.ask("POST /uploads", new))
    path = f"/uploads/{recorder.id_in(begun)}"
    yield recorder.ask("GET /uploads")
    yield recorder.ask(f"GET {path}")
    part = form("data", b"abcdef")
    yield (added := recorder.ask(f"POST {path}/parts", part, content_type=FORM_TYPE))
    yield recorder.ask(f"GET {path}/parts")
    yield recorder.ask(f"POST {path}/complete", {"part_ids": [recorder.id_in(added)]})
    other = Uploader(recorder.bed, OWNER).begin(2 * PART)
    yield recorder.ask(f"POST /uploads/{other['id']}/part_urls", {"part_numbers": [1]})
    yield recorder.ask(f"POST /uploads/{other['id']}/cancel")


def _expired(recorder: Recorder) -> list[dict[str, object]]:
    """The stream's record of a file whose time has come."""
    bed = recorder.bed
    bed.run_stream()  # what was deleted before is no part of it
    bed.stock(files_of(OWNER, 1, since=bed.clock.now, seconds=3600))
    bed.clock.move(seconds=2 * 3600)
    assert bed.run_ttl()
    return bed.stream.take()[-1:]


def retrieve() -> Scene:
    """A file is retrieved."""
    (scene,) = played(lambda recorder: iter([_of_one_file(recorder, "GET /files/{}")]))
    return scene


def _of_one_file(recorder: Recorder, target: str) -> Scene:
    (file_id,) = recorder.bed.stock(files_of(OWNER, 1, since=recorder.bed.clock.now))
    return recorder.ask(target.format(file_id))


def create(size: int) -> Scene:
    """A file of so many bytes is created, which cannot be compressed."""
    (scene,) = played(lambda recorder: iter([_creating(recorder, size)]))
    return scene


def _creating(recorder: Recorder, size: int) -> Scene:
    content = form("file", random.Random(1).randbytes(size))
    return recorder.ask("POST /files", content, content_type=FORM_TYPE)


def listing(files: int, limit: int) -> Scene:
    """So many files of an owner who has `files` are listed."""
    (scene,) = played(lambda recorder: iter([_listing(recorder, files, limit)]))
    return scene


def _listing(recorder: Recorder, files: int, limit: int) -> Scene:
    stock_many(recorder.bed, files_of(OWNER, files, since=recorder.bed.clock.now - files))
    return recorder.ask(f"GET /files?limit={limit}")

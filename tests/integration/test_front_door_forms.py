"""A form cut anywhere, with its fields in any order, makes the file that it makes in one piece."""

import itertools
import time
from collections.abc import Iterator
from dataclasses import dataclass
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.bed.bed import Bed, made_bed
from tests.bed.environment import CONTENT_BUCKET
from tests.bed.front_door import FrontDoor
from tests.bed.gateway import HttpResponse
from tests.bed.proxy_event import HttpRequest
from tests.bed.uploader import Uploader
from tests.bed.ways import heard

BOUNDARY = "bound"
PART = 100


@dataclass(frozen=True)
class Written:
    """A form's parts in the order in which they come."""

    parts: tuple[str, ...]
    content: bytes
    seconds: int

    @property
    def body(self) -> bytes:
        """The form."""
        texts = {
            "purpose": b'name="purpose"\r\n\r\nbatch',
            "life": b'name="expires_after[seconds]"\r\n\r\n' + str(self.seconds).encode(),
            "file": 'name="file"; filename="größe.jsonl"\r\n\r\n'.encode() + self.content,
        }
        line = f"--{BOUNDARY}".encode()
        head = line + b"\r\nContent-Disposition: form-data; "
        return b"".join(head + texts[part] + b"\r\n" for part in self.parts) + line + b"--\r\n"


CONTENT = st.one_of(
    st.binary(max_size=3 * PART),
    st.lists(
        st.sampled_from([b"\r\n--bound", b"\r\n", b"--bound--", b"\r", b"-", b"x" * PART, b"\0"]),
        max_size=12,
    ).map(lambda pieces: b"".join(pieces) + b"."),
).filter(lambda content: f"\r\n--{BOUNDARY}--".encode() not in content)

FORMS = st.builds(
    Written,
    st.one_of(
        st.permutations(["file", "purpose", "life"]), st.permutations(["file", "purpose"])
    ).map(tuple),
    CONTENT,
    st.sampled_from([3_600, 86_401, 2_592_000]),
)


@pytest.fixture(autouse=True)
def parts_of_any_size() -> Iterator[None]:
    with patch("moto.s3.models.S3_UPLOAD_PART_MIN_SIZE", 1):
        yield


def sent(bed: Bed, door: FrontDoor, owner: str, form: Written, **how: object) -> HttpResponse:
    headers = (
        ("Authorization", f"Bearer {bed.api_key(owner)}"),
        ("Content-Type", f"multipart/form-data; boundary={BOUNDARY}"),
    )
    return door.answer(HttpRequest("POST", "/v1/files", headers, form.body), **how)  # type: ignore[arg-type]


def objects_of(bed: Bed, owner: str) -> dict[str, bytes]:
    """What the bucket has of an owner, by the life that its key names."""
    s3 = bed.session.client("s3")
    keys = [key for key in bed.object_keys() if key.split("/")[1] == owner]
    return {
        key.split("/")[0]: s3.get_object(Bucket=CONTENT_BUCKET, Key=key)["Body"].read()
        for key in keys
    }


@settings(max_examples=40, deadline=None)
@given(form=FORMS, chunk=st.integers(1, 2 * PART), sized=st.booleans())
def test_a_form_cut_anywhere_makes_the_same_file(form: Written, chunk: int, *, sized: bool) -> None:
    with made_bed(time.time()) as bed:
        cutting = FrontDoor(bed.clock, part_bytes=PART)
        expected = sent(bed, bed.front_door, "alice", form)
        answer = sent(bed, cutting, "bob", form, chunk=chunk, sized=sized)
        assert heard(answer) == heard(expected)
        # The content may be none that a form can hold, and is refused then, by both.
        if answer.status == 200:
            seconds = form.seconds if "life" in form.parts else 2_592_000
            days = f"expires-in-{-(-seconds // 86_400):02d}d"
            assert objects_of(bed, "bob") == objects_of(bed, "alice") == {days: form.content}
        assert Uploader(bed, "bob").usage() == Uploader(bed, "alice").usage()
        s3 = bed.session.client("s3")
        assert "Uploads" not in s3.list_multipart_uploads(Bucket=CONTENT_BUCKET)


@pytest.mark.parametrize("parts", list(itertools.permutations(["file", "purpose", "life"])))
def test_the_object_lies_where_its_life_has_it(bed: Bed, parts: tuple[str, ...]) -> None:
    """Behind the content another life comes too late for the object's key, so it is copied."""
    form = Written(parts, bytes(5 * PART), 3_600)
    bed.wire.calls.clear()
    door = FrontDoor(bed.clock, part_bytes=PART)
    assert sent(bed, door, "alice", form, chunk=50).status == 200
    assert objects_of(bed, "alice") == {"expires-in-01d": form.content}
    copies = [call.operation for call in bed.wire.calls].count("UploadPartCopy")
    assert copies == (parts.index("life") > parts.index("file"))

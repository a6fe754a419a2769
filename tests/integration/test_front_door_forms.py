"""A form cut anywhere, with its fields in any order, makes the file that it makes in one piece."""

import itertools
import time
from collections.abc import Iterator
from dataclasses import dataclass
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
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
_numbers = itertools.count()


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


@pytest.fixture(scope="module")
def shared_bed() -> Iterator[Bed]:
    with made_bed(time.time()) as bed, patch("moto.s3.models.S3_UPLOAD_PART_MIN_SIZE", 1):
        yield bed


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


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(form=FORMS, chunk=st.integers(1, 2 * PART), sized=st.booleans())
def test_a_form_cut_anywhere_makes_the_same_file(
    shared_bed: Bed, form: Written, chunk: int, *, sized: bool
) -> None:
    number = next(_numbers)
    whole, cut = f"whole-{number}", f"bits-{number}"
    doors = shared_bed.front_door, FrontDoor(shared_bed.clock, part_bytes=PART)
    expected = sent(shared_bed, doors[0], whole, form)
    answer = sent(shared_bed, doors[1], cut, form, chunk=chunk, sized=sized)
    assert heard(answer) == heard(expected)
    # The content may be none that a form can hold, and is refused then, by both.
    if answer.status == 200:
        seconds = form.seconds if "life" in form.parts else 2_592_000
        days = f"expires-in-{-(-seconds // 86_400):02d}d"
        assert objects_of(shared_bed, cut) == objects_of(shared_bed, whole) == {days: form.content}
    assert Uploader(shared_bed, cut).usage() == Uploader(shared_bed, whole).usage()
    assert "Uploads" not in shared_bed.session.client("s3").list_multipart_uploads(
        Bucket=CONTENT_BUCKET
    )


@pytest.mark.parametrize("parts", list(itertools.permutations(["file", "purpose", "life"])))
def test_the_object_lies_where_its_life_has_it(shared_bed: Bed, parts: tuple[str, ...]) -> None:
    """Behind the content another life comes too late for the object's key, so it is copied."""
    owner = f"order-{next(_numbers)}"
    form = Written(parts, bytes(5 * PART), 3_600)
    shared_bed.wire.calls.clear()
    door = FrontDoor(shared_bed.clock, part_bytes=PART)
    assert sent(shared_bed, door, owner, form, chunk=50).status == 200
    assert objects_of(shared_bed, owner) == {"expires-in-01d": form.content}
    copies = [call.operation for call in shared_bed.wire.calls].count("UploadPartCopy")
    assert copies == (parts.index("life") > parts.index("file"))

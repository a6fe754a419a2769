"""Forms of the openai SDKs of other languages make the right file, and the right upload."""

import pytest

from tests.bed.foreign_forms import WRITERS
from tests.bed.uploader import Uploader, content_of

pytestmark = pytest.mark.slow

DAY = 86_400
# More than a text field may have, and bytes that are no text.
CONTENT = b"\xff\r\n--4f2a\r\n" + content_of(20_000)


def send(uploader: Uploader, path: str, form: tuple[str, bytes]) -> dict[str, object]:
    content_type, body = form
    answer = uploader.http.post(path, content=body, headers={"Content-Type": content_type})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


@pytest.mark.parametrize("content", [CONTENT, b"{}\n", b""], ids=["20 KB", "3 bytes", "nothing"])
@pytest.mark.parametrize("sdk", WRITERS)
def test_a_file_is_created(alice_uploads: Uploader, sdk: str, content: bytes) -> None:
    file = send(alice_uploads, "/files", WRITERS[sdk].create_file(content, DAY))
    assert file["expires_at"] == int(str(file["created_at"])) + DAY
    shown = (file["filename"], file["purpose"], file["bytes"])
    assert shown == (WRITERS[sdk].filename, "batch", len(content))
    assert alice_uploads.content(file) == content


@pytest.mark.parametrize("sdk", WRITERS)
def test_an_upload_is_made_of_parts(alice_uploads: Uploader, sdk: str) -> None:
    upload = alice_uploads.begin(len(CONTENT) + 1)
    parts = [
        send(alice_uploads, f"/uploads/{upload['id']}/parts", WRITERS[sdk].add_part(content))
        for content in (b"1", CONTENT)
    ]
    file = alice_uploads.complete(upload, [str(part["id"]) for part in parts])
    assert alice_uploads.content(file) == b"1" + CONTENT

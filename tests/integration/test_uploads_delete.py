"""Deleting a file that came as an upload leaves nothing that shows it."""

import openai
import pytest

from tests.bed.bed import Bed


def test_the_session_goes_with_its_file(bed: Bed, alice: openai.OpenAI) -> None:
    upload = alice.uploads.upload_file_chunked(
        file=b"x" * 100, filename="c", bytes=100, mime_type="text/plain", purpose="batch"
    )
    assert upload.file is not None
    alice.files.delete(upload.file.id)
    with pytest.raises(openai.NotFoundError):
        alice.get(f"/uploads/{upload.id}", cast_to=object)
    bed.run_stream()
    assert bed.object_keys() == []

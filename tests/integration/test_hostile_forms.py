"""Hostile forms at the endpoint: a refusal in the envelope, or a file of exactly what was sent."""

import pytest

from tests.bed.bed import Bed
from tests.bed.hostile_forms import HostileForm, hostile_form
from tests.bed.uploader import Uploader

FORMS = 120
DAY = 86_400


def outcome(uploader: Uploader, form: HostileForm) -> int:
    """Send a form, hold the answer to it, and return its status."""
    answer = uploader.http.post(
        "/files", content=form.body, headers={"Content-Type": form.content_type}
    )
    if answer.status_code != 200:
        assert answer.status_code in (400, 413)
        assert not form.is_good
        error = answer.json()["error"]
        assert set(error) == {"message", "type", "param", "code"}
        assert error["type"] == "invalid_request_error"
        return answer.status_code
    file, sent = answer.json(), dict(form.sent)
    content = uploader.content(file)
    assert content in (form.parts or [])
    assert file["bytes"] == len(content)
    if form.is_good:
        assert content == sent["file"]
        life = file["expires_at"] - file["created_at"]
        assert life == (DAY if "expires_after[seconds]" in sent else 30 * DAY)
    return 200


@pytest.mark.parametrize("first", range(0, FORMS, FORMS // 4))
def test_each_is_a_refusal_or_a_file_of_what_was_sent(
    bed: Bed, alice_uploads: Uploader, first: int
) -> None:
    forms = [hostile_form(seed) for seed in range(first, first + FORMS // 4)]
    statuses = [outcome(alice_uploads, form) for form in forms]
    assert {200, 400} <= set(statuses)
    assert len(bed.object_keys()) == len(alice_uploads.files()) == statuses.count(200)

"""Every refusal of the files' endpoints, in the exact envelope."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx2
import openai
import pytest

from tests.bed.bed import Bed

MIB = 2**20
UNKNOWN = "file-" + "0" * 26
FILE = ("batch.jsonl", b"{}\n")

# As curl sends it; the SDK's library percent-encodes control characters.
RAW_FORM = (
    b'--b\r\nContent-Disposition: form-data; name="purpose"\r\n\r\nbatch\r\n'
    b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.jsonl"\r\n\r\n{}\r\n--b--\r\n'
)

Ask = Callable[[httpx2.Client], httpx2.Response]


@dataclass(frozen=True)
class Refusal:
    """What an answer must be; `words` are in its message."""

    param: str | None
    words: tuple[str, ...]
    status: int = 400
    type: str = "invalid_request_error"
    code: str | None = None


def assert_refused(answer: httpx2.Response, expected: Refusal) -> None:
    assert answer.status_code == expected.status
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-request-id"]
    assert list(answer.json()) == ["error"]
    error = answer.json()["error"]
    assert error == {
        "message": error["message"],
        "type": expected.type,
        "param": expected.param,
        "code": expected.code,
    }
    for word in expected.words:
        assert word in error["message"]


def form(purpose: str = "batch", file: Any = FILE, **fields: str) -> Ask:
    """Create a file with these fields."""
    return lambda http: http.post(
        "/files", data={"purpose": purpose, **fields}, files={"file": file}
    )


def body(content: bytes, content_type: str) -> Ask:
    """Create a file with this body."""
    return lambda http: http.post("/files", content=content, headers={"content-type": content_type})


def listing(**params: Any) -> Ask:
    return lambda http: http.get("/files", params=params)


def expiring(seconds: object, anchor: str = "created_at") -> Ask:
    brackets = {"expires_after[anchor]": anchor, "expires_after[seconds]": str(seconds)}
    return form("batch", FILE, **brackets)


def not_found(file_id: str) -> Refusal:
    message = f"No such File object: {file_id} (not found, deleted or expired)"
    return Refusal("file_id", (message,), status=404)


CASES: Mapping[str, tuple[Ask, Refusal]] = {
    "no purpose": (
        lambda http: http.post("/files", files={"file": FILE}),
        Refusal("purpose", ("Missing", "'purpose'")),
    ),
    "no file": (
        lambda http: http.post("/files", files={"purpose": (None, "batch")}),
        Refusal("file", ("Missing", "'file'")),
    ),
    "a file without a filename": (
        lambda http: http.post("/files", files={"purpose": (None, "batch"), "file": (None, b"x")}),
        Refusal("file", ("with a filename or a Content-Type", "curl -F file=@PATH")),
    ),
    "an unknown purpose": (
        form("assistants"),
        Refusal("purpose", ("Invalid 'purpose'", "Allowed: 'batch'")),
    ),
    "a purpose not yet supported": (
        form("fine-tune"),
        Refusal("purpose", ("'fine-tune' is not supported yet", "Allowed: 'batch'")),
    ),
    "a purpose of the batch system, as OpenAI spells it": (
        form("batch_output"),
        Refusal(
            "purpose",
            ("'service'", "'batch-output'"),
            status=403,
            type="permission_error",
            code="permission_denied",
        ),
    ),
    "a purpose of the batch system": (
        form("batch-output"),
        Refusal(
            "purpose",
            ("'service'", "'batch-output'"),
            status=403,
            type="permission_error",
            code="permission_denied",
        ),
    ),
    "another anchor": (
        expiring(3600, anchor="last_active_at"),
        Refusal("expires_after[anchor]", ("'created_at'",)),
    ),
    "too short a life": (
        expiring(3599),
        Refusal("expires_after[seconds]", ("3600 to 2592000",)),
    ),
    "too long a life": (
        expiring(2_592_001),
        Refusal("expires_after[seconds]", ("3600 to 2592000",)),
    ),
    "a life that is no number": (
        expiring("a week"),
        Refusal("expires_after[seconds]", ("an integer from 3600 to 2592000",)),
    ),
    "a life that is no object": (
        form(expires_after="7200"),
        Refusal("expires_after", ("object", "'anchor'", "'seconds'")),
    ),
    "a life in broken JSON": (
        form(expires_after='{"seconds": '),
        Refusal("expires_after", ("JSON",)),
    ),
    "a life with an unknown key": (
        form(expires_after=json.dumps({"minutes": 60})),
        Refusal("expires_after", ("minutes", "'anchor', 'seconds'")),
    ),
    "a filename with a control character": (
        body(RAW_FORM.replace(b"a.jsonl", b"a\x07b"), "multipart/form-data; boundary=b"),
        Refusal("file", ("U+0007",)),
    ),
    "a filename that is too long": (
        form(file=("a" * 256, b"x")),
        Refusal("file", ("256 bytes", "at most 255")),
    ),
    "a folder": (form(file=("folder/", b"x")), Refusal("file", ("filename",))),
    "no form": (body(b"{}", "application/json"), Refusal(None, ("multipart/form-data",))),
    "an empty body": (
        body(b"", "multipart/form-data; boundary=b"),
        Refusal(None, ("boundary",)),
    ),
    "a form without its boundary": (
        body(b"--b--", "multipart/form-data"),
        Refusal(None, ("boundary",)),
    ),
    "a form cut short": (
        body(b"--b\r\n", "multipart/form-data; boundary=b"),
        Refusal(None, ("form",)),
    ),
    "content over the inline limit": (
        form(file=("a", bytes(4 * MIB + 1))),
        Refusal(
            "file",
            (
                "4194305 bytes",
                "4 MiB (4194304 bytes)",
                "client.uploads.upload_file_chunked",
                "`larder upload`",
                "larder.http_client()",
                "POST /uploads/{upload_id}/cancel, client.uploads.cancel(upload_id)",
            ),
            status=413,
            code="content_too_large",
        ),
    ),
    "a limit of none": (listing(limit=0), Refusal("limit", ("1 to 10000",))),
    "too large a limit": (listing(limit=10_001), Refusal("limit", ("1 to 10000",))),
    "a limit that is no number": (listing(limit="all"), Refusal("limit", ("1 to 10000",))),
    "another order": (listing(order="up"), Refusal("order", ("'asc', 'desc'",))),
    "an after that is no id": (listing(after="yesterday"), Refusal("after", ("'file-…'",))),
    "a filter by an unknown purpose": (
        listing(purpose="nonsense"),
        Refusal("purpose", ("'batch', 'fine-tune', 'batch-output'",)),
    ),
    "an unknown file": (lambda http: http.get(f"/files/{UNKNOWN}"), not_found(UNKNOWN)),
    "an unknown file's content": (
        lambda http: http.get(f"/files/{UNKNOWN}/content"),
        not_found(UNKNOWN),
    ),
    "an unknown file's URL": (lambda http: http.get(f"/files/{UNKNOWN}/url"), not_found(UNKNOWN)),
    "an unknown file to delete": (
        lambda http: http.delete(f"/files/{UNKNOWN}"),
        not_found(UNKNOWN),
    ),
    "what is no file id": (lambda http: http.get("/files/usage"), not_found("usage")),
    "what is no file id, encoded": (
        lambda http: http.get("/files/released%23file%2Fa%20b"),
        not_found("released#file/a b"),
    ),
    "an Idempotency-Key that is too long": (
        lambda http: http.post(
            "/files",
            data={"purpose": "batch"},
            files={"file": FILE},
            headers={"Idempotency-Key": "a" * 256},
        ),
        Refusal("Idempotency-Key", ("1 to 255",)),
    ),
    "naming an owner without the scope": (
        lambda http: http.get("/files", headers={"Larder-Owner": "bob"}),
        Refusal(
            "Larder-Owner",
            ("'service'",),
            status=403,
            type="permission_error",
            code="permission_denied",
        ),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_refusal_names_the_parameter_and_what_is_allowed(bed: Bed, name: str) -> None:
    ask, expected = CASES[name]
    assert_refused(ask(bed.http_of("alice")), expected)


@pytest.mark.parametrize("name", CASES)
def test_what_is_refused_leaves_nothing(bed: Bed, name: str) -> None:
    ask, _ = CASES[name]
    ask(bed.http_of("alice"))
    assert bed.items() == []
    assert bed.object_keys() == []


def test_a_service_that_names_no_owner_s_name_is_refused(bed: Bed) -> None:
    answer = bed.http_of("batch-system", acting_for="-").get("/files")
    assert_refused(answer, Refusal("Larder-Owner", ("1 to 64",)))


@pytest.mark.parametrize(
    ("ask", "error"),
    [
        (lambda client: client.files.retrieve(UNKNOWN), openai.NotFoundError),
        (
            lambda client: client.files.create(file=FILE, purpose="vision"),
            openai.BadRequestError,
        ),
        (
            lambda client: client.files.create(file=FILE, purpose="batch-output"),
            openai.PermissionDeniedError,
        ),
        (
            lambda client: client.files.create(file=bytes(4 * MIB + 1), purpose="batch"),
            openai.APIStatusError,
        ),
    ],
)
def test_the_sdk_raises_the_error_of_the_status(
    alice: openai.OpenAI, ask: Callable[[openai.OpenAI], object], error: type[openai.APIError]
) -> None:
    with pytest.raises(error):
        ask(alice)

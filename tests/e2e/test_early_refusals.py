"""What is refused early is read as its message, by clients that are still sending meanwhile.

None of them tries again here, so that no second try hides a first that broke.
"""

import json
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import openai
import pytest

from tests.e2e.batches import MIB
from tests.e2e.conftest import NewUser
from tests.e2e.user import User

pytestmark = pytest.mark.slow
needs_curl = pytest.mark.skipif(not shutil.which("curl"), reason="curl is missing")

Told = list[list[Any]]


@dataclass(frozen=True)
class Form:
    """A form that is refused, for a part when it has an `upload_id`; and how that begins."""

    status: int
    message: str
    file: str
    headers: dict[str, str] = field(default_factory=dict)
    purpose: str | None = "batch"
    upload_id: str | None = None


@pytest.fixture(scope="module")
def forms(new_user: NewUser, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Form]:
    """Each reason to refuse a form without its content, which is larger than sockets hold."""
    folder = tmp_path_factory.mktemp("refused")
    some, most, more = (zeros(folder, size) for size in (20, 200, 201))
    own, full = authorization(new_user()), authorization(new_user("--quota", "1MiB"))
    wrong = {"Authorization": "Bearer sk-larder-wrong"}
    boundary = {**own, "Content-Type": f"multipart/form-data; boundary={'x' * 300}"}
    return {
        "no key": Form(401, "You didn't provide an API key", most),
        "wrong key": Form(401, "Incorrect API key", most, wrong),
        "unknown purpose": Form(400, "Invalid 'purpose'", most, own, "unknown"),
        "too large": Form(413, "The content is too large: a file may have at most", more, own),
        "over quota": Form(403, "Storage quota exceeded: 0 of 1048576 bytes", some, full),
        "unknown upload": Form(404, "No such Upload object", some, own, upload_id="upload_none"),
        "malformed boundary": Form(
            400, "The Content-Type multipart/form-data needs a boundary", some, boundary
        ),
        # It might follow the content, so this one is refused behind it.
        "no purpose": Form(400, "Missing required parameter: 'purpose'", some, own, None),
    }


def zeros(folder: Path, mib: int) -> str:
    """A file that takes no room on the disk."""
    path = folder / f"{mib}.jsonl"
    with path.open("wb") as file:
        file.truncate(mib * MIB)
    return str(path)


def authorization(user: User) -> dict[str, str]:
    return {"Authorization": f"Bearer {user.key}"}


def by_the_python_sdk(user: User, forms: list[Form]) -> Told:
    with openai.OpenAI(base_url=user.deployment.base_url, api_key="none", max_retries=0) as client:
        return [refused(form, partial(sent, client)) for form in forms]


def sent(client: Any, form: Form, content: Any) -> Any:
    headers = {"Authorization": openai.omit, **form.headers}
    if form.upload_id:
        return client.uploads.parts.create(form.upload_id, data=content, extra_headers=headers)
    purpose = form.purpose or openai.omit
    return client.files.create(purpose=purpose, file=content, extra_headers=headers)


def refused(form: Form, send: Callable[[Form, Any], Any]) -> list[Any]:
    with Path(form.file).open("rb") as content, pytest.raises(openai.APIStatusError) as error:
        send(form, content)
    assert isinstance(error.value.body, dict)
    return [error.value.status_code, error.value.body["message"]]


def by_the_node_sdk(user: User, forms: list[Form]) -> Told:
    told: Told = user.node("refused.mjs", in_json(forms))
    return told


def by_requests(user: User, forms: list[Form]) -> Told:
    told: Told = user.python("clients", "refused.py", in_json(forms))
    return told


def in_json(forms: list[Form]) -> str:
    return json.dumps([asdict(form) for form in forms])


def by_curl(user: User, forms: list[Form]) -> Told:
    """It asks first whether to send."""
    return [curled(user, form) for form in forms]


def by_curl_without_asking(user: User, forms: list[Form]) -> Told:
    return [curled(user, form, "-H", "Expect:") for form in forms]


def curled(user: User, form: Form, *options: str) -> list[Any]:
    path, name = "/files", "file"
    if form.upload_id:
        path, name = f"/uploads/{form.upload_id}/parts", "data"
    command = ["curl", "-sS", user.deployment.base_url + path, *options, "-w", "\n%{http_code}"]
    for header, value in form.headers.items():
        command += ["-H", f"{header}: {value}"]
    if "Content-Type" in form.headers:  # a form's is its own to say
        command += ["-X", "POST", "-T", form.file]
    else:
        command += ["-F", f"purpose={form.purpose}"] if form.purpose else []
        command += ["-F", f"{name}=@{form.file}"]
    body, status = user.run(*command).stdout.split("\n")
    return [int(status), json.loads(body)["error"]["message"]]


@pytest.mark.parametrize(
    "client",
    [
        by_the_python_sdk,
        by_the_node_sdk,
        by_requests,
        pytest.param(by_curl, marks=needs_curl),
        pytest.param(by_curl_without_asking, marks=needs_curl),
    ],
)
def test_every_refusal_is_read_as_its_message(
    user: User, forms: dict[str, Form], client: Callable[[User, list[Form]], Told]
) -> None:
    told = client(user, list(forms.values()))
    seen = {
        reason: [status, message[: len(form.message)]]
        for (reason, form), (status, message) in zip(forms.items(), told, strict=True)
    }
    assert seen == {reason: [form.status, form.message] for reason, form in forms.items()}

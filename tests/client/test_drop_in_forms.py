"""Forms that are not the openai SDK's, through Larder's HTTP client."""

import os
from collections.abc import Iterator

import httpx2

import larder as larder_package
from tests.client.conftest import Larder
from tests.client.fakes.service import API_KEY

SIZE = 5 * 2**20


def test_another_request_with_a_form_passes_untouched(larder: Larder) -> None:
    with larder_package.http_client() as client:
        response = client.post(
            f"{larder.base_url}/containers/c/files", files={"file": ("a", bytes(SIZE))}
        )
    assert response.status_code == 401
    (request,) = larder.service.requests
    assert len(request.body) > SIZE


def multipart(*fields: tuple[str, str | None, bytes]) -> Iterator[bytes]:
    for name, filename, content in fields:
        yield b'--frontier\r\nContent-Disposition: form-data; name="' + name.encode() + b'"'
        if filename is not None:
            yield b'; filename="' + filename.encode() + b'"'
        yield b"\r\n\r\n"
        yield content
        yield b"\r\n"
    yield b"--frontier--\r\n"


def post_form(larder: Larder, body: bytes) -> httpx2.Response:
    with larder_package.http_client() as client:
        response: httpx2.Response = client.post(
            f"{larder.base_url}/files",
            headers={
                "authorization": f"Bearer {API_KEY}",
                "content-type": 'multipart/form-data; boundary="frontier"',
            },
            content=body,
        )
        return response


def test_a_form_with_its_file_first_is_spooled(larder: Larder) -> None:
    data = os.urandom(SIZE)
    response = post_form(
        larder, b"".join(multipart(("file", "a", data), ("purpose", None, b"batch")))
    )
    assert larder.service.content(response.json()["id"]) == data


def test_a_form_that_goes_on_after_its_file_is_refused_and_leaves_nothing(larder: Larder) -> None:
    fields = ("purpose", None, b"batch"), ("file", "a", bytes(SIZE)), ("more", None, b"x")
    response = post_form(larder, b"".join(multipart(*fields)))
    assert response.status_code == 502
    assert response.headers["x-should-retry"] == "false"
    assert larder.service.files == {}
    assert [upload["status"] for upload in larder.service.uploads.values()] == ["cancelled"]


def test_a_form_without_a_file_is_refused(larder: Larder) -> None:
    response = post_form(larder, b"".join(multipart(("other", "a", bytes(SIZE)))))
    assert response.status_code == 400
    assert response.json()["error"]["message"] == "Missing required parameter: 'file'."


def test_a_form_that_is_none_is_refused(larder: Larder) -> None:
    assert post_form(larder, bytes(SIZE)).status_code == 400

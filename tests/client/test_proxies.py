"""The environment's proxies; the fake service plays one, by answering what it is asked for."""

import base64

import pytest

from larder.cli import main
from tests.client.conftest import Larder

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def address(larder: Larder) -> str:
    return larder.api.url.removeprefix("http://")


@pytest.mark.parametrize("proxy", ["http://{address}", "{address}", "http://{address}/"])
def test_a_proxy_is_used_with_a_scheme_or_without(
    proxy: str, address: str, larder: Larder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", proxy.format(address=address))
    assert main(["list", "--base-url", "http://larder.invalid/v1"]) == 0
    (request,) = larder.service.requests
    assert request.headers["host"] == "larder.invalid"
    assert "proxy-authorization" not in request.headers


credentials = pytest.mark.parametrize(
    ("userinfo", "sent"),
    [
        ("ann:secret", "ann:secret"),
        ("ann:p%40ss%3A%C3%A9%E2%82%AC", "ann:p@ss:é€"),
        ("ann", "ann:"),
    ],
)


@credentials
def test_a_proxys_credentials_are_sent_to_it(
    userinfo: str, sent: str, address: str, larder: Larder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://{userinfo}@{address}")
    assert main(["list", "--base-url", "http://larder.invalid/v1"]) == 0
    (request,) = larder.service.requests
    scheme, _, encoded = request.headers["proxy-authorization"].partition(" ")
    assert (scheme, base64.b64decode(encoded).decode()) == ("Basic", sent)


@credentials
def test_a_proxys_credentials_open_its_tunnel(
    userinfo: str, sent: str, address: str, larder: Larder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"http://{userinfo}@{address}")
    # The tunnel is refused, since this proxy has none.
    assert main(["list", "--base-url", "https://larder.invalid/v1"]) == 6
    request = larder.service.requests[0]
    assert request.method == "CONNECT"
    encoded = request.headers["proxy-authorization"].removeprefix("Basic ")
    assert base64.b64decode(encoded).decode() == sent
    assert "authorization" not in request.headers


@pytest.mark.parametrize(
    "proxy", ["socks5://ann:secret@localhost:1080", "http://", "http://[::1", "http://a:port"]
)
def test_a_proxy_that_cannot_be_used_is_a_wrong_setting(
    proxy: str, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-larder-any")
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    assert main(["list", "--base-url", "https://larder.invalid/v1"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "HTTPS_PROXY must be" in line
    assert "secret" not in line


def test_what_needs_no_proxy_goes_without(larder: Larder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    assert main(["list"]) == 0

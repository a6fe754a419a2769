"""The environment's proxies; the fake service plays one, by answering what it is asked for."""

import base64
from collections.abc import Callable
from pathlib import Path

import pytest

from larder.cli import main
from larder.net.proxies import proxy_for
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


@pytest.mark.parametrize("name", ["ALL_PROXY", "all_proxy", "http_proxy"])
def test_a_proxy_for_everything_is_one(
    name: str, address: str, larder: Larder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, f"http://{address}")
    assert main(["list", "--base-url", "http://larder.invalid/v1"]) == 0
    assert larder.service.requests[0].headers["host"] == "larder.invalid"


def test_a_proxy_for_everything_that_cannot_be_used_is_named(
    larder: Larder, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALL_PROXY", "socks5://ann:secret@localhost:1080")
    assert main(["list"]) == 2
    error = capsys.readouterr().err
    assert "ALL_PROXY must be" in error
    assert "secret" not in error


# https://requests.readthedocs.io/en/latest/user/advanced/#proxies
# https://www.python-httpx.org/environment_variables/
LEFT_OUT = [
    ("127.0.0.1:4580", "http://127.0.0.1:4580/v1"),
    ("10.0.0.0/8", "http://10.1.2.3/v1"),
    ("10.0.0.1/8", "http://10.1.2.3:4580/v1"),
    ("fd00::/8", "http://[fd12::1]:4580/v1"),
    ("::1", "http://[::1]:4580/v1"),
    ("[::1]", "http://[::1]:4580/v1"),
    ("[::1]:4580", "http://[::1]:4580/v1"),
    ("localhost:4580", "http://LOCALHOST:4580/v1"),
    ("example.com:443", "https://example.com/v1"),
    ("example.com", "https://a.example.com/v1"),
    (".example.com", "https://a.example.com/v1"),
    (" a.test , Example.COM", "https://example.com/v1"),
    ("http://example.com", "http://example.com/v1"),
    ("http://example.com", "http://a.example.com/v1"),
    ("all://*.example.com", "https://a.example.com/v1"),
    ("*", "https://example.com/v1"),
    ("a.test,*", "https://example.com/v1"),
]
NOT_LEFT_OUT = [
    ("127.0.0.1:4580", "http://127.0.0.1:4581/v1"),
    ("10.0.0.0/8", "http://11.1.2.3/v1"),
    ("10.0.0.0/33", "http://10.1.2.3/v1"),
    ("[::1]:4580", "http://[::1]:4581/v1"),
    ("http://example.com", "https://example.com/v1"),
    ("https://example.com:444", "https://example.com/v1"),
    ("example.com", "https://anexample.com/v1"),
    ("https://example.com", "https://anexample.com/v1"),
    ("", "https://example.com/v1"),
    (",", "https://example.com/v1"),
]


@pytest.mark.parametrize("name", ["no_proxy", "NO_PROXY"])
def test_what_is_left_out_is_what_requests_and_httpx_leave_out(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALL_PROXY", "http://proxy:3128")
    for entries, url in LEFT_OUT:
        monkeypatch.setenv(name, entries)
        assert proxy_for(url) is None, (entries, url)
    for entries, url in NOT_LEFT_OUT:
        monkeypatch.setenv(name, entries)
        assert proxy_for(url) == ("http://proxy:3128", "all"), (entries, url)


def test_the_lower_case_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://upper:1")
    monkeypatch.setenv("https_proxy", "http://lower:1")
    monkeypatch.setenv("all_proxy", "http://all:1")
    assert proxy_for("https://example.com") == ("http://lower:1", "https")
    assert proxy_for("http://example.com") == ("http://all:1", "all")


def test_parts_go_by_the_same_rules_as_calls(
    larder: Larder, a_file: Callable[[int], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    api, storage = (url.removeprefix("http://") for url in (larder.api.url, larder.s3.url))
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("NO_PROXY", f"{api},{storage}")
    assert main(["upload", str(a_file(5 * 2**20))]) == 0
    (file_id,) = larder.service.files
    assert main(["download", file_id, "-o", str(a_file(0)), "--force"]) == 0

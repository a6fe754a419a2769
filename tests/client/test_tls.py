"""Connections over TLS: certificates are checked, and loaded once for all of them."""

import datetime as dt
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

import pytest
import urllib3
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from larder.net.connections import nobody_is_there, open_pool
from tests.client.fakes.server import FakeServer, Response, running

HOST = "127.0.0.1"


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """One that signs itself, with its key in the same file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "larder")])
    now, day = dt.datetime.now(dt.UTC), dt.timedelta(days=1)
    hosts = x509.SubjectAlternativeName([x509.IPAddress(ip_address(HOST))])
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - day).not_valid_after(now + day)
    signed = builder.add_extension(hosts, critical=False).sign(key, hashes.SHA256())
    pem = serialization.Encoding.PEM
    form, unlocked = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    path = tmp_path / "certificate.pem"
    path.write_bytes(signed.public_bytes(pem) + key.private_bytes(pem, form, unlocked))
    return path


@pytest.fixture
def url(certificate: Path) -> Iterator[str]:
    """Where a server answers over TLS."""
    server = FakeServer(HOST, lambda _: Response(body=b"here"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    with running(server):
        yield server.url.replace("http:", "https:")


@dataclass
class Loads:
    """How often the certificates that are trusted were loaded."""

    count: int = 0


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> Loads:
    loads, load = Loads(), ssl.SSLContext.load_default_certs

    def counted(context: ssl.SSLContext) -> None:
        loads.count += 1
        load(context)

    monkeypatch.setattr(ssl.SSLContext, "load_default_certs", counted)
    return loads


def body_at(url: str) -> bytes:
    with open_pool(url, connections=1) as pool:
        return bytes(pool.request("GET", url, retries=False).data)


def test_the_certificates_are_loaded_once_for_all_connections(
    url: str, certificate: Path, loads: Loads, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    assert [body_at(url) for _ in range(3)] == [b"here"] * 3
    assert loads.count == 1


def test_a_certificate_that_is_not_trusted_is_refused_at_once(url: str) -> None:
    with pytest.raises(urllib3.exceptions.SSLError) as raised:
        body_at(url)
    assert nobody_is_there(raised.value)


def test_a_certificate_of_another_host_is_refused(
    url: str, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with pytest.raises(urllib3.exceptions.SSLError, match="localhost"):
        body_at(url.replace(HOST, "localhost"))


def test_other_trusted_certificates_count_from_the_next_pool_on(
    url: str, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(urllib3.exceptions.SSLError):
        body_at(url)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    assert body_at(url) == b"here"


def test_without_tls_no_certificates_are_loaded(loads: Loads) -> None:
    with running(FakeServer(HOST, lambda _: Response(body=b"here"))) as server:
        assert body_at(server.url) == b"here"
    assert loads.count == 0

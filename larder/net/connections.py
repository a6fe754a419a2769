"""Connection pools that use the environment's proxies, and allow for slow connections."""

import os
import socket
import ssl
import threading
from collections.abc import Iterator
from functools import lru_cache
from typing import Any
from urllib.parse import unquote, urlsplit

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.util.ssl_ import create_urllib3_context

from larder.errors import UsageError
from larder.net import MOST_CONNECTIONS
from larder.net.proxies import proxy_for

# For one send on a socket: without TLS of all given bytes, with TLS of a record of 16 KiB.
_SEND_SECONDS = 60.0


def open_pool(url: str, *, connections: int) -> urllib3.PoolManager:
    """A pool for the URL's host, through the proxy that the environment names for it.

    urllib3 itself reads no such variables; certificates come from the system, or SSL_CERT_FILE.
    Raises UsageError for a malformed proxy.
    """
    proxy = proxy_for(url)
    settings: dict[str, Any] = {"maxsize": connections, "block": True}
    if urlsplit(url).scheme == "https":
        settings["ssl_context"] = _tls(*map(os.environ.get, ("SSL_CERT_FILE", "SSL_CERT_DIR")))
    pool = urllib3.PoolManager(**settings) if proxy is None else _proxied_pool(*proxy, settings)
    pool.pool_classes_by_scheme = {"http": _PatientHttpPool, "https": _PatientHttpsPool}
    return pool


class Pools:
    """The pools of several transfers, so that each host's connections are used again."""

    def __init__(self) -> None:
        """Opens none yet."""
        self._pools: dict[tuple[str, str], urllib3.PoolManager] = {}
        self._lock = threading.Lock()

    def to(self, url: str) -> urllib3.PoolManager:
        """The pool for the URL's host; as `open_pool`."""
        parts = urlsplit(url)
        with self._lock:
            host = parts.scheme, parts.netloc
            if host not in self._pools:
                self._pools[host] = open_pool(url, connections=MOST_CONNECTIONS)
            return self._pools[host]


def reason(error: BaseException) -> str:
    """The root cause of an error, without names of libraries: `Connection refused`."""
    while (cause := error.__cause__ or error.__context__) is not None:
        error = cause
    if isinstance(error, TimeoutError):
        return "timed out"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) or type(error).__name__


def nobody_is_there(error: BaseException) -> bool:
    """Whether a retry within seconds would fail the same way.

    So it would if nothing listens at the address, the name has no address, or the certificate is
    not trusted.
    """
    return any(
        isinstance(cause, ConnectionRefusedError | ssl.SSLCertVerificationError)
        or (isinstance(cause, socket.gaierror) and cause.errno == socket.EAI_NONAME)
        for cause in _causes(error)
    )


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        if isinstance(error, BaseExceptionGroup):  # one for each address of the host
            for inner in error.exceptions:
                yield from _causes(inner)
        reason = getattr(error, "reason", None)  # urllib3's, perhaps not the cause
        if isinstance(reason, BaseException):
            yield from _causes(reason)
        error = error.__cause__ or error.__context__


@lru_cache(maxsize=1)
def _tls(_cert_file: str | None, _cert_dir: str | None) -> ssl.SSLContext:
    """The settings of TLS, made once for these variables, which OpenSSL reads.

    urllib3 would load the system's certificates for each connection, in 40 ms.
    """
    context = create_urllib3_context()
    context.load_default_certs()
    return context


def _proxied_pool(proxy: str, kind: str, settings: dict[str, Any]) -> urllib3.PoolManager:
    try:
        parts = urlsplit(proxy if "://" in proxy else f"http://{proxy}")  # as curl reads it
        if parts.scheme in {"http", "https"} and parts.hostname:
            return urllib3.ProxyManager(
                parts.geturl(),
                proxy_headers=_proxy_headers(parts.username, parts.password),
                **settings,
            )
    except ValueError:
        pass
    # The message does not show the value, which may have a password in it.
    raise UsageError(f"{kind.upper()}_PROXY must be like http://proxy:3128, http:// or https://")


def _proxy_headers(user: str | None, password: str | None) -> dict[str, str]:
    if user is None:
        return {}
    credentials = f"{unquote(user)}:{unquote(password or '')}"
    # urllib3 encodes as Latin-1, but proxies expect UTF-8 (RFC 7617, 2.1).
    return urllib3.make_headers(proxy_basic_auth=credentials.encode().decode("latin-1"))


class _PatientConnection(HTTPConnection):
    """Has more time to send than to connect; urllib3 has only one timeout for both."""

    def request(self, *arguments: Any, **options: Any) -> None:
        """See HTTPConnection."""
        if self.is_closed:
            self.connect()
        self.timeout = _SEND_SECONDS
        super().request(*arguments, **options)


class _PatientHttpsConnection(_PatientConnection, HTTPSConnection):
    pass


class _PatientHttpPool(urllib3.HTTPConnectionPool):
    ConnectionCls = _PatientConnection


class _PatientHttpsPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _PatientHttpsConnection

"""Connection pools that honour the environment's proxies, and have patience with slow lines."""

import socket
import ssl
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote, urlsplit

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection

from larder.errors import UsageError
from larder.net.proxies import proxy_for

# For one send on a socket: without TLS all of what is given to it, else a record of 16 KiB.
_SEND_SECONDS = 60.0


def open_pool(url: str, *, connections: int) -> urllib3.PoolManager:
    """A pool for the URL's host, through the proxy that the environment names for it.

    urllib3 itself looks for none; certificates come from the system, or SSL_CERT_FILE. Raises
    UsageError for a proxy that is none.
    """
    proxy = proxy_for(url)
    if proxy is None:
        pool = urllib3.PoolManager(maxsize=connections, block=True)
    else:
        pool = _proxied_pool(*proxy, connections)
    pool.pool_classes_by_scheme = {"http": _PatientHttpPool, "https": _PatientHttpsPool}
    return pool


def reason(error: BaseException) -> str:
    """What went wrong underneath, without the names of libraries: `Connection refused`."""
    while (cause := error.__cause__ or error.__context__) is not None:
        error = cause
    if isinstance(error, TimeoutError):
        return "timed out"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) or type(error).__name__


def nobody_is_there(error: BaseException) -> bool:
    """Whether the next attempt, in a few seconds, would find what this one did.

    Nobody listens at the address, the name has none, or the certificate is not trusted.
    """
    return any(
        isinstance(cause, ConnectionRefusedError | ssl.SSLCertVerificationError)
        or (isinstance(cause, socket.gaierror) and cause.errno == socket.EAI_NONAME)
        for cause in _causes(error)
    )


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        if isinstance(error, BaseExceptionGroup):  # an address each, of which none was reached
            for inner in error.exceptions:
                yield from _causes(inner)
        reason = getattr(error, "reason", None)  # urllib3's own, which need not be the cause
        if isinstance(reason, BaseException):
            yield from _causes(reason)
        error = error.__cause__ or error.__context__


def _proxied_pool(proxy: str, kind: str, connections: int) -> urllib3.PoolManager:
    try:
        parts = urlsplit(proxy if "://" in proxy else f"http://{proxy}")  # as curl reads it
        if parts.scheme in {"http", "https"} and parts.hostname:
            return urllib3.ProxyManager(
                parts.geturl(),
                maxsize=connections,
                block=True,
                proxy_headers=_proxy_headers(parts.username, parts.password),
            )
    except ValueError:
        pass
    # Without what is there, which may have a password in it.
    raise UsageError(f"{kind.upper()}_PROXY must be like http://proxy:3128, http:// or https://")


def _proxy_headers(user: str | None, password: str | None) -> dict[str, str]:
    if user is None:
        return {}
    credentials = f"{unquote(user)}:{unquote(password or '')}"
    # urllib3 takes each character for a byte of Latin-1; proxies expect UTF-8 (RFC 7617, 2.1).
    return urllib3.make_headers(proxy_basic_auth=credentials.encode().decode("latin-1"))


class _PatientConnection(HTTPConnection):
    """Has more time to send than to connect, for which urllib3 has but one timeout."""

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

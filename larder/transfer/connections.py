"""Connection pools that honour the environment's proxies, and have patience with slow lines."""

import urllib.request
from typing import Any
from urllib.parse import unquote, urlsplit

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection

from larder.errors import UsageError

# For one send on a socket: without TLS all of what is given to it, else a record of 16 KiB.
_SEND_SECONDS = 60.0


def open_pool(url: str, *, connections: int) -> urllib3.PoolManager:
    """A pool for the URL's host, through HTTPS_PROXY, HTTP_PROXY and NO_PROXY where set.

    urllib3 itself ignores these variables; certificates come from the system, or SSL_CERT_FILE.
    Raises UsageError for a proxy that is none.
    """
    parts = urlsplit(url)
    proxy = urllib.request.getproxies().get(parts.scheme)
    if proxy and not urllib.request.proxy_bypass(parts.hostname or ""):
        pool = _proxied_pool(parts.scheme, proxy, connections)
    else:
        pool = urllib3.PoolManager(maxsize=connections, block=True)
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


def _proxied_pool(scheme: str, proxy: str, connections: int) -> urllib3.PoolManager:
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
    raise UsageError(f"{scheme.upper()}_PROXY must be like http://proxy:3128, http:// or https://")


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

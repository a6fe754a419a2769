"""Connection pools that honour the environment's proxies."""

import urllib.request
from urllib.parse import urlsplit

import urllib3


def open_pool(url: str, *, connections: int) -> urllib3.PoolManager:
    """A pool for the URL's host, through HTTPS_PROXY, HTTP_PROXY and NO_PROXY where set.

    urllib3 itself ignores these variables; certificates come from the system, or SSL_CERT_FILE.
    """
    parts = urlsplit(url)
    proxy = urllib.request.getproxies().get(parts.scheme)
    if proxy and not urllib.request.proxy_bypass(parts.hostname or ""):
        return urllib3.ProxyManager(proxy, maxsize=connections, block=True)
    return urllib3.PoolManager(maxsize=connections, block=True)


def reason(error: BaseException) -> str:
    """What went wrong underneath, without the names of libraries: `Connection refused`."""
    while (cause := error.__cause__ or error.__context__) is not None:
        error = cause
    if isinstance(error, TimeoutError):
        return "timed out"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) or type(error).__name__

"""Finds the environment's proxy for a URL, like `requests` and the openai SDK's httpx.

HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY in either case, the lower one first; and the
system's settings on macOS and Windows, where none of them is set. Where the two differ over
NO_PROXY, a host that either of them excludes is excluded.
"""

import ipaddress
import urllib.request
from urllib.parse import SplitResult, urlsplit

_DEFAULT_PORTS = {"http": 80, "https": 443}


def proxy_for(url: str) -> tuple[str, str] | None:
    """The proxy as it is written and the name of its variable, or None for no proxy."""
    proxies = urllib.request.getproxies()
    parts = urlsplit(url)
    for kind in (parts.scheme, "all"):
        if proxy := proxies.get(kind, "").strip():
            return None if _is_left_out(parts, proxies.get("no", "")) else (proxy, kind)
    return None


def _is_left_out(url: SplitResult, no_proxy: str) -> bool:
    host = (url.hostname or "").rstrip(".")
    # The standard library matches names and suffixes, with or without a port, and system settings.
    if urllib.request.proxy_bypass(host) or urllib.request.proxy_bypass(_with_port(url, host)):
        return True
    entries = (entry.strip().lower() for entry in no_proxy.split(","))
    return any(_names(entry, url, host) for entry in entries if entry)


def _names(entry: str, url: SplitResult, host: str) -> bool:
    """Whether an entry matches that the standard library does not know: `*`, scheme, addresses."""
    if entry == "*":
        return True
    scheme, separator, rest = entry.rpartition("://")
    if separator:
        if scheme not in {url.scheme, "all"}:
            return False
        entry = rest.removeprefix("*").lstrip(".")
        name, _, port = entry.partition(":")
        is_host = host == name or host.endswith(f".{name}")
        return is_host and port in {"", str(_port(url))}
    try:
        address = ipaddress.ip_address(host)
        bare = entry.removesuffix(f":{_port(url)}") if "." in entry or "]" in entry else entry
        return address in ipaddress.ip_network(bare.strip("[]"), strict=False)
    except ValueError:
        return False


def _with_port(url: SplitResult, host: str) -> str:
    return f"[{host}]:{_port(url)}" if ":" in host else f"{host}:{_port(url)}"


def _port(url: SplitResult) -> int | None:
    return url.port or _DEFAULT_PORTS.get(url.scheme)

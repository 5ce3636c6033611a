"""Which way calls to vendors leave: straight, or by the proxy that SPECLOOM_VENDOR_PROXY names. Hooks are not called by
it: whom they may reach is decided by address."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

import urllib3

from specloom.connector.network.connections import PoolManager, ProxyManager
from specloom.schemas.problems import SpecloomError

VENDOR_PROXY = "SPECLOOM_VENDOR_PROXY"
_proxy = ""
"""Of this process; '' is none."""


def configure(environ: Mapping[str, str]) -> None:
    """Read the proxy, for connections that are made from now on. Raises SpecloomError."""
    global _proxy
    _proxy = proxy_of(environ)


def proxy_of(environ: Mapping[str, str]) -> str:
    """Raises SpecloomError; its words hold neither name nor password."""
    url = environ.get(VENDOR_PROXY, "").strip()
    try:
        parts = urlsplit(url)
        wrong = bool(url) and (parts.scheme not in ("http", "https") or not parts.hostname or (parts.port or 1) < 1)
    except ValueError:
        wrong = True
    if wrong:
        raise SpecloomError(
            f"{VENDOR_PROXY} is no proxy's address", hint="http://proxy:3128, or http://name:password@…"
        )
    return url


def is_proxied() -> bool:
    return bool(_proxy)


def manager(**options: Any) -> urllib3.PoolManager:
    """A pool of connections that leave that way."""
    if not _proxy:
        return PoolManager(**options)
    parts = urlsplit(_proxy)
    headers = {}
    if parts.username is not None:
        account = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        headers = urllib3.make_headers(proxy_basic_auth=account)
    plain = parts._replace(netloc=parts.netloc.rpartition("@")[2], path="", query="", fragment="").geturl()
    return ProxyManager(plain, proxy_headers=headers, **options)


def target_of(
    made: urllib3.PoolManager, url: str, path: str, headers: Mapping[str, str]
) -> tuple[str, Mapping[str, str]]:
    """What a request line names, and its headers: a proxy that is not tunnelled through wants the whole URL."""
    if isinstance(made, ProxyManager) and url.startswith("http://"):
        return url, {**headers, **made.proxy_headers}
    return path, headers

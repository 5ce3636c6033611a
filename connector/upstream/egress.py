"""Which way calls to vendors leave, straight or by the proxy that SPECLOOM_VENDOR_PROXY names, and which hosts they may
go to. Hooks are not called by the proxy: whom they may reach is decided by address."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

import urllib3

from specloom.connector.network.connections import PoolManager, ProxyManager
from specloom.schemas.problems import SpecloomError

VENDOR_PROXY = "SPECLOOM_VENDOR_PROXY"
_proxy = ""
"""Of this process; '' is none."""


_ENTRY = re.compile(r"(\*\.)?([\w.-]+|\[[0-9a-f:.]+\])(?::(\d{1,5}))?", re.ASCII)
_USUAL = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class AllowedHosts:
    """Where the calls of one service may go; `setting` is the variable that says so. None of `entries` is anywhere."""

    setting: str = ""
    entries: tuple[str, ...] = ()

    def complaint(self, url: str) -> str:
        """Why the URL is not called; '' where it may be."""
        if not self.entries:
            return ""
        parts = urlsplit(url)
        host, port = (parts.hostname or "").rstrip("."), parts.port or _USUAL.get(parts.scheme, 0)
        if any(_covers(entry, host, port) for entry in self.entries):
            return ""
        return f"{self.setting} does not name {host[:120]}:{port}, so that it is not called"


def allowed_hosts(setting: str, text: str) -> AllowedHosts:
    """From such as `api.example.com,*.cdn.example.com:8443`; without a port, at any. Raises SpecloomError."""
    entries = tuple(entry.strip().lower() for entry in text.split(",") if entry.strip())
    for entry in entries:
        if not _ENTRY.fullmatch(entry):
            raise SpecloomError(
                f"{setting} holds {entry[:80]!r}", hint="give hosts: api.example.com,*.example.com:8443"
            )
    return AllowedHosts(setting, entries)


def _covers(entry: str, host: str, port: int) -> bool:
    found = _ENTRY.fullmatch(entry)
    assert found is not None
    below, name, only = found[1], found[2].strip("[]").rstrip("."), found[3]
    return (host.endswith(f".{name}") if below else host == name) and (only is None or int(only) == port)


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


def route_of(owner: str) -> str:
    """The owner's name with the way its calls take now: connections of another way are not theirs."""
    return f"{_proxy} {owner}"


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

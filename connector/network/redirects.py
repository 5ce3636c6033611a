"""Redirects by RFC 9110 (15.4): what to ask next, and to whom nothing is shown. The twin is
generator/runtime/src/redirects.ts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import quote, urljoin, urlsplit

MOST_REDIRECTS = 5
_PLAIN = ("accept", "accept-encoding", "user-agent")
_UNSAFE = re.compile(r"[^\x21-\x7e]")


class Hop(NamedTuple):
    """One request on the way. `is_elsewhere`: it goes to a server that no document names, which got no credential."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes | None
    is_elsewhere: bool = False


def redirected(hop: Hop, status: int, location: str) -> Hop | None:
    """What follows a reply; None where it is no redirect, or one that must not be followed. After 303, and after 301
    and 302 of a POST, it is a GET without a body. Another server is asked without what was meant for the first one, and
    never gets a body."""
    if status not in (301, 302, 303, 307, 308) or not location.strip():
        return None
    try:
        url = urljoin(hop.url, _UNSAFE.sub(lambda found: quote(found[0]), location.strip())).partition("#")[0]
        there, here = _origin(url), _origin(hop.url)
    except ValueError:
        return None
    if there[0] not in ("http", "https") or not there[1]:
        return None
    is_read = hop.method in ("GET", "HEAD")
    reads = not is_read and (status == 303 or (status < 303 and hop.method == "POST"))
    method, body, headers = hop.method, hop.body, hop.headers
    if reads:
        method, body = "GET", None
        headers = {name: value for name, value in headers.items() if not name.lower().startswith("content-")}
    if there == here:
        return Hop(method, url, headers, body, hop.is_elsewhere)
    if not (is_read or reads):
        return None
    return Hop(method, url, {n: v for n, v in headers.items() if n.lower() in _PLAIN}, None, is_elsewhere=True)


def _origin(url: str) -> tuple[str, str, int]:
    """Raises ValueError."""
    parts = urlsplit(url)
    if "@" in parts.netloc or "\\" in url:
        raise ValueError("an address that parsers read in different ways")
    return parts.scheme, parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)

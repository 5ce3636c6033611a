"""Specloom's own overlays for well-known services: what a public document cannot say of itself.

They are chosen by the host of the document's servers, never by its title, which anyone can claim: `schemas/overlays`
has one file a service, and `x-specloom-hosts` in it names the hosts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from specloom.schemas.document.overlay import Overlay, read
from specloom.schemas.document.source import Source

FOLDER = Path(__file__).with_name("overlays")
SUFFIX = ".overlay.yaml"


def ready_made_for(document: Mapping[str, Any]) -> tuple[Overlay, ...]:
    """Those for the hosts that the parsed document's servers have; by name."""
    known = _by_host()
    paths = {known[host] for host in _hosts(document) if host in known}
    return tuple(read(path) for path in sorted(paths))


@cache
def _by_host() -> Mapping[str, Path]:
    found: dict[str, Path] = {}
    for path in sorted(FOLDER.glob(f"*{SUFFIX}")):
        hosts = Source(path).root.get("x-specloom-hosts")
        found.update((str(host).lower(), path) for host in (hosts if isinstance(hosts, list) else []))
    return found


def _hosts(document: Mapping[str, Any]) -> Iterable[str]:
    """OpenAPI 3's servers, Swagger 2's host."""
    servers = document.get("servers")
    urls = [
        str(entry.get("url")) for entry in (servers if isinstance(servers, list) else []) if isinstance(entry, dict)
    ]
    if isinstance(document.get("host"), str):
        urls.append(f"https://{document['host']}")
    for url in urls:
        try:
            host = urlsplit(url).hostname
        except ValueError:
            continue
        if host:
            yield host.lower()

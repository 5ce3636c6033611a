"""Specloom's own overlays for well-known services: what a public document cannot say of itself.

They are chosen by the host of the document's servers, never by its title, which anyone can claim: `schemas/overlays`
has one file a service, and `x-specloom-hosts` in it names the hosts, each in full. A vendor's documents differ by
version and extent: an action whose target is not there is left out, and so is one whose `x-specloom-where` finds
nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from msgspec.structs import replace

from specloom.schemas.document.overlay import Overlay, read, selects

FOLDER = Path(__file__).with_name("overlays")
SUFFIX = ".overlay.yaml"
_HOSTS = re.compile(r"^x-specloom-hosts: \[([^\]\n]*)\]$", re.M)


def ready_made_for(document: Mapping[str, Any]) -> tuple[Overlay, ...]:
    """Those for the hosts that the parsed document's servers have; by name."""
    known = _by_host()
    paths = {known[host] for host in _hosts(document) if host in known}
    fitting = (_fitting(read(path), document) for path in sorted(paths))
    return tuple(overlay for overlay in fitting if overlay.actions)


def _fitting(overlay: Overlay, document: Mapping[str, Any]) -> Overlay:
    kept = [
        (action, line)
        for action, line in zip(overlay.actions, overlay.lines, strict=True)
        if selects(document, action.get("target")) and selects(document, action.get("x-specloom-where", "$"))
    ]
    return replace(
        overlay,
        name=Path(overlay.name).name,
        actions=tuple(action for action, _ in kept),
        lines=tuple(line for _, line in kept),
    )


@cache
def _by_host() -> Mapping[str, Path]:
    """Of each file but the line with its hosts is read: most documents need none of them."""
    found: dict[str, Path] = {}
    for path in sorted(FOLDER.glob(f"*{SUFFIX}")):
        line = _HOSTS.search(path.read_text("utf-8"))
        found.update((host.strip(), path) for host in (line[1].split(",") if line else ()))
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

"""The drawn icon: a glyph of what the service makes, on a colour of its key, for light and for dark surroundings."""

from __future__ import annotations

import colorsys
import hashlib
from collections import Counter
from typing import Literal

from specloom.schemas.model import Service

Kind = Literal["image", "audio", "video", "model3d", "text", "data"]

_LINE = 'fill="none" stroke="{ink}" stroke-width="4.5" stroke-linecap="round" stroke-linejoin="round"'
_GLYPHS: dict[Kind, str] = {
    "image": '<circle cx="41" cy="20" r="5.5" fill="{ink}"/><path d="M10 46 24 25l9 12 5-6 12 15Z" fill="{ink}"/>',
    "audio": f'<path d="M13 26v8M21.5 19v22M30 12v36M38.5 19v22M47 26v8" {_LINE}/>',
    "video": '<path d="M21 15v30a2 2 0 0 0 3 1.7l25-15a2 2 0 0 0 0-3.4l-25-15a2 2 0 0 0-3 1.7Z" fill="{ink}"/>',
    "model3d": f'<path d="M30 11 46 20.5v19L30 49 14 39.5v-19ZM14 20.5 30 30l16-9.5M30 30v19" {_LINE}/>',
    "text": f'<path d="M14 17h32M14 30h32M14 43h19" {_LINE}/>',
    "data": f'<path d="M15 18v24c0 7 30 7 30 0V18M15 30c0 7 30 7 30 0" {_LINE}/>'
    '<ellipse cx="30" cy="17.5" rx="17.3" ry="7.3" fill="{ink}"/>',
}
"""In a square of 60; strokes are wide enough to be seen at 16 pixels."""


def kind(service: Service) -> Kind:
    """What the service makes, as most of its operations do; data where none makes anything."""
    made: Counter[str] = Counter(o.output.type for o in service.operations if o.generates and not o.deprecated)
    listed: list[Kind] = [name for name in _GLYPHS if made[name]]
    return max(listed, key=lambda name: made[name]) if listed else "data"


def colour(key: str, *, dark: bool = False) -> str:
    """The colour of a service, dark enough for white on it, or light enough for black (`dark` surroundings)."""
    digest = hashlib.blake2s(key.encode()).digest()
    hue = int.from_bytes(digest[4:6], "big") / 65536
    lightness, saturation = (0.76, 0.72) if dark else (0.36, 0.62)
    return "#" + "".join(f"{round(part * 255):02x}" for part in colorsys.hls_to_rgb(hue, lightness, saturation))


def drawn(service: Service, *, dark: bool = False) -> bytes:
    """The icon as SVG."""
    ink = "#14161a" if dark else "#ffffff"
    glyph = _GLYPHS[kind(service)].replace("{ink}", ink)
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" width="60" height="60" viewBox="0 0 60 60">\n'
        f'\t<rect width="60" height="60" rx="14" fill="{colour(service.key, dark=dark)}"/>\n\t{glyph}\n</svg>\n'
    ).encode()

"""An icon from outside: SVG in which nothing but shapes and colours may stand. What more there is, is refused, not
repaired: who gives an icon can save it as plain shapes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urljoin
from xml.etree.ElementTree import Element, ParseError, XMLParser, tostring

from specloom.schemas.document.reading.fetch import fetch
from specloom.schemas.document.reading.reach import ReferenceScope
from specloom.schemas.problems import SpecloomError

MOST = 100_000
"""Bytes of an icon."""
_SVG = "{http://www.w3.org/2000/svg}"
_ELEMENTS = frozenset("svg g path rect circle ellipse line polyline polygon defs clipPath title stop".split()) | {
    "linearGradient",
    "radialGradient",
}
_ATTRIBUTES = frozenset(
    "width height viewBox d x y x1 y1 x2 y2 cx cy r rx ry fx fy points transform fill stroke stroke-width "
    "stroke-linecap stroke-linejoin stroke-miterlimit stroke-dasharray stroke-opacity fill-opacity fill-rule clip-rule "
    "clip-path opacity id offset stop-color stop-opacity gradientUnits gradientTransform spreadMethod "
    "preserveAspectRatio version".split()
)
_VALUE = re.compile(r"[\w\s.,:;#%()+\-]*|url\(#[\w.\-]+\)")
"""Numbers, names and colours; a reference only to something in the icon itself."""
_HINT = "save it as plain SVG: shapes, colours and gradients only"


def shapes(content: bytes, where: str) -> bytes:
    """The icon, written anew from what is allowed. Raises SpecloomError for anything else."""
    if len(content) > MOST:
        raise SpecloomError(f"{where} is larger than {MOST:,} bytes", hint=_HINT)
    if b"<!" in re.sub(rb"<!--.*?-->", b"", content, flags=re.DOTALL) or b"\x00" in content:
        raise SpecloomError(f"{where} declares a document type or entities", hint=_HINT)
    parser = XMLParser()
    try:
        parser.feed(content)
        root: Element = parser.close()
    except (ParseError, ValueError, LookupError, RecursionError) as error:
        raise SpecloomError(f"{where} is no SVG: {error}", hint=_HINT) from None
    if root.tag != f"{_SVG}svg":
        raise SpecloomError(f"{where} is no SVG", hint=_HINT)
    _square(root, where)
    written: bytes = tostring(_kept(root, where, 0), encoding="utf-8")
    return written + b"\n"


def _kept(element: Element, where: str, depth: int) -> Element:
    name = element.tag.removeprefix(_SVG) if isinstance(element.tag, str) else ""
    if name not in _ELEMENTS or depth > 20:
        raise SpecloomError(f"{where} holds <{name or element.tag}>, which is no shape", hint=_HINT)
    made = Element(name, {"xmlns": _SVG[1:-1]} if depth == 0 else {})
    for key, value in element.attrib.items():
        if key not in _ATTRIBUTES or not _VALUE.fullmatch(value) or re.search(r"url\((?!#)|:\s*//", value):
            raise SpecloomError(f"{where}: the attribute {key!r} of <{name}> is not allowed", hint=_HINT)
        made.set(key, value)
    if name == "title":
        made.text = element.text
    elif (element.text or "").strip() or any((inner.tail or "").strip() for inner in element):
        raise SpecloomError(f"{where} holds text outside its shapes", hint=_HINT)
    made.extend([_kept(inner, where, depth + 1) for inner in element])
    return made


def _square(root: Element, where: str) -> None:
    box = re.split(r"[\s,]+", root.get("viewBox", "").strip())
    sides = box[2:] if len(box) == 4 else [root.get("width", ""), root.get("height", "")]
    if not sides[0] or sides[0] != sides[1]:
        raise SpecloomError(f"{where} is not square", hint="give it a viewBox as wide as high")


def read(place: Path | str) -> bytes:
    """The icon of a file, or of an https URL of a public server. Raises SpecloomError."""
    if str(place).startswith("https://"):
        return shapes(fetch(str(place), public=True)[0], str(place))
    if "://" in str(place):
        raise SpecloomError(f"{place} is no https URL", hint="or give a file")
    try:
        with Path(place).open("rb") as file:
            return shapes(file.read(MOST + 1), str(place))
    except OSError as error:
        raise SpecloomError(f"{place}: {error.strerror}", hint="an icon is an SVG file") from None


def named(block: Any, document: Path | str, reach: ReferenceScope) -> bytes | None:
    """The icon that a document names in `x-specloom.icon`: a file where its references may lead, a URL with --fetch
    only; None where it names none. Raises SpecloomError."""
    place = block.get("icon") if isinstance(block, Mapping) else None
    if not isinstance(place, str):
        return None
    if isinstance(document, str):
        place = urljoin(document, place)
    if place.startswith("https://"):
        if not reach.fetch:
            raise SpecloomError(
                f"x-specloom.icon is not fetched: {place}", hint="allow it with --fetch, or pass --icon"
            )
        return read(place)
    path = (Path(document).parent / place).resolve()
    if "://" in place or not reach.allows(path, Path(document)):
        raise SpecloomError(f"x-specloom.icon leads elsewhere: {place}", hint="pass --icon, or --root")
    return read(path)

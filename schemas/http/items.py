"""What an operation has made: the items of a result, and where a link of the document leads."""

from __future__ import annotations

import math
import re
from typing import Any, Literal, NotRequired, TypedDict
from urllib.parse import quote, urlencode, urljoin

from specloom.schemas.expressions import Exchange, Expression, as_text, evaluate
from specloom.schemas.http.styles import has_dots
from specloom.schemas.model import Link, Output, Service


class Item(TypedDict):
    """One thing that was made: a `url`, or for a text the `text`. Sizes are bytes, pixels and seconds."""

    type: str
    text: NotRequired[str]
    url: NotRequired[str]
    id: NotRequired[str]
    content_type: NotRequired[str]
    file_name: NotRequired[str]
    preview_url: NotRequired[str]
    file_size: NotRequired[float]
    width: NotRequired[float]
    height: NotRequired[float]
    duration: NotRequired[float]


_TEXTS: tuple[Literal["content_type", "file_name", "preview_url"], ...] = ("content_type", "file_name", "preview_url")
_NUMBERS: tuple[Literal["file_size", "width", "height", "duration"], ...] = (
    "file_size", "width", "height", "duration",
)  # fmt: skip


def items_of(service: Service, output: Output, exchange: Exchange, base_url: str) -> list[Item]:
    if output.type == "none":
        return []
    if output.items is None:
        elements: list[Any] = [exchange.body]
        url = output.mapping.get("url")
        listed = evaluate(url, exchange) if url and not url.uses("item") else None
        if isinstance(listed, list):
            found = [_item(service, output, exchange, element, base_url, url=element) for element in listed]
            return [item for item in found if item]
    else:
        given = evaluate(output.items, exchange)
        elements = given if isinstance(given, list) else [] if given is None else [given]
    found = [_item(service, output, exchange, element, base_url) for element in elements]
    return [item for item in found if item]


def _item(
    service: Service, output: Output, exchange: Exchange, element: Any, base_url: str, url: Any = None
) -> Item | None:
    def value(key: str) -> Any:
        expression = output.mapping.get(key)
        return evaluate(expression, exchange, element) if expression else None

    item: Item = {"type": output.type}
    if output.type == "text":
        text = value("text")
        return {**item, "text": text if isinstance(text, str) else str(text)} if text is not None else None
    address = text_of(url if url is not None else value("url")) or _download_url(service, output, exchange, element)
    if not address:
        return None
    item["url"] = _absolute(address, base_url or service.base_url)
    if (identity := text_of(value("item_id"))) is not None:
        item["id"] = identity
    for key in _TEXTS:
        if (text := text_of(value(key))) is not None:
            item[key] = text
    for name in _NUMBERS:
        if (number := number_of(value(name))) is not None:
            item[name] = number
    return item


def _absolute(url: str, base_url: str) -> str:
    """A root-relative URL belongs to the base URL's host; a bare path goes below the base URL."""
    if not base_url or re.match(r"[a-zA-Z][a-zA-Z0-9+.-]*:", url):
        return url
    return urljoin(base_url.rstrip("/") + "/", url)


def _download_url(service: Service, output: Output, exchange: Exchange, element: Any) -> str | None:
    """Where the reply has no URL, the one of the operation that returns the bytes, below the base URL."""
    link = output.download
    target = service.operation(link.operation_id) if link else None
    if link is None or target is None:
        return None
    inputs = link_inputs(link, exchange, element)
    path = target.path
    for field in target.fields:
        if field.location == "path":
            segment = encoded(inputs.get(field.name))
            if segment is None:
                return None
            path = path.replace(f"{{{field.pointer}}}", segment)
    asked = [f for f in target.fields if f.location == "query" and f.name in inputs]
    query = [(f.pointer, as_text(inputs[f.name]) or "") for f in asked]
    return path.lstrip("/") + (f"?{urlencode(query)}" if query else "")


def encoded(value: Any) -> str | None:
    """One path segment: nothing in it can leave the segment. None for what is no segment: nothing, and
    what would climb, since clients resolve dots even when they are percent-encoded."""
    text = as_text(value)
    return None if not text or has_dots(text) else quote(text, safe="")


def link_inputs(link: Link, exchange: Exchange, item: Any = None) -> dict[str, Any]:
    """Inputs, by Field.name, of the operation a link leads to; absent values are left out."""
    values = {
        name: evaluate(value, exchange, item) if isinstance(value, Expression) else value
        for name, value in link.parameters.items()
    }
    return {name: value for name, value in values.items() if value is not None}


def text_of(value: Any) -> str | None:
    """A text or number as text; None for anything else and for the empty text."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return None
    return str(value) or None


def number_of(value: Any) -> float | None:
    """A finite number, also where it came as a text (headers do)."""
    if isinstance(value, str) and re.fullmatch(r"\s*-?\d{1,18}(\.\d{1,18})?\s*", value):
        value = float(value) if "." in value else int(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        return None
    return value

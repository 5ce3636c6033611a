"""OpenAPI's parameter styles, and what may stand in a URL or a header. The twin of generator/runtime/src/encode.ts."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import quote, unquote

from specloom.schemas.http.values.numbers import decimal_text, json_text
from specloom.schemas.model import Field

Pair = tuple[str, str]
"""Name and value, both percent-encoded."""

_RESERVED = re.compile(r"%(?:3A|2F|3F|40|21|24|27|28|29|2C|3B|3D|5B|5D|25(?=[0-9A-Fa-f]{2}))")
_SURROGATES = re.compile("[\ud800-\udfff]")
_HEADER_NAME = re.compile(r"[\w!#$%&'*+.^`|~-]+", re.ASCII)
_HEADER_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
_DOTS = re.compile(r"%(?:2E|2F|5C|25)", re.IGNORECASE)
_DELIMITERS = {"spaceDelimited": "%20", "pipeDelimited": "%7C", "tabDelimited": "%09"}
"""Tabs are Swagger 2's, which has them for paths and headers as well."""
_LEADS = {"label": ".", "matrix": ";"}


class InputError(ValueError):
    """The inputs do not make a request. `str()` is fit for the user, `field` the input's name."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


def percent(value: str) -> str:
    """Everything but letters, digits and -._~ as %XX of its UTF-8; half a surrogate pair has none."""
    return quote(_SURROGATES.sub("\ufffd", value), safe="")


def percent_reserved(value: str) -> str:
    """`allowReserved`: reserved characters and %XX stand as they are, except those that would end the value."""
    return _RESERVED.sub(lambda found: unquote(found.group()), percent(value))


def text(value: Any) -> str:
    """A value as it stands in a URL or header, before encoding."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, (dict, list)):
        return json_text(value)
    if isinstance(value, Decimal):
        return decimal_text(value)
    return "" if value is None else str(value)


def pairs(name: str, value: Any, field: Field | None = None, style: str | None = None) -> list[Pair]:
    """The pairs of one query parameter or form field; `style` replaces the field's."""
    style = style if style is not None else field.style if field else ""
    encode = percent_reserved if field and field.allow_reserved else percent
    key = percent(name)
    if field and is_json(field.encoding):
        return [(key, encode(text(value) if isinstance(value, (dict, list)) else json.dumps(value)))]
    if not isinstance(value, (list, Mapping)):
        return [(key, encode(text(value)))]
    inner = list(value.values()) if isinstance(value, Mapping) else value
    if style == "deepObject" or any(isinstance(one, (list, Mapping)) for one in inner):
        return _brackets(name, value, encode)
    # Without a style the default holds: form, exploded.
    if not style or (field and field.explode):
        if isinstance(value, Mapping):
            return [(percent(str(inside)), encode(text(one))) for inside, one in value.items()]
        return [(key, encode(text(one))) for one in value]
    flat = [part for pair in value.items() for part in pair] if isinstance(value, Mapping) else value
    return [(key, _DELIMITERS.get(style, ",").join(encode(text(one)) for one in flat))] if flat else []


def _brackets(name: str, value: Any, encode: Callable[[str], str]) -> list[Pair]:
    """a[b]=1, list[]=1, list[0][b]=1: what deepObject says of objects, and what its readers expect of lists."""
    found: list[Pair] = []
    if isinstance(value, list):
        plain = not any(isinstance(one, (list, Mapping)) for one in value)
        for index, one in enumerate(value):
            found += _brackets(f"{name}[{'' if plain else index}]", one, encode)
    elif isinstance(value, Mapping):
        for inside, one in value.items():
            found += _brackets(f"{name}[{inside}]", one, encode)
    else:
        found.append((percent(name), encode(text(value))))
    return found


NO_DOTS = "may hold no part that is '.' or '..'"
"""What is wrong with a path value that `has_dots`, behind the input's name."""


def has_dots(path: str) -> bool:
    """Whether a part between slashes or backslashes is '.' or '..', also once it has been decoded once or twice more:
    clients and servers on the way resolve those, and the call would reach another place than the document names."""
    once = _decode_dots(path)
    texts = (path, once, _decode_dots(once))
    return any(part in (".", "..") for one in texts for part in re.split(r"[\\/]", one))


def _decode_dots(path: str) -> str:
    return _DOTS.sub(lambda found: unquote(found.group()), path)


def path_text(name: str, value: Any, field: Field) -> str:
    """One path parameter in its style: simple (default), label or matrix. Raises InputError for dot segments."""
    lead = _LEADS.get(field.style, "")
    separator = lead if field.explode and lead else _DELIMITERS.get(field.style, ",")
    prefix = f"{percent(name)}=" if field.style == "matrix" else ""
    before = lead + ("" if field.explode else prefix)
    if isinstance(value, list):
        each = prefix if field.explode else ""
        return before + separator.join(each + _path_part(one, field) for one in value)
    if isinstance(value, Mapping):
        joint = "=" if field.explode else ","
        parts = ((_path_part(str(key), field), _path_part(one, field)) for key, one in value.items())
        return before + separator.join(joint.join(pair) for pair in parts)
    return lead + prefix + _path_part(value, field)


def _path_part(value: Any, field: Field) -> str:
    """What would end the path stays encoded under `allowReserved` too."""
    plain = text(value)
    if has_dots(plain):
        raise InputError(f"{field.name} {NO_DOTS}", field.name)
    return percent_reserved(plain).replace("?", "%3F") if field.allow_reserved else percent(plain)


def header_value(value: Any, field: Field) -> str:
    """A header parameter's value: simple style, unencoded."""
    if isinstance(value, list):
        return unquote(_DELIMITERS.get(field.style, ",")).join(map(text, value))
    if not isinstance(value, Mapping) or is_json(field.encoding):
        return text(value)
    joint = "=" if field.explode else ","
    return ",".join(f"{name}{joint}{text(one)}" for name, one in value.items())


def safe_header(name: str, value: str) -> str:
    """Raises InputError for what would end the header and begin another, or cannot be sent at all."""
    trimmed = value.strip()
    if not _HEADER_NAME.fullmatch(name):
        raise InputError("A header of this step has an unusable name", name)
    if not _HEADER_VALUE.fullmatch(trimmed):
        raise InputError(f"{name} may hold neither line breaks nor characters beyond Latin-1", name)
    return trimmed


def is_json(media_type: str) -> bool:
    return re.match(r"[^;]*[/+]json\s*(;|$)", media_type, re.IGNORECASE) is not None

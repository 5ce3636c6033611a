"""What a schema says about one value besides its structure: limits, patterns, examples, titles, file forms."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from specloom.schemas.media.kinds import media_kind
from specloom.schemas.memo import cached
from specloom.schemas.model import Choice, FileForm
from specloom.schemas.patterns import pattern_fault
from specloom.schemas.text import humanize, one_line, title_case

_LARGEST = 1.7e308
_RAW = ("multipart/", "application/octet", "image/", "audio/", "video/", "*/*")
"""Media types that carry files as they are."""
_MACHINE = re.compile(
    r"[a-z0-9]+(?:[_\-.][a-zA-Z0-9]+)+\Z|[a-z]+(?:[A-Z][a-z0-9]+)+\Z|[A-Z][a-zA-Z0-9]*(?:_[A-Za-z0-9]+)+\Z"
)

PYTHON_TYPES: Mapping[str, tuple[type, ...]] = {
    "string": (str,), "integer": (int,), "number": (int, float), "boolean": (bool,), "object": (dict,)
}  # fmt: skip


@cached(16384)
def name_of(raw: str) -> str:
    """A property's or parameter's name as inputs have it: the document's own, but printable and not endless."""
    return raw if raw.isidentifier() and len(raw) < 200 else one_line(raw, 200) or "value"


def title_of(given: object, name: str) -> str:
    """The document's title where it is meant for people, else one made from the name."""
    if not given:
        return humanize(name)
    title = one_line(given)
    if not title or _MACHINE.match(title):
        return humanize(name)
    return title_case(title) if title.islower() and title.isascii() and len(title) < 40 else title


_RANGE = frozenset("minimum maximum exclusiveMinimum exclusiveMaximum multipleOf".split())
LIMITS = _RANGE | {"minLength", "maxLength"}


def limits(keywords: dict[str, Any], facets: dict[str, Any]) -> None:
    """Adds bounds and lengths; 3.0 says exclusive by a boolean, 3.1 by a number of its own."""
    if "maxLength" in keywords or "minLength" in keywords:
        facets["min_length"] = count(keywords, "minLength")
        facets["max_length"] = count(keywords, "maxLength")
    if keywords.keys().isdisjoint(_RANGE):
        return
    facets["multiple_of"] = number(keywords.get("multipleOf"))
    for plain, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        bound, strict = number(keywords.get(plain)), keywords.get(exclusive)
        apart = number(strict)
        if apart is not None:
            bound = apart
        if bound is not None:
            facets[plain] = bound
            facets[f"exclusive_{plain}"] = apart is not None or strict is True


def number(value: Any) -> Any:
    """A finite number that every language holds, or None."""
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return None
    return value if -_LARGEST < value < _LARGEST else None


def count(keywords: dict[str, Any], key: str) -> int | None:
    value = keywords.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53 else None


def only_value(keywords: Mapping[str, Any]) -> list[Any]:
    """The one value that is allowed, in a list; [] where there are several, or null is the one."""
    listed = [keywords["const"]] if "const" in keywords else keywords.get("enum")
    closed = isinstance(listed, list) and len(listed) == 1 and keywords.get("x-extensible-enum") is None
    return listed if isinstance(listed, list) and closed and listed[0] is not None else []


def example(keywords: dict[str, Any]) -> Any:
    given = keywords.get("example")
    if given is not None or "examples" not in keywords:
        return given
    examples = keywords["examples"]
    if isinstance(examples, dict):  # a few documents write them as media types do
        examples = [e.get("value") if isinstance(e, dict) else e for e in examples.values()]
    return examples[0] if isinstance(examples, list) and examples else None


def pattern(given: Any) -> tuple[str, str]:
    """(the pattern, '') or ('', why it is left out)."""
    if not isinstance(given, str) or not given:
        return "", ""
    fault = pattern_fault(given)
    return ("", fault) if fault else (given, "")


def file_form(keywords: dict[str, Any], block: Mapping[str, Any], media_type: str) -> FileForm | None:
    if block.get("file") in ("url", "base64", "binary"):
        form: FileForm = block["file"]
        return form
    if keywords.get("contentEncoding") == "base64" or keywords.get("format") in ("byte", "base64"):
        return "base64"
    plain = media_type.startswith(_RAW)
    if not is_bytes(keywords) or (keywords.get("format") != "binary" and not plain):
        return None
    return "binary" if plain or not media_type else "base64"


def is_bytes(keywords: Mapping[str, Any]) -> bool:
    """Whether a text stands for bytes: by its format, or by a media type that is none of text."""
    if keywords.get("format") == "binary":
        return True
    said = keywords.get("contentMediaType")
    return isinstance(said, str) and "contentEncoding" not in keywords and media_kind(said) == "file"


def type_of_choices(choices: tuple[Choice, ...]) -> Any:
    kinds = {type(choice.value) for choice in choices}
    if len(kinds) == 1:
        return {str: "string", int: "integer", float: "number", bool: "boolean"}.get(kinds.pop(), "any")
    return "number" if kinds == {int, float} else "any"


def fitting_default(default: Any, kind: str, repeated: bool, closed: list[Any] | None) -> tuple[Any, bool]:
    """(the default in the field's form or None, whether it fits its own schema as it stands)."""
    values = default if repeated and isinstance(default, list) else [default]
    read = [_read(value, kind) for value in values]
    if any(value is None or (closed is not None and value not in closed) for value in read):
        return None, False
    return (read if repeated else read[0]), all(a is b for a, b in zip(values, read, strict=True))


def _is_held(value: float, kind: str) -> bool:
    """Every language holds it as it stands; 1e308 is an integer only on paper."""
    return number(value) is not None and (kind == "number" or isinstance(value, int) or abs(value) < 2**53)


def _read(value: Any, kind: str) -> Any:
    """The value, or what its text says ('true' for a boolean); None where it is of another kind."""
    types = PYTHON_TYPES.get(kind)
    if kind in ("integer", "number") and isinstance(value, (int, float)) and not _is_held(value, kind):
        return None
    if types is None or (isinstance(value, types) and (kind == "boolean" or not isinstance(value, bool))):
        return value
    if kind == "integer" and isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and kind == "boolean":
        return {"true": True, "false": False}.get(value.lower())
    if isinstance(value, str) and kind in ("integer", "number"):
        try:
            return number(int(value) if kind == "integer" else float(value))
        except ValueError:
            return None
    return str(value) if kind == "string" and type(value) in (int, float) else None

"""Texts, numbers, dates and yes-or-no questions as n8n parameters: their help, limits, defaults and examples."""

from __future__ import annotations

import json
import math
import re
from typing import Any

from specloom.generator.n8n.fields.controls import Control, exact
from specloom.generator.n8n.text import plain, whether
from specloom.schemas.durations import shown_date
from specloom.schemas.model import Field

Property = dict[str, Any]

_TYPES = {"number": "number", "numbers": "number", "date": "dateTime", "json": "json"}
NOT_SET: Property = {"name": "[Not Set]", "value": ""}
_NUMBER = re.compile(r"\d+")
_MULTILINE = re.compile(r"prompt|text|description|message|content|instruction|body|notes|caption", re.IGNORECASE)


def field_help(item: Field, title: str) -> list[str]:
    parts = [item.description]
    low, high = _bounds(item)
    limited = item.max_length or (low is not None and high is not None)
    known = _NUMBER.findall(item.description) if limited else []
    if low is not None and high is not None and (number_text(low) not in known or number_text(high) not in known):
        parts.append(f"Between {number_text(low)} and {number_text(high)}")
    if item.max_length and str(item.max_length) not in known:
        parts.append(f"At most {item.max_length} characters")
    if item.inferred:
        parts.append(f"Not documented by {plain(title, 60)}: {item.inferred}")
    return parts


def number_text(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else str(value)


def simple(control: Control, name: str, title: str) -> Property:
    item, kind = control.field, control.kind
    found: Property = {"displayName": name, "name": control.name, "type": _TYPES.get(kind, "string")}
    options = _type_options(control, found["type"])
    if options:
        found["typeOptions"] = options
    found["default"] = _default(control)
    if (example := placeholder(item)) and kind in ("text", "texts"):
        found["placeholder"] = example
    if kind == "text" and control.name == "email":
        found["placeholder"] = "name@email.com"
    return found


def flag(control: Control, name: str, title: str) -> Property:
    if control.blank:
        answers = [NOT_SET, {"name": "No", "value": False}, {"name": "Yes", "value": True}]
        return {
            "displayName": name, "name": control.name, "type": "options", "options": answers, "default": "",
        }  # fmt: skip
    return {
        "displayName": name,
        "name": control.name,
        "type": "boolean",
        "default": control.field.default is True,
        "description": whether(name, *field_help(control.field, title)),
    }


def _type_options(control: Control, kind: str) -> Property:
    item = control.field
    found: Property = {}
    if control.kind in ("texts", "numbers"):
        found |= {"multipleValues": True, "multipleValueButtonText": "Add Value"}
    if kind == "number":
        low, high = _bounds(item)
        found |= {"minValue": low} if low is not None else {}
        found |= {"maxValue": high} if high is not None else {}
        if item.type == "integer":
            found["numberPrecision"] = 0
    if kind == "string":
        if item.secret:
            found["password"] = True
        elif control.kind == "text" and not item.format and _long(item):
            found["rows"] = 4
        for key, limit in (("minLength", item.min_length), ("maxLength", item.max_length)):
            if limit is not None and control.kind == "text":
                found[key] = limit
    return found


def _long(item: Field) -> bool:
    short = item.max_length is not None and item.max_length < 200
    return not short and (_MULTILINE.search(item.name) is not None or (item.max_length or 0) >= 200)


def _bounds(item: Field) -> tuple[float | None, float | None]:
    low, high = item.minimum, item.maximum
    if low is None and high is None:
        return None, None
    if item.type == "integer" and low is not None:
        low = math.floor(low) + 1 if item.exclusive_minimum else math.ceil(low)
    if item.type == "integer" and high is not None:
        high = math.ceil(high) - 1 if item.exclusive_maximum else math.floor(high)
    return _finite(low), _finite(high)


def _finite(value: float | None) -> float | None:
    """None for a limit that a JavaScript number cannot say, as the ends of int64: it would be another limit."""
    if value is None or not exact(value):
        return None
    return int(value) if float(value).is_integer() else value


def placeholder(item: Field) -> str:
    """'e.g. …' out of the example; none where the lint would want it changed, which made it untrue."""
    example = item.example
    if not isinstance(example, (str, int, float)) or isinstance(example, bool):
        return ""
    text = plain(str(example), 80)
    return "" if not text or re.search(r"\b[iI]ds?\b", text) else f"e.g. {text}"


def _default(control: Control) -> Any:
    """What the control holds at first. Never an expression; '' where a blank control waits to be filled in."""
    item, value = control.field, control.field.default
    if control.kind in ("texts", "numbers") or control.blank:
        return ""
    if control.kind == "json":
        if value is not None:
            return safe_text(json.dumps(value, ensure_ascii=False, indent=2))
        return "" if control.visible else ("[]" if item.repeated else "{}" if item.type == "object" else "")
    if control.kind == "number":
        good = isinstance(value, (int, float)) and not isinstance(value, bool) and exact(value)
        return value if good else ""
    value = shown_date(value, item.format)
    return safe_text(value) if isinstance(value, str) else ""


def safe_text(value: str) -> str:
    """The text as a default; '' where n8n would run it as an expression, or where no file could hold it."""
    if value.startswith("=") or len(value) > 10000:
        return ""
    return value.encode("utf-8", "replace").decode()

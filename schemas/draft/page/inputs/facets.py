"""Facets of an input from the words about it: default, choices, limits, format. Tables of patterns, of no vendor."""

from __future__ import annotations

import re
from typing import Any

from msgspec import UNSET
from msgspec.structs import replace

from specloom.schemas.draft.facts import Field, Json
from specloom.schemas.draft.page.inputs.choices import DEFAULT, VALUE, bare, choices
from specloom.schemas.draft.snippets.bodies import json_type, scalar

TYPES: dict[str, str] = {
    "string": "string",
    "str": "string",
    "text": "string",
    "varchar": "string",
    "char": "string",
    "uuid": "string",
    "guid": "string",
    "url": "string",
    "uri": "string",
    "email": "string",
    "date": "string",
    "datetime": "string",
    "date-time": "string",
    "timestamp": "string",
    "password": "string",
    "enum": "string",
    "base64": "string",
    "integer": "integer",
    "int": "integer",
    "int32": "integer",
    "int64": "integer",
    "long": "integer",
    "number": "number",
    "float": "number",
    "double": "number",
    "decimal": "number",
    "numeric": "number",
    "boolean": "boolean",
    "bool": "boolean",
    "array": "array",
    "list": "array",
    "object": "object",
    "dict": "object",
    "map": "object",
    "hash": "object",
    "json": "object",
    "dictionary": "object",
    "file": "file",
    "binary": "file",
}
"""Words for types to JSON types; `file` is a file that is sent."""
FORMATS: dict[str, str] = {
    "uuid": "uuid",
    "guid": "uuid",
    "url": "uri",
    "uri": "uri",
    "email": "email",
    "date": "date",
    "datetime": "date-time",
    "date-time": "date-time",
    "int32": "int32",
    "int64": "int64",
    "float": "float",
    "double": "double",
    "password": "password",
    "ipv4": "ipv4",
    "ipv6": "ipv6",
    "byte": "byte",
    "base64": "byte",
}
_WORDS = "|".join(sorted(TYPES, key=len, reverse=True))
TYPE = re.compile(
    rf"(?:an?\s+)?(?:(?P<list>array|list)\s*(?:of\s+|<|\[|\s*\(\s*)?\s*(?P<of>{_WORDS})s?\b[>\])]*|\[(?P<in>{_WORDS})s?\]|"
    rf"(?P<one>{_WORDS})s?\b(?P<many>\s*\[\])?)(?:\s*[<(](?P<format>[\w\-]+)[>)])?(?P<null>\s*(?:\||or)\s*null|\?)?",
    re.I,
)
_NO_DEFAULT = re.compile(
    r"(?:to|is|the|a|an|value|values|none specified|for|if|when|behaviou?r|-+|—|varies)\.?\Z", re.I
)
_NUM = r"(-?\d[\d,]*(?:\.\d+)?)"
_CHARACTERS = r"\s*(?:-|\s)?(?:characters?|chars?|letters|symbols)"
_LIMITS: tuple[tuple[str, str], ...] = (
    (
        "max_length",
        (
            rf"(?:max(?:imum)?(?: length)?(?: (?:of|is))?|up to|at most|no more than|not exceed|<=|limit(?:ed)"
            rf"?(?: (?:to|of))?)[:\s]*{_NUM}{_CHARACTERS}"
        ),
    ),
    ("max_length", rf"{_NUM}{_CHARACTERS}\s*(?:max(?:imum)?|or (?:less|fewer)|at most|limit)"),
    (
        "max_length",
        (
            rf"(?:max(?:imum)?(?: string)?[ _]?length|maxLength|length\s*(?:≤|<=))[:=\s]*{_NUM}|<=\s*{_NUM} characters|"
            rf"max(?:imum)? {_NUM} char"
        ),
    ),
    (
        "min_length",
        (
            rf"(?:min(?:imum)?(?: length)?(?: of)?|at least|>=)[:\s]*{_NUM}{_CHARACTERS}|(?:min(?:imum)"
            rf"?[ _]?length|minLength)[:=\s]+{_NUM}"
        ),
    ),
    (
        "max_items",
        (
            rf"(?:max(?:imum)?|up to|at most)[:\s]*{_NUM}\s*(?:items|elements|entries|images|files)\b|<"
            rf"=\s*{_NUM} items|at most {_NUM}\.?\Z"
        ),
    ),
    (
        "maximum",
        (
            rf"(?:\bmax(?:imum|\.)?(?: value)?(?: (?:is|of))?|at most|up to|no more than|must be (?:less t"
            rf"han or equal to|at most)|<=|≤)[:=\s]*{_NUM}(?!\s*(?:-|char|letters|MB|KB|GB|mb|%|items|e"
            rf"lements|bytes|px|x\d|images|files))"
        ),
    ),
    (
        "minimum",
        (
            rf"(?:\bmin(?:imum|\.)?(?: value)?(?: (?:is|of))?|at least|>=|≥|must be (?:greater than or equ"
            rf"al to|at least))[:=\s]*{_NUM}(?!\s*(?:char|letters|items|elements|bytes|px))"
        ),
    ),
)
_RANGE = re.compile(
    rf"\(\s*{_NUM}\s*(?:-|–|—|to|\.\.\.?)\s*{_NUM}\s*\)|\[\s*{_NUM}\s*(?:\.\.\.?|to|–)\s*{_NUM}\s*\]|"
    rf"(?:\b(?:between|from|range:?|ranges? from|must be between)|Required range:)\s*{_NUM}\s*("
    rf"?:-|–|—|and|to|\.\.\.?)\s*{_NUM}|"
    rf"\b(?:integer|int|number|float)\s+{_NUM}\s*(?:-|–|to)\s*{_NUM}(?!\s*char)|"
    rf"(?:\A[\s—–:]*|[,:]\s+){_NUM}\s*(?:-|–|—|to|\.\.\.?)\s*{_NUM}(?=\s*(?:\(|\Z|\.(?:\s|\Z)|,|;|px\b|pixels\b|seconds?\b|s\b|ms\b))|{_NUM}\s*(?:<=|≤)\s*\w*"
    rf"\s*(?:<=|≤)\s*{_NUM}",
    re.I,
)
_MULTIPLE = re.compile(rf"\b(?:multiples? of|divisible by)\s+{_NUM}", re.I)
_LENGTHS = re.compile(rf"\[?\s*{_NUM}\s*(?:\.\.|-|–|to)\s*{_NUM}\s*\]?{_CHARACTERS}", re.I)
_FORMAT_WORDS = (
    (r"\bISO[ \-]?8601\b.*?date(?!.?time)|\bYYYY-MM-DD\b(?![T ])", "date"),
    (r"\bISO[ \-]?8601\b|RFC[ \-]?3339", "date-time"),
    (r"\bUUID\b", "uuid"),
    (r"\bpublic(?:ly accessible)? URL\b|\bURL (?:of|to|for)\b|\bHTTPS? URL\b", "uri"),
)
_EXAMPLE = re.compile(rf"\b(?:Examples?|e\.g\.,?|for example,?)\s*:\s*({VALUE})")


def with_facets(field: Field, text: str) -> Field:
    """The field with what `text` says of it, where it does not say it yet."""
    told: dict[str, Any] = {}
    if field.default is UNSET and (value := default(text, field.type)) is not UNSET:
        told["default"] = value
    if not field.type and isinstance(value := told.get("default", field.default), bool | int | float):
        field = replace(field, type=json_type(value))
    if not field.choices and field.type not in ("boolean", "object", "file"):
        told["choices"] = tuple(_typed(value, field.items or field.type) for value in choices(text))
    told |= {key: value for key, value in _limits(text, field.type).items() if getattr(field, key) is None}
    if not field.format and field.type in ("", "string"):
        told["format"] = next((name for pattern, name in _FORMAT_WORDS if re.search(pattern, text)), "")
    if field.example is UNSET and (example := _EXAMPLE.search(text)):
        told["example"] = _typed(bare(example[1]), field.type)
    return replace(field, **{key: value for key, value in told.items() if value not in ((), "")})


def typed(field: Field, text: str) -> Field:
    """The field with the type that `text` begins with or consists of."""
    found = TYPE.search(text)
    if not found:
        return field
    inner = (found["of"] or found["in"] or (found["one"] if found["many"] else "") or "").lower()
    word = (found["one"] or "").lower()
    kind = "array" if inner else TYPES.get(word, "")
    shown = (found["format"] or "").lower()
    kind = "file" if shown == "binary" and kind == "string" else kind
    return replace(
        field,
        type=kind,
        items=TYPES.get(inner, "") if inner else field.items,
        format=FORMATS.get(shown, "") or ("" if inner else FORMATS.get(word, "")) or field.format,
        nullable=field.nullable or bool(found["null"]) or bool(re.search(r"(?i)\bnull(?:able)?\b", text)),
    )


def default(text: str, kind: str = "") -> Json:
    """The default that the words tell; UNSET where they tell none."""
    found = DEFAULT.search(text)
    if not found:
        return UNSET
    value = bare(found["value"])
    quoted = found["value"] != value
    if not quoted:
        value = value.rstrip(".")
        if _NO_DEFAULT.match(value) or not value:
            return UNSET
        goes_on = re.match(r"\s+[a-z]", text[found.end() :])
        if goes_on and re.search(r"(?i)\bis\s", found[0]) and isinstance(scalar(value), str):
            return UNSET  # `the default is chosen by …`
        if re.search(r"\bby default\b", text[max(0, found.start() - 3) : found.end()], re.I):
            return UNSET
    if value.lower() in ("null", "none", "nil", "undefined", "n/a") and (not quoted or kind not in ("", "string")):
        return "none" if kind == "string" and value == "none" else UNSET
    made = _typed(value, kind)
    return UNSET if kind in ("integer", "number", "boolean") and isinstance(made, str) else made


def _typed(value: str, kind: str) -> Json:
    """As the type wants it; as it stands where it is no such value."""
    if kind in ("integer", "number"):
        made = scalar(value.replace(",", "") if re.fullmatch(r"-?\d{1,3}(,\d{3})+", value) else value)
        return value if isinstance(made, bool) else made
    if kind == "boolean":
        return {"true": True, "false": False}.get(value.lower(), value)
    return value if kind == "string" else scalar(value)


def _limits(text: str, kind: str) -> dict[str, float | int]:
    """Only those that a value of the type can have."""
    numeric = kind in ("", "integer", "number")
    found: dict[str, float | int] = {}
    for name, pattern in _LIMITS:
        if (
            name in ("maximum", "minimum")
            and not (numeric and kind)
            or name in ("max_length", "min_length")
            and kind not in ("", "string")
        ):
            continue
        if name not in found and (match := re.search(pattern, text, re.I)):
            found[name] = _number(next(group for group in match.groups() if group is not None))
    if numeric and kind and (match := _RANGE.search(text.replace("`", ""))):
        low, high = (group for group in match.groups() if group is not None)
        if _number(low) < _number(high):
            found |= {"minimum": _number(low), "maximum": _number(high)}
    if kind == "string" and (match := _LENGTHS.search(text)):
        found |= {"min_length": _number(match[1]), "max_length": _number(match[2])}
    if numeric and kind and (match := _MULTIPLE.search(text)):
        found["multiple_of"] = _number(match[1])
    if "max_items" in found and kind != "array":
        del found["max_items"]
    return found


def _number(text: str) -> float | int:
    shown = text.replace(",", "").rstrip(".")
    return float(shown) if "." in shown else int(shown[:18])

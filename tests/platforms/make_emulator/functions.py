"""The built-in IML functions the emulator knows. A function that would choke on `undefined` in JavaScript raises."""

from __future__ import annotations

import base64 as b64
import hashlib
import hmac
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, unquote

from tests.platforms.make_emulator.values import UNDEFINED, ImlError, is_empty, same, text, truthy


def _given(value: Any, name: str) -> Any:
    if value is UNDEFINED or value is None:
        raise ImlError(f"{name}() of nothing")
    return value


def _list(value: Any, name: str) -> list[Any]:
    if value is UNDEFINED or value is None:
        return []
    if not isinstance(value, list):
        raise ImlError(f"{name}() needs an array, not {type(value).__name__}")
    return value


def _if(condition: Any, then: Any, otherwise: Any = UNDEFINED) -> Any:
    return then if truthy(condition) else otherwise


def _ifempty(value: Any, otherwise: Any) -> Any:
    return otherwise if is_empty(value) else value


def _switch(value: Any, *rest: Any) -> Any:
    pairs, last = (rest[:-1], rest[-1]) if len(rest) % 2 else (rest, UNDEFINED)
    for expected, result in zip(pairs[::2], pairs[1::2], strict=True):
        if same(value, expected):
            return result
    return last


def _get(value: Any, path: Any) -> Any:
    for key in text(path).split("."):
        if isinstance(value, dict):
            value = value.get(key, UNDEFINED)
        elif isinstance(value, list) and key.isdigit() and 1 <= int(key) <= len(value):
            value = value[int(key) - 1]
        else:
            return UNDEFINED
    return value


def _map(items: Any, key: Any, filter_key: Any = UNDEFINED, wanted: Any = UNDEFINED) -> list[Any]:
    values = [each for each in text(wanted).split(",")] if wanted is not UNDEFINED else None
    chosen = [i for i in _list(items, "map") if values is None or text(_get(i, filter_key)) in values]
    return [found for found in (_get(item, key) for item in chosen) if found is not UNDEFINED]


def _replace(value: Any, search: Any, replacement: Any) -> str:
    subject, pattern, new = text(value), text(search), text(replacement)
    regex = re.fullmatch(r"/(.+)/([a-z]*)", pattern, re.S)
    if not regex:
        return subject.replace(pattern, new)
    flags = re.I if "i" in regex.group(2) else 0
    count = 0 if "g" in regex.group(2) else 1
    return re.sub(regex.group(1), re.sub(r"\$(\d)", r"\\\1", new), subject, count=count, flags=flags)


def _to_collection(items: Any, key: Any, value: Any) -> dict[str, Any]:
    return {text(_get(each, key)): _get(each, value) for each in _list(items, "toCollection")}


def _contains(value: Any, wanted: Any) -> bool:
    if isinstance(value, list):
        return any(same(each, wanted) for each in value)
    return text(wanted) in text(value)


def _parse_json(value: Any) -> Any:
    try:
        return json.loads(_given(value, "parseJSON"))
    except (TypeError, ValueError) as error:
        raise ImlError(f"parseJSON(): {error}") from None


def _parse_number(value: Any, separator: Any = ".") -> float | int:
    plain = text(_given(value, "parseNumber")).strip().replace(text(separator), ".")
    try:
        return float(plain) if "." in plain else int(plain)
    except ValueError:
        raise ImlError(f"parseNumber() of {plain!r}") from None


def _bytes(value: Any) -> bytes:
    return value if isinstance(value, bytes) else text(value).encode()


def _base64(value: Any) -> str:
    return b64.b64encode(_bytes(_given(value, "base64"))).decode()


def _to_string(value: Any) -> str:
    return json.dumps(value) if isinstance(value, (dict, list)) else text(_given(value, "toString"))


def _length(value: Any) -> int:
    return len(value) if isinstance(value, (list, str, bytes)) else 0


_DATE_PARTS = {"YYYY": "%Y", "MM": "%m", "DD": "%d", "HH": "%H", "mm": "%M", "ss": "%S"}


def _as_date(value: Any, name: str) -> datetime:
    if isinstance(value, datetime):
        return value
    try:
        return datetime.fromisoformat(text(_given(value, name)).replace("Z", "+00:00"))
    except ValueError:
        raise ImlError(f"{name}() of {value!r}") from None


def _format_date(value: Any, pattern: Any, zone: Any = "UTC") -> str:
    """Without a zone Make takes that of the organization; the emulator's is UTC, and it knows no other."""
    if zone != "UTC":
        raise ImlError(f"formatDate() in {zone!r}")
    moment = _as_date(value, "formatDate").astimezone(UTC)
    if pattern == "X":
        return str(int(moment.timestamp()))
    written = text(pattern).replace("SSS", f"{moment.microsecond // 1000:03d}")
    written = re.sub(r"Z\Z", "+00:00", written)
    return re.sub("|".join(_DATE_PARTS), lambda m: moment.strftime(_DATE_PARTS[m.group()]), written)


def _add_seconds(value: Any, seconds: Any) -> datetime:
    return _as_date(value, "addSeconds") + timedelta(seconds=float(seconds))


def _hash(name: str) -> Callable[..., str]:
    def run(value: Any, encoding: Any = "hex", key: Any = UNDEFINED) -> str:
        data = _bytes(value)
        made = hashlib.new(name, data) if key is UNDEFINED else hmac.new(_bytes(key), data, name)
        return made.hexdigest() if encoding == "hex" else b64.b64encode(made.digest()).decode()

    return run


def _slice(value: Any, start: Any, end: Any = UNDEFINED) -> list[Any]:
    return _list(value, "slice")[int(start) : None if end is UNDEFINED else int(end)]


def _pick(value: Any, *keys: Any) -> dict[str, Any]:
    return {key: each for key, each in (value or {}).items() if key in keys}


def _omit(value: Any, *keys: Any) -> dict[str, Any]:
    return {key: each for key, each in (value or {}).items() if key not in keys}


def _first(value: Any) -> Any:
    return _list(value, "first")[0] if value else UNDEFINED


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "if": _if, "ifempty": _ifempty, "switch": _switch, "get": _get, "map": _map, "replace": _replace,
    "toCollection": _to_collection, "contains": _contains, "parseJSON": _parse_json, "pick": _pick, "omit": _omit,
    "createJSON": lambda v: json.dumps(_given(v, "createJSON"), ensure_ascii=False, separators=(",", ":")), "parseNumber": _parse_number, "base64": _base64,
    "toString": _to_string, "length": _length, "formatDate": _format_date, "addSeconds": _add_seconds,
    "addHours": lambda v, n: _add_seconds(v, 3600 * n),
    "md5": _hash("md5"), "sha1": _hash("sha1"), "sha256": _hash("sha256"), "sha512": _hash("sha512"),
    "encodeURL": lambda v: quote(text(_given(v, "encodeURL")), safe="-_.!~*'()"), "decodeURL": lambda v: unquote(text(v)),
    "join": lambda v, s: text(s).join(text(each) for each in _list(v, "join")),
    "split": lambda v, s: text(v).split(text(s)) if not is_empty(v) else [],
    "first": _first, "last": lambda v: _list(v, "last")[-1] if v else UNDEFINED, "slice": _slice,
    "keys": lambda v: list(v) if isinstance(v, dict) else [], "merge": lambda *v: [e for each in v for e in _list(each, "merge")],
    "sort": lambda v: sorted(_list(v, "sort")), "toArray": lambda v: [{"key": k, "value": e} for k, e in (v or {}).items()],
    "lower": lambda v: text(v).lower(), "upper": lambda v: text(v).upper(), "trim": lambda v: text(v).strip(),
    "indexOf": lambda v, w: text(v).find(text(w)), "substring": lambda v, a, b: text(v)[int(a) : int(b)],
    "parseDate": lambda v, p: _as_date(v, "parseDate"), "flatten": lambda v: [e for each in v for e in (each if isinstance(each, list) else [each])],
}  # fmt: skip

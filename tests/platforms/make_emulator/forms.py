"""What Make's form does to inputs before a module runs: defaults, required ones, choices, types and rules."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from tests.platforms.make_emulator.errors import FormError

Options = Callable[[str, dict[str, Any]], list[Any]]
"""Asks an RPC by name; returns the values it offers."""

_NUMBERS = ("integer", "uinteger", "number", "port", "timestamp")
_TEXTS = ("text", "email", "url", "password", "filename", "uuid", "date", "time", "hidden", "path", "timezone")
_TYPES = (*_NUMBERS, *_TEXTS, "boolean", "select", "array", "collection", "buffer", "any", "json", "banner")


def fill(parameters: list[dict[str, Any]], given: dict[str, Any], ask: Options) -> dict[str, Any]:
    """The values a module gets. What the form does not show is refused: a person could not have entered it.
    Raises FormError."""
    values: dict[str, Any] = {}
    _level(parameters, given, values, ask)
    unknown = sorted(given.keys() - values.keys() - _names(parameters))
    if unknown:
        raise FormError(f"The form has no input {', '.join(unknown)}")
    hidden = sorted(key for key in given if key not in values and given[key] is not None)
    if hidden:
        raise FormError(f"The form does not show {', '.join(hidden)} with these choices")
    return values


def _names(parameters: list[dict[str, Any]]) -> set[str]:
    found = set()
    for parameter in parameters:
        found.add(parameter["name"])
        for option in parameter["options"] if isinstance(parameter.get("options"), list) else ():
            found |= _names(option.get("nested", []))
    return found


def _level(parameters: list[dict[str, Any]], given: dict[str, Any], values: dict[str, Any], ask: Options) -> None:
    for parameter in parameters:
        name = parameter["name"]
        if parameter["type"] not in _TYPES:
            raise FormError(f"{parameter['type']!r} is no type of parameter")
        value = given.get(name, parameter.get("default"))
        if value is None or value == "":
            if parameter.get("required"):
                raise FormError(f"Missing value of required parameter '{name}'.")
            continue
        values[name] = _checked(parameter, value, ask)
        for option in parameter["options"] if isinstance(parameter.get("options"), list) else ():
            if option.get("nested") and option["value"] == value and type(option["value"]) is type(value):
                _level(option["nested"], given, values, ask)


def _checked(parameter: dict[str, Any], value: Any, ask: Options) -> Any:
    kind, name = parameter["type"], parameter.get("name", "item")
    if kind == "array":
        if not isinstance(value, list):
            raise FormError(f"'{name}' is a list")
        _bounds(name, len(value), parameter.get("validate"), ("minItems", "maxItems"))
        return [_element(parameter["spec"], each, ask) for each in value]
    if kind == "collection":
        if not isinstance(value, dict):
            raise FormError(f"'{name}' is a collection")
        return fill(parameter["spec"], value, ask) if "spec" in parameter else value
    if kind == "select":
        return _chosen(parameter, value, ask)
    if kind in _NUMBERS:
        value = _number(name, value)
        if kind == "uinteger" and value < 0:
            raise FormError(f"'{name}' cannot be negative")
        _bounds(name, value, parameter.get("validate"), ("min", "max"))
    elif kind == "boolean" and not isinstance(value, bool):
        raise FormError(f"'{name}' is yes or no")
    elif kind == "buffer" and not isinstance(value, bytes):
        raise FormError(f"'{name}' is a file's content")
    elif kind in _TEXTS and kind != "date":
        _text(parameter, name, value)
    return value


def _number(name: str, value: Any) -> float | int:
    """Texts that say a number become one, of JavaScript's kind: https://make.com/en/help/mapping/type-coercion."""
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            raise FormError(f"'{name}' is a number") from None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise FormError(f"'{name}' is a number")
    return int(value) if float(value).is_integer() and abs(value) <= 2**53 else float(value)


def _element(spec: Any, value: Any, ask: Options) -> Any:
    if isinstance(spec, list):
        if not isinstance(value, dict):
            raise FormError("an element is a collection")
        return fill(spec, value, ask)
    return _checked(spec, value, ask)


def _text(parameter: dict[str, Any], name: str, value: Any) -> None:
    if not isinstance(value, str):
        raise FormError(f"'{name}' is a text")
    rules = parameter.get("validate") or {}
    _bounds(name, len(value), rules, ("min", "max"))
    if "pattern" in rules and not re.search(rules["pattern"], value):
        raise FormError(f"'{name}' does not match {rules['pattern']}")


def _bounds(name: str, size: float, rules: Any, keys: tuple[str, str]) -> None:
    low, high = (rules or {}).get(keys[0]), (rules or {}).get(keys[1])
    if (low is not None and size < low) or (high is not None and size > high):
        raise FormError(f"'{name}' is out of its bounds {low} to {high}")


def _chosen(parameter: dict[str, Any], value: Any, ask: Options) -> Any:
    options = parameter["options"]
    many = parameter.get("multiple", False)
    if many != isinstance(value, list):
        raise FormError(f"'{parameter['name']}' takes {'several values' if many else 'one value'}")
    if many:
        _bounds(parameter["name"], len(value), parameter.get("validate"), ("minItems", "maxItems"))
    offered = ask(options.removeprefix("rpc://"), {}) if isinstance(options, str) else [o["value"] for o in options]
    for each in value if many else [value]:
        known = any(each == option and type(each) is type(option) for option in offered)
        # A mapped value is not compared with the list; where mapping is off, only the list can be chosen from.
        if not known and parameter.get("mappable") is False:
            raise FormError(f"'{parameter['name']}' does not offer {each!r}")
    return value

"""Runs templates and JSON documents with IML in them against a context of variables."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tests.platforms.make_emulator.functions import FUNCTIONS
from tests.platforms.make_emulator.syntax import Node, template
from tests.platforms.make_emulator.values import UNDEFINED, ImlError, same, text, truthy

Context = Mapping[str, Any]
ROOTS = frozenset(
    "now parameters connection common data temp body headers statusCode item output iterate pagination webhook query "
    "method payload oauth environment scenario metadata undefined".split()
)
"""Every variable Make documents, and `undefined`; any other name is a slip of the pen."""
SPREAD = "{{...}}"


def render(value: Any, context: Context) -> Any:
    """JSON with IML to values: a key whose value is undefined disappears, `{{...}}` spreads a collection."""
    if isinstance(value, str):
        return render_text(value, context)
    if isinstance(value, list):
        return [each for each in (render(one, context) for one in value) if each is not UNDEFINED]
    if not isinstance(value, dict):
        return value
    made: dict[str, Any] = {}
    for key, each in value.items():
        found = render(each, context)
        if key == SPREAD:
            if found is not UNDEFINED and found is not None:
                if not isinstance(found, dict):
                    raise ImlError(f"only a collection can be spread, not {found!r}")
                made.update({k: v for k, v in found.items() if v is not UNDEFINED})
        elif found is not UNDEFINED:
            made[text(render_text(key, context))] = found
        else:
            made.pop(key, None)
    return made


def render_text(source: str, context: Context) -> Any:
    parts = template(source)
    if len(parts) == 1 and not isinstance(parts[0], str):
        return run(parts[0], context)
    return "".join(part if isinstance(part, str) else text(run(part, context)) for part in parts)


TEXTS = {"newline": "\n", "tab": "\t", "space": " ", "emptystring": ""}
"""Names for texts that are hard to write."""


def run(node: Node, context: Context) -> Any:
    kind = node[0]
    if kind == "const":
        return node[1]
    if kind == "name" and node[1] in TEXTS:
        return TEXTS[node[1]]
    if kind == "name":
        if node[1] not in ROOTS:
            raise ImlError(f"there is no variable {node[1]!r}")
        return context.get(node[1], UNDEFINED)
    if kind == "get":
        return _member(run(node[1], context), node[2])
    if kind == "index":
        return _element(run(node[1], context), run(node[2], context))
    if kind == "call":
        return _call(node[1], [run(argument, context) for argument in node[2]])
    if kind == "unary":
        value = run(node[2], context)
        return not truthy(value) if node[1] == "!" else -value
    return _binary(node[1], node[2], node[3], context)


def _member(value: Any, key: str) -> Any:
    return value.get(key, UNDEFINED) if isinstance(value, dict) else UNDEFINED


def _element(value: Any, index: Any) -> Any:
    if index == 0:
        raise ImlError("the first element is 1")
    if not isinstance(value, list) or not isinstance(index, int):
        return UNDEFINED
    position = index - 1 if index > 0 else len(value) + index
    return value[position] if 0 <= position < len(value) else UNDEFINED


def _call(name: str, arguments: list[Any]) -> Any:
    """Arguments are evaluated before the call, those of if() too: no document promises otherwise."""
    function = FUNCTIONS.get(name)
    if function is None:
        raise ImlError(f"there is no function {name!r}")
    try:
        return function(*arguments)
    except TypeError as error:
        raise ImlError(f"{name}(): {error}") from None


def _binary(operator: str, left: Node, right: Node, context: Context) -> Any:
    first = run(left, context)
    if operator == "&&":
        return run(right, context) if truthy(first) else first
    if operator == "||":
        return first if truthy(first) else run(right, context)
    second = run(right, context)
    if operator in ("=", "==", "==="):
        return same(first, second)
    if operator in ("!=", "!=="):
        return not same(first, second)
    if operator == "+" and (isinstance(first, str) or isinstance(second, str)):
        return ("undefined" if first is UNDEFINED else text(first)) + (
            "undefined" if second is UNDEFINED else text(second)
        )
    return _arithmetic(operator, first, second)


def _arithmetic(operator: str, first: Any, second: Any) -> Any:
    if operator in ("<", "<=", ">", ">="):
        if not _comparable(first, second):
            return False
        return {"<": first < second, "<=": first <= second, ">": first > second, ">=": first >= second}[operator]
    if not all(isinstance(each, (int, float)) for each in (first, second)):
        raise ImlError(f"{first!r} {operator} {second!r} is not a number")
    if operator in ("/", "%") and second == 0:
        raise ImlError("division by zero")
    made = {
        "+": lambda: first + second, "-": lambda: first - second, "*": lambda: first * second,
        "/": lambda: first / second, "%": lambda: first % second,
    }[operator]()  # fmt: skip
    return int(made) if float(made).is_integer() else made  # JavaScript has one kind of number


def _comparable(first: Any, second: Any) -> bool:
    kinds = ((int, float), (str,), (datetime,))
    return any(isinstance(first, kind) and isinstance(second, kind) for kind in kinds)

"""The expressions of sources as n8n's: JavaScript between `{{ }}`. The only place where text becomes JavaScript."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from specloom.generator.workflows.source.expressions import (
    Alternative,
    Both,
    Comparison,
    Constant,
    JqNode,
    JqPath,
    ResolvePath,
    Text,
)

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_OPERATORS = {"==": "===", "!=": "!=="}
_WORDS = {"and": "&&", "or": "||"}


def quote(value: Any) -> str:
    """JSON as a JavaScript literal in which n8n finds no `{{` and no `}}`, wherever it stands."""
    text = json.dumps(value, ensure_ascii=False)
    return re.sub(r"[{}]", lambda m: f"\\u00{ord(m.group()):02x}", text) if isinstance(value, str) else text


def member(base: str, steps: Sequence[str | int], *, sure: bool = True) -> str:
    """The value at a path; undefined where there is none. `sure`: `base` itself is there."""
    found = base
    for place, step in enumerate(steps):
        safe = "" if place == 0 and sure else "?."
        if isinstance(step, int):
            found += f"{safe}[{step}]"
        elif _IDENTIFIER.fullmatch(step):
            found += f"{safe or '.'}{step}"
        else:
            found += f"{safe}[{quote(step)}]"
    return found


def script(node: JqNode, resolve: ResolvePath) -> str:
    """An expression as JavaScript."""
    if isinstance(node, JqPath):
        return resolve(node)
    if isinstance(node, Constant):
        return quote(node.value)
    if isinstance(node, Text):
        return " + ".join(quote(p) if isinstance(p, str) else f'({script(p, resolve)} ?? "")' for p in node.parts)
    if isinstance(node, Alternative):
        return f"$ifEmpty({script(node.left, resolve)}, {script(node.right, resolve)})"
    left, right = script(node.left, resolve), script(node.right, resolve)
    if isinstance(node, Both):
        return f"({left}) {_WORDS[node.word]} ({right})"
    return f"{left} {_OPERATORS.get(node.operator, node.operator)} {right}"


def wrapped(code: str) -> str:
    return f"={{{{ {code} }}}}"


def literal(value: Any) -> Any:
    """JSON that n8n must take as it is, as a parameter's value."""
    if isinstance(value, str):
        return wrapped(quote(value)) if value.startswith("=") else value
    if isinstance(value, Mapping):
        return {key: literal(each) for key, each in value.items()}
    return [literal(each) for each in value] if isinstance(value, list) else value


def parameter(value: Any, resolve: ResolvePath) -> Any:
    """A value of a source as a parameter holds it; expressions in the form a person would write."""
    if isinstance(value, Mapping):
        return {key: parameter(each, resolve) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [parameter(each, resolve) for each in value]
    if not isinstance(value, JqNode):
        return literal(value)
    if isinstance(value, Constant):
        return literal(value.value)
    if isinstance(value, Text) and not any(
        isinstance(p, str) and re.search(r"\{\{|\}\}|[{}]$|^[{}]", p) for p in value.parts
    ):
        parts = [p if isinstance(p, str) else f"{{{{ {script(p, resolve)} }}}}" for p in value.parts]
        return "=" + "".join(parts)
    return wrapped(script(value, resolve))


def json_script(value: Any, resolve: ResolvePath, indent: str = "\n") -> str:
    """A value as a JavaScript object literal over several lines; braces never touch each other."""
    inner = indent + "  "
    if isinstance(value, Mapping):
        if not value:
            return "{ }"
        entries = [f"{quote(str(k))}: {json_script(v, resolve, inner)}" for k, v in value.items()]
        return "{" + inner + f",{inner}".join(entries) + indent + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(json_script(each, resolve, inner) for each in value) + "]"
    return script(value, resolve) if isinstance(value, JqNode) else quote(value)


def condition(node: JqNode, resolve: ResolvePath, identity: str) -> dict[str, Any]:
    """A comparison as the conditions of an If or Switch node, readable where it is a simple one."""
    simple = isinstance(node, Comparison) and node.operator in ("==", "!=") and isinstance(node.right, Constant)
    if (
        simple
        and isinstance(node, Comparison)
        and isinstance(node.right, Constant)
        and isinstance(node.right.value, str)
    ):
        operation = "equals" if node.operator == "==" else "notEquals"
        single = {
            "id": identity,
            "leftValue": wrapped(script(node.left, resolve)),
            "rightValue": literal(node.right.value),
            "operator": {"type": "string", "operation": operation},
        }
    else:
        single = {
            "id": identity,
            "leftValue": wrapped(script(node, resolve)),
            "rightValue": "",
            "operator": {"type": "boolean", "operation": "true", "singleValue": True},
        }
    options = {"caseSensitive": True, "leftValue": "", "typeValidation": "loose", "version": 2}
    return {"options": options, "conditions": [single], "combinator": "and"}


class _JavaScript:
    """How replies are read in JavaScript."""

    member = staticmethod(member)
    quote = staticmethod(quote)

    def element(self, items: str, index: int) -> str:
        return f"{items}?.[{index}]"

    def joined(self, parts: Sequence[str]) -> str:
        return " + ".join(parts)

    def origin(self, url: str) -> str:
        return f'{url}.split("/").slice(0, 3).join("/")'


JAVASCRIPT = _JavaScript()

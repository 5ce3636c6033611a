"""The expressions of sources in Make's language, as scenarios use it: semicolons between arguments, `{{3.field}}`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from specloom.generator.make.iml import Inexpressible, constant, member, quote, wrap
from specloom.generator.workflows.source.expressions import (
    Alternative,
    Both,
    Comparison,
    Constant,
    JqNode,
    JqPath,
    Operator,
    ResolvePath,
    Text,
)

FilterCondition = dict[str, Any]

_NEGATED: Mapping[Operator, Operator] = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
_NAMES: Mapping[Operator, str] = {
    "==": "equal",
    "!=": "notequal",
    "<": "less",
    "<=": "lessorequal",
    ">": "greater",
    ">=": "greaterorequal",
}
MOST = 32
"""Alternatives of a filter; more can no longer be read."""


def path(base: str, steps: Sequence[str | int]) -> str:
    """A path below a bundle; Make counts from 1, and quotes names that are numbers. Raises Inexpressible."""
    found = base
    for step in steps:
        if isinstance(step, int):
            found = f"{found}[{step + 1}]"
        else:
            found = f"{found}.`{step}`" if step.isdigit() else member(found, step)
    return found


def code(node: JqNode, resolve: ResolvePath) -> str:
    """An expression without its braces. Raises Inexpressible."""
    if isinstance(node, JqPath):
        return resolve(node)
    if isinstance(node, Constant):
        return _literal(node.value)
    if isinstance(node, Alternative):
        return f"ifempty({code(node.left, resolve)}; {code(node.right, resolve)})"
    if isinstance(node, Text):
        return " + ".join(_literal(part) if isinstance(part, str) else code(part, resolve) for part in node.parts)
    raise Inexpressible("a comparison is no value")


def _literal(value: Any) -> str:
    if value == "" and isinstance(value, str):
        return "emptystring"
    if isinstance(value, str):
        return quote(value)
    return (
        {True: "true", False: "false", None: "null"}[value] if value is None or isinstance(value, bool) else str(value)
    )


def mapped(value: Any, resolve: ResolvePath) -> Any:
    """A value of a source as a mapper holds it. Raises Inexpressible."""
    if isinstance(value, Mapping):
        return {key: mapped(each, resolve) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [mapped(each, resolve) for each in value]
    if isinstance(value, Text):
        parts = [constant(p) if isinstance(p, str) else wrap(code(p, resolve)) for p in value.parts]
        return "".join(parts)
    if isinstance(value, Constant):
        return constant(value.value)
    return wrap(code(value, resolve)) if isinstance(value, JqNode) else constant(value)


# --- filters: alternatives of conditions that must all hold


def alternatives(node: JqNode, *, negated: bool = False) -> list[list[Comparison]]:
    """A condition as alternatives ('or') of comparisons that all hold ('and')."""
    if isinstance(node, Comparison):
        return [[Comparison(_NEGATED[node.operator], node.left, node.right) if negated else node]]
    if not isinstance(node, Both):
        raise Inexpressible("only comparisons can be a filter")
    left, right = alternatives(node.left, negated=negated), alternatives(node.right, negated=negated)
    return left + right if (node.word == "or") is not negated else together(left, right)


def together(left: list[list[Comparison]], right: list[list[Comparison]]) -> list[list[Comparison]]:
    """Both must hold. What follows from the rest is left out."""
    found = [_reduced([*one, *other]) for one in left for other in right]
    if len(found) > MOST:
        raise Inexpressible("the conditions have too many alternatives for a filter")
    return found


def _reduced(conditions: list[Comparison]) -> list[Comparison]:
    """Without repetitions, and without 'is not x' where 'is y' stands too."""
    fixed = {str(c.left) for c in conditions if c.operator == "=="}
    kept = [c for c in conditions if not (c.operator == "!=" and str(c.left) in fixed)]
    return list(dict.fromkeys(kept))


def filtered(
    found: list[list[Comparison]], resolve: ResolvePath, errors: Mapping[str, str] | None = None
) -> list[list[FilterCondition]]:
    """Alternatives as the `conditions` of a filter. `errors`: variable of a caught error to where its message is."""
    return [[_condition(each, resolve, errors or {}) for each in one] for one in found]


def _condition(node: Comparison, resolve: ResolvePath, errors: Mapping[str, str]) -> FilterCondition:
    constant_, other = (node.right, node.left) if isinstance(node.right, Constant) else (node.left, node.right)
    told = constant_.value if isinstance(constant_, Constant) else None
    if isinstance(other, JqPath) and other.root in errors and other.steps == ("status",):
        # Make tells a module's status only in the message, which begins with it: '[402] …'.
        operator = {"==": "text:contain", "!=": "text:notcontain"}.get(node.operator)
        if operator is None:
            raise Inexpressible("of an error's status Make can only say what it is or is not")
        return {"a": wrap(errors[other.root]), "o": operator, "b": f"[{told}]"}
    kind = "boolean" if isinstance(told, bool) else "number" if isinstance(told, (int, float)) else "text"
    return {
        "a": wrap(code(node.left, resolve)),
        "o": f"{kind}:{_NAMES[node.operator]}",
        "b": _right(node.right, resolve),
    }


def _right(node: JqNode, resolve: ResolvePath) -> str:
    if isinstance(node, Constant) and isinstance(node.value, str):
        return str(constant(node.value))
    if isinstance(node, Constant) and not isinstance(node.value, bool):
        return str(node.value)
    return wrap(code(node, resolve))

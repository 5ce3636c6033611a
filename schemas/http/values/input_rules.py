"""Rules between the inputs of one object, as JSON JsonSchema: selectors, and fields that hang on other fields."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import product
from math import prod
from typing import Any

from specloom.schemas.expressions import ExpressionError, split_pointer
from specloom.schemas.model import Condition, Field

MAX_ALTERNATIVES = 64
"""Selectors that combine to more alternatives than this are not checked together."""

JsonSchema = dict[str, Any]
RulePlace = Callable[[Field], tuple[str, ...]]
"""Where a field's value stands inside the object that encloses it."""


def by_name(field: Field) -> tuple[str, ...]:
    """As /run takes it."""
    return (field.name,)


def by_pointer(field: Field) -> tuple[str, ...]:
    """As it goes over the wire; a pointer without a slash is taken for the property's name."""
    try:
        return split_pointer(field.pointer)
    except ExpressionError:
        return (field.pointer,)


def put(schema: JsonSchema, tokens: tuple[str, ...], value: JsonSchema) -> None:
    """Describe the property at `tokens`, with objects on the way to it."""
    for token in tokens[:-1]:
        schema = schema.setdefault("properties", {}).setdefault(token, {"type": "object"})
    schema.setdefault("properties", {})[tokens[-1]] = value


def require(schema: JsonSchema, tokens: tuple[str, ...]) -> None:
    """Require the property at `tokens`, and the objects on the way to it."""
    for depth, token in enumerate(tokens):
        required = schema.setdefault("required", [])
        if token not in required:
            required.append(token)
        if depth < len(tokens) - 1:
            schema = schema.setdefault("properties", {}).setdefault(token, {})


def rules(fields: Sequence[Field], place: RulePlace) -> list[JsonSchema]:
    """One `anyOf` for each group of selectors that depend on each other, one `if` for each other dependency.

    As in OpenAPI, some alternative of each selector has to fit. What hangs on a real field may be sent beside any
    of its values: a vendor ignores it, and refusing it would be more than the document says.
    """
    return _Rules(fields, place).all()


def _present(tokens: tuple[str, ...]) -> JsonSchema:
    schema: JsonSchema = {}
    require(schema, tokens)
    return schema


class _Rules:
    def __init__(self, fields: Sequence[Field], place: RulePlace) -> None:
        self.fields = {f.name: f for f in fields if f.location != "selector"}
        self.selectors = {f.name: f for f in fields if f.location == "selector" and f.choices}
        self.place = place

    def all(self) -> list[JsonSchema]:
        found = [self._group(group) for group in self._groups()]
        for field in self.fields.values():
            if field.when and not any(c.field in self.selectors for c in field.when):
                found.append(self._needed(field) if field.required else {})
        return [rule for rule in found if rule]

    def _conditions(self, field: Field) -> list[Condition]:
        """Its own, and those of the selectors it depends on: behind a hidden question nothing is shown."""
        conditions = list(field.when)
        for condition in conditions:
            selector = self.selectors.get(condition.field)
            conditions += [c for c in (selector.when if selector else ()) if c not in conditions]
        return conditions

    def _groups(self) -> list[list[Field]]:
        """Selectors that meet in a field's conditions, or in each other's, have to be decided together."""
        groups: list[set[str]] = [{name} for name in self.selectors]
        for field in [*self.fields.values(), *self.selectors.values()]:
            linked = ({c.field for c in field.when} | {field.name}) & self.selectors.keys()
            touched = [group for group in groups if group & linked]
            if len(touched) > 1:
                groups = [group for group in groups if group not in touched] + [set().union(*touched)]
        return [[s for name, s in self.selectors.items() if name in group] for group in groups]

    def _group(self, group: list[Field]) -> JsonSchema:
        names = {selector.name for selector in group}
        ruled = [f for f in self.fields.values() if any(c.field in names for c in f.when)]
        if not ruled or prod(len(selector.choices) for selector in group) > MAX_ALTERNATIVES:
            return {}
        alternatives: list[JsonSchema] = []
        for values in product(*[[choice.value for choice in selector.choices] for selector in group]):
            alternative = self._alternative(dict(zip([s.name for s in group], values, strict=True)), ruled)
            if alternative not in alternatives:
                alternatives.append(alternative)
        return {"anyOf": alternatives, "description": _describe(group[0], ruled)}

    def _alternative(self, chosen: Mapping[str, Any], ruled: list[Field]) -> JsonSchema:
        parts: list[JsonSchema] = []
        for field in ruled:
            conditions = [c for c in self._conditions(field) if c.field in chosen]
            missed = [c for c in conditions if chosen[c.field] not in c.values]
            if not missed and field.required:
                parts.append(self._needed(field))
            elif any(self.selectors[c.field].exclusive for c in missed):
                twins = (f for f in ruled if self.place(f) == self.place(field) and _shown(f, chosen))
                if not any(twins):
                    parts.append({"not": _present(self.place(field))})
        alternative: JsonSchema = {"allOf": parts} if parts else {}
        return {**alternative, **self._given({name: {"enum": [value]} for name, value in chosen.items()})}

    def _given(self, answers: Mapping[str, Any]) -> JsonSchema:
        """Selectors are answered among the flat inputs, never on the wire, and there only if one likes."""
        return {"properties": dict(answers)} if self.place is by_name else {}

    def _needed(self, field: Field) -> JsonSchema:
        """`field` is required while its conditions on real fields hold."""
        tests = [self._holds(c) for c in self._conditions(field) if c.field not in self.selectors]
        if any(test is None for test in tests):
            return {}
        needed = _present(self.place(field))
        return {"if": {"allOf": tests}, "then": needed} if tests else needed

    def _holds(self, condition: Condition) -> JsonSchema | None:
        switch = self.fields.get(condition.field)
        if switch is None or switch.repeated:
            return None
        test: JsonSchema = {}
        put(test, self.place(switch), {"enum": list(condition.values)})
        if switch.default not in condition.values:
            require(test, self.place(switch))
        return test


def _shown(field: Field, chosen: Mapping[str, Any]) -> bool:
    return all(c.field not in chosen or chosen[c.field] in c.values for c in field.when)


def _shown_by(selector: Field, value: Any, field: Field) -> bool:
    return any(c.field == selector.name and value in c.values for c in field.when)


def _describe(selector: Field, ruled: list[Field]) -> str:
    """What the rule asks for, in words: 'needs image_url or image_base64'."""
    groups: list[str] = []
    for choice in selector.choices:
        shown = [f for f in ruled if _shown_by(selector, choice.value, f)]
        text = " with ".join([f.name for f in shown if f.required] or [f.name for f in shown])
        if text and text not in groups:
            groups.append(text)
    free = len(groups) < len(selector.choices) or not any(f.required for f in ruled)
    verb = "takes" if free else "needs"
    return f"{verb} {' or '.join(groups)}{', not both' if selector.exclusive and len(groups) == 2 else ''}"

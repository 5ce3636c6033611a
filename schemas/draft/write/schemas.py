"""Schemas from the inputs a source names and from the bodies it shows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from msgspec import UNSET
from msgspec.structs import replace

from specloom.schemas.draft.facts import Cite, Field, Json, Sample
from specloom.schemas.draft.snippets.bodies import json_type

Schema = dict[str, Any]
"""A JSON Schema: free JSON."""
_FORMATS = (
    (re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})"), "date-time"),
    (re.compile(r"\d{4}-\d{2}-\d{2}"), "date"),
    (re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.I), "uuid"),
    (re.compile(r"(?:https?|wss?)://[^\s]+"), "uri"),
    (re.compile(r"[\w.+\-]+@[\w\-]+(?:\.[\w\-]+)+"), "email"),
)
_ONLY_NULL = "The source shows nothing but null for it."
MAX_DEPTH = 40
MAX_PROPERTIES = 2_000
MAX_EXAMPLE = 400
_NO_EXAMPLE = re.compile(rf"<[\w \-]+>|.{{{MAX_EXAMPLE + 1},}}", re.S)
"""What stands for a value, or is too long."""


def source(cites: Iterable[Cite]) -> str | list[str]:
    """As `x-specloom.source` has it: one place, or several."""
    places = list(dict.fromkeys(map(str, cites)))[:4]
    return places[0] if len(places) == 1 else places


def of_field(field: Field) -> Schema:
    """The facets of one input, without its name."""
    made: Schema = {}
    kind = "string" if field.type == "file" else field.type
    if kind:
        made["type"] = [kind, "null"] if field.nullable else kind
    if field.type == "file":
        made["contentMediaType"] = "application/octet-stream"
    if field.format:
        made["format"] = field.format
    if kind == "array":
        made["items"] = {"type": field.items} if field.items else {}
        if field.choices:
            made["items"]["enum"] = list(field.choices)
    elif field.choices:
        made["enum"] = list(field.choices)
    facets = (
        ("default", field.default),
        ("minimum", field.minimum),
        ("maximum", field.maximum),
        ("multipleOf", field.multiple_of),
        ("minLength", field.min_length),
        ("maxLength", field.max_length),
        ("maxItems", field.max_items),
    )
    made |= {key: value for key, value in facets if value is not UNSET and value is not None}
    return made


def of_fields(fields: Sequence[Field], *, form: bool = False) -> Schema:
    """An object of inputs; `a.b` and `list[].c` stand below their parents. `form`: names are sent as they are told."""
    root: Schema = {"type": "object"}
    for field in fields[:MAX_PROPERTIES]:
        listed = field.name.endswith("[]") and field.type not in ("array", "file")
        shown = replace(field, type="array", items=field.type) if listed else field
        _add(root, shown, [field.name] if form else _parts(field.name.removesuffix("[]")))
    return root


def _add(root: Schema, field: Field, names: list[str]) -> None:
    if not names or not field.name:
        return
    holder = root
    *parents, name = names
    for parent in parents[:MAX_DEPTH]:
        if parent == "[]":
            holder = _elements(holder)
            continue
        holder = holder.setdefault("properties", {}).setdefault(
            parent, {"type": "object", "x-specloom": {"source": str(field.cite)}}
        )
    made = of_field(field)
    if field.description:
        made = {"description": field.description, **made}
    if field.example not in (UNSET, None, "") and not _NO_EXAMPLE.fullmatch(str(field.example)[: MAX_EXAMPLE + 1]):
        made["examples"] = [field.example]
    if field.deprecated:
        made["deprecated"] = True
    made["x-specloom"] = {"source": str(field.cite)} | ({"inferred": field.inferred} if field.inferred else {})
    known = holder.setdefault("properties", {}).get(name, {})
    holder["properties"][name] = {**made, **{k: v for k, v in known.items() if k in ("properties", "required")}}
    if field.required and name not in holder.setdefault("required", []):
        holder["required"].append(name)


def _elements(holder: Schema) -> Schema:
    holder["type"] = "array"
    holder.pop("properties", None)
    inner: Schema = holder.setdefault("items", {"type": "object"})
    return inner


def _parts(name: str) -> list[str]:
    return [
        part for part in re.split(r"\.|(\[\])", name.replace("[].", ".[].").replace("[]", ".[].").strip(".")) if part
    ]


def of_samples(samples: Sequence[Sample]) -> Schema:
    """One schema that all the samples fit: types and formats that they show, nullable where one shows null."""
    made: Schema = {}
    for sample in samples:
        made = _merged(made, _of_value(sample.value, sample, "", 0)) if made else _of_value(sample.value, sample, "", 0)
    return _without_null(made)


def _without_null(schema: Schema) -> Schema:
    """Nothing but null in all samples says nothing of the type."""
    made = dict(schema)
    if made.get("type") == "null":
        del made["type"]
        made["x-specloom"] = {**made.get("x-specloom", {}), "inferred": _ONLY_NULL}
    if "properties" in made:
        made["properties"] = {name: _without_null(inner) for name, inner in made["properties"].items()}
    if "items" in made:
        made["items"] = _without_null(made["items"])
    return made


def _of_value(value: Json, sample: Sample, place: str, depth: int) -> Schema:
    if depth > MAX_DEPTH:
        return {}
    if isinstance(value, dict):
        properties = {}
        for key, inner in list(value.items())[:MAX_PROPERTIES]:
            where = f"{place}.{key}" if place else key
            made = _of_value(inner, sample, where, depth + 1)
            line = sample.lines.get(where, sample.cite.line)
            properties[key] = {**made, "x-specloom": {"source": str(Cite(sample.cite.file, line))}}
        return {"type": "object", **({"properties": properties} if properties else {})}
    if isinstance(value, list):
        items: Schema = {}
        for inner in value[:20]:
            made = _of_value(inner, sample, f"{place}[]", depth + 1)
            items = _merged(items, made) if items else made
        return {"type": "array", "items": items}
    if value is None:
        return {"type": "null"}
    made = {"type": json_type(value)}
    if isinstance(value, str) and (name := next((name for pattern, name in _FORMATS if pattern.fullmatch(value)), "")):
        made["format"] = name
    return made


def _merged(one: Schema, other: Schema) -> Schema:
    """What both allow."""
    kinds = _kinds(one) | _kinds(other)
    if {"integer", "number"} <= kinds:
        kinds -= {"integer"}
    made = {**other, **one}
    if kinds:
        made["type"] = next(iter(kinds)) if len(kinds) == 1 else sorted(kinds, key=lambda kind: (kind == "null", kind))
    if one.get("format") != other.get("format") and "null" not in _kinds(one) | _kinds(other):
        made.pop("format", None)
    if "properties" in one and "properties" in other:
        made["properties"] = {
            key: _merged(one["properties"][key], other["properties"][key])
            if key in one["properties"] and key in other["properties"]
            else one["properties"].get(key) or other["properties"][key]
            for key in {**one["properties"], **other["properties"]}
        }
    if "items" in one and "items" in other:
        made["items"] = (
            _merged(one["items"], other["items"]) if one["items"] and other["items"] else one["items"] or other["items"]
        )
    return made


def _kinds(schema: Schema) -> set[str]:
    kind = schema.get("type")
    return {kind} if isinstance(kind, str) else set(kind or ())


def completed(told: Schema, shown: Schema) -> Schema:
    """What a source tells of a body, with what its samples show beyond that."""
    if not told.get("properties"):
        return {**told, **shown} if shown else told
    made = {**told, "properties": dict(told["properties"])}
    for key, inner in shown.get("properties", {}).items():
        known = made["properties"].get(key)
        if known is None:
            made["properties"][key] = inner
        elif "type" not in known or ("properties" not in known and "properties" in inner):
            made["properties"][key] = {**inner, **known}
        elif "properties" in known and "properties" in inner:
            made["properties"][key] = completed(known, inner)
        elif known.get("items") in ({}, {"type": "object"}) and inner.get("items"):
            made["properties"][key] = {**known, "items": inner["items"]}
    return made

"""Mistakes in schemas and requirements: types and security schemes that there are not, examples that do not fit."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from specloom.generator.report.mistakes import Mistake
from specloom.schemas.expressions import join_pointer, lookup, split_pointer

_TYPES: Mapping[str, tuple[type, ...]] = {
    "string": (str,), "number": (int, float), "integer": (int,), "boolean": (bool,), "array": (list,),
    "object": (dict,), "null": (type(None),), "file": (str,),
}  # fmt: skip
_MAPS = frozenset(("properties", "patternProperties", "$defs", "definitions"))
"""Keys of a schema below which stand schemas by name."""
_LISTS = frozenset(("allOf", "anyOf", "oneOf", "prefixItems"))
_ONES = frozenset(("items", "additionalProperties", "not"))
_FREE = frozenset(("example", "examples", "default", "enum", "const", "value"))
"""Keys below which stand values, whatever they look like."""
_MAX_DEPTH = 60


def odd_values(root: Mapping[str, Any]) -> Iterator[Mistake]:
    yield from _requirements(root)
    yield from _Walk(root).anywhere(root, "", 0)


def _requirements(root: Mapping[str, Any]) -> Iterator[Mistake]:
    declared = lookup(root, ("components", "securitySchemes")), root.get("securityDefinitions")
    known = {name for schemes in declared if isinstance(schemes, dict) for name in schemes}
    places = [(root, "")]
    for path, item in _pairs(root.get("paths")):
        places += [
            (node, join_pointer(("paths", path, method))) for method, node in _pairs(item) if method != "parameters"
        ]
    for node, pointer in places:
        listed = node.get("security") if isinstance(node, dict) else None
        for index, entry in enumerate(listed if isinstance(listed, list) else ()):
            for name in entry if isinstance(entry, dict) else ():
                if name not in known:
                    hint = f"there are: {', '.join(sorted(map(str, known)))[:200]}" if known else "declare it"
                    told = f"no security scheme is named {str(name)[:60]!r}"
                    yield Mistake("unknown-scheme", told, hint, f"{pointer}/security/{index}")


def _pairs(node: Any) -> list[tuple[str, Any]]:
    return [(str(key), value) for key, value in node.items()] if isinstance(node, dict) else []


class _Walk:
    """Each part of the document once, also where anchors of YAML share it."""

    def __init__(self, root: Mapping[str, Any]) -> None:
        self._root = root
        self._seen: set[int] = set()

    def anywhere(self, node: Any, pointer: str, depth: int) -> Iterator[Mistake]:
        """What is no schema, and may hold some."""
        if depth > _MAX_DEPTH or not isinstance(node, (dict, list)) or id(node) in self._seen:
            return
        self._seen.add(id(node))
        if isinstance(node, list):
            for index, child in enumerate(node):
                yield from self.anywhere(child, f"{pointer}/{index}", depth + 1)
            return
        for key, child in _pairs(node):
            here = f"{pointer}{join_pointer((key,))}"
            if key == "schema":
                yield from self._schema(child, here, depth + 1)
                as_sent = "in" in node and isinstance(
                    node.get("example"), str
                )  # what a parameter is on the wire is text
                if "example" in node and not as_sent:
                    yield from self._example(node["example"], child, f"{pointer}/example")
            elif (key == "schemas" and pointer == "/components") or (key == "definitions" and not pointer):
                for name, schema in _pairs(child):
                    yield from self._schema(schema, f"{here}{join_pointer((name,))}", depth + 1)
            elif key not in _FREE and not key.startswith("x-"):
                yield from self.anywhere(child, here, depth + 1)

    def _schema(self, node: Any, pointer: str, depth: int) -> Iterator[Mistake]:
        if depth > _MAX_DEPTH or not isinstance(node, dict) or id(node) in self._seen:
            return
        self._seen.add(id(node))
        given = node.get("type")
        for name in given if isinstance(given, list) else [given] if "type" in node else []:
            if not isinstance(name, str) or name not in _TYPES:
                near = get_close_matches(str(name).lower(), _TYPES, n=1)
                hint = f"write {near[0]!r}" if near else f"one of {', '.join(list(_TYPES)[:7])}"
                yield Mistake("unknown-type", f"{str(name)[:40]!r} is no type", hint, f"{pointer}/type")
        if "example" in node:
            yield from self._example(node["example"], node, f"{pointer}/example")
        for key, child in _pairs(node):
            here = f"{pointer}/{key}"
            if key in _MAPS:
                for name, schema in _pairs(child):
                    yield from self._schema(schema, f"{here}{join_pointer((name,))}", depth + 1)
            elif key in _LISTS and isinstance(child, list):
                for index, schema in enumerate(child):
                    yield from self._schema(schema, f"{here}/{index}", depth + 1)
            elif key in _ONES:
                yield from self._schema(child, here, depth + 1)

    def _example(self, value: Any, schema: Any, pointer: str) -> Iterator[Mistake]:
        if misfit := self._misfit(value, schema, 0):
            yield Mistake(
                "example-misfit",
                f"the example does not fit its schema: {misfit}",
                "correct the one or the other",
                pointer,
            )

    def _misfit(self, value: Any, schema: Any, depth: int) -> str:
        """Why it does not fit, as far as types, lists of values and required properties tell; '' where it may."""
        schema = self._followed(schema)
        if not isinstance(schema, dict) or depth > 6:
            return ""
        if value is None and (schema.get("nullable") is True or schema.get("x-nullable") is True):
            return ""
        given = schema.get("type")
        types = [name for name in (given if isinstance(given, list) else [given]) if isinstance(name, str)]
        if types and all(name in _TYPES for name in types) and not any(_is(value, name) for name in types):
            return f"{_shown(value)} is no {' or '.join(types)}"
        listed = schema.get("enum")
        if isinstance(listed, list) and value not in listed:
            return f"{_shown(value)} is none of its values"
        properties = schema.get("properties")
        if isinstance(value, dict) and isinstance(properties, dict):
            for name, child in _pairs(properties):
                if name in value and (inner := self._misfit(value[name], child, depth + 1)):
                    return f"{name}: {inner}"
        if isinstance(value, list) and isinstance(schema.get("items"), dict):
            return next((inner for one in value[:20] if (inner := self._misfit(one, schema["items"], depth + 1))), "")
        return ""

    def _followed(self, schema: Any) -> Any:
        for _ in range(16):
            ref = schema.get("$ref") if isinstance(schema, dict) else None
            if not isinstance(ref, str):
                return schema
            schema = lookup(self._root, split_pointer(ref[1:])) if ref.startswith("#/") else None
        return None


def _shown(value: Any) -> str:
    return json.dumps(value, default=str, ensure_ascii=False)[:40]


def _is(value: Any, name: str) -> bool:
    if isinstance(value, bool):
        return name == "boolean"
    return isinstance(value, _TYPES[name]) or (name == "integer" and isinstance(value, float) and value.is_integer())

"""Where a document means a text, the characters of the file count: `2.10` and `007` are no numbers there.

What a schema of type string lists (choices, defaults, constants, examples), the values of server variables, names and
versions. Works on composed YAML, before values are made of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml

_TAG = "tag:yaml.org,2002:"
_NUMBERS = frozenset(_TAG + kind for kind in ("int", "float", "bool"))
_OTHER_KINDS = frozenset(("integer", "number", "boolean"))
_LISTED = ("enum", "default", "const", "example", "examples", "x-example")
_NAMES = ("operationId", "propertyName")


def keep_texts(pairs: list[tuple[Any, Any]]) -> None:
    """Makes texts of what one mapping says, where it is meant as such. `pairs` are its keys and values."""
    members = {key.value: value for key, value in pairs if isinstance(key, yaml.ScalarNode)}
    for value in _texts(members):
        for node in value.value if isinstance(value, yaml.SequenceNode) else (value,):
            if isinstance(node, yaml.ScalarNode) and node.tag in _NUMBERS and not node.style:
                node.tag = f"{_TAG}str"


def _texts(members: dict[str, Any]) -> Iterator[Any]:
    if _is_text(members):
        yield from (members[key] for key in _LISTED if key in members)
    elif "schema" in members and _is_text(_members(members["schema"])):
        yield from (members[key] for key in ("example", "default") if key in members)
    yield from (members[key] for key in _NAMES if key in members)
    if "in" in members and "name" in members:
        yield members["name"]
    if "title" in members and "version" in members:
        yield from (members["title"], members["version"])
    for variable in _members(members.get("variables")).values():
        yield from (value for key, value in _members(variable).items() if key in _LISTED)


def _members(node: Any) -> dict[str, Any]:
    if not isinstance(node, yaml.MappingNode):
        return {}
    return {key.value: value for key, value in node.value if isinstance(key, yaml.ScalarNode)}


def _is_text(schema: dict[str, Any]) -> bool:
    """Of texts, or of lists of them."""
    kinds = _kinds(schema)
    if kinds == {"array"}:
        kinds = _kinds(_members(schema.get("items")))
    return "string" in kinds and not kinds & _OTHER_KINDS


def _kinds(schema: dict[str, Any]) -> set[str]:
    declared = schema.get("type")
    nodes = declared.value if isinstance(declared, yaml.SequenceNode) else [declared]
    return {node.value for node in nodes if isinstance(node, yaml.ScalarNode)}

"""`--merge`: what a draft knows beyond an existing document, put into it. What a person wrote is never changed.

Where both say something else, theirs stays and the difference is told.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from msgspec import Struct

from specloom.schemas.document.reading.yaml12 import TooDeep, parse
from specloom.schemas.draft.assembly.renaming import renamed
from specloom.schemas.draft.facts import Json, Note
from specloom.schemas.draft.write.insertion import Node, Text
from specloom.schemas.problems import Location, SpecloomError

_ADDED_LISTS = frozenset({"parameters", "gaps"})
_FACETS = ("type", "default", "enum", "minimum", "maximum", "maxLength", "in")
_OWN = frozenset(
    {
        "servers",
        "security",
        "openapi",
        "swagger",
        "required",
        "enum",
        "examples",
        "example",
        "oneOf",
        "anyOf",
        "allOf",
        "links",
        "job",
        "result",
    }
)
"""What is not completed where it stands already."""


class Completed(Struct, frozen=True):
    text: str
    added: int
    """Parts that were put in."""
    contradictions: tuple[Note, ...]


def completed(path: Path, drafted: dict[str, Any]) -> Completed:
    """The document's text with the draft's additions. Raises SpecloomError where it is no document."""
    try:
        written = path.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "no UTF-8"
        raise SpecloomError(f"cannot be read: {reason}", location=Location(str(path))) from None
    text = Text(written, str(path))
    if not isinstance(text.root, yaml.MappingNode):
        raise SpecloomError(
            "not an OpenAPI document", hint="it needs 'openapi: 3.x' at its top", location=Location(str(path))
        )
    try:
        own = parse(written)[0]
    except (yaml.YAMLError, TooDeep, ValueError):
        told = "cannot be read: nested too deeply, or no YAML"
        raise SpecloomError(told, hint="give a YAML or JSON document", location=Location(str(path))) from None
    merge = _Merge(text, own)
    merge.document(drafted)
    made = text.finished()
    if not _is_kept(made, written):
        raise SpecloomError(
            "cannot be completed without a change to it", hint="draft into a new file", location=Location(str(path))
        )
    return Completed(made, len(text.inserted), tuple(merge.notes))


class _Merge:
    def __init__(self, text: Text, own: dict[str, Any]) -> None:
        self.text = text
        self.own = own
        """The document's data."""
        self.notes: list[Note] = []

    def document(self, drafted: dict[str, Any]) -> None:
        paths = renamed(drafted, self.own)
        components = drafted.get("components") or {}
        block = dict(drafted.get("x-specloom") or {})
        block["gaps"] = [gap for gap in block.get("gaps", ()) if self._is_open(gap, paths)]
        drafted = {**drafted, "x-specloom": {key: part for key, part in block.items() if part}}
        self.mapping(self.text.root, {**{k: v for k, v in drafted.items() if k != "components"}, "paths": paths}, "")
        put_in = "\n".join(part for _, _, part in self.text.inserted)
        used = {
            kind: {
                name: part
                for name, part in parts.items()
                if f"#/components/{kind}/{name}" in put_in or kind == "securitySchemes"
            }
            for kind, parts in components.items()
        }
        if "security" in {key.value for key, _ in self.text.root.value} and "security:" not in put_in:
            used.pop("securitySchemes", None)
        used = {kind: parts for kind, parts in used.items() if parts}
        for response in used.get("responses", {}).values():
            if "schemas" in components and "#/components/schemas/Error" in str(response):
                used.setdefault("schemas", components["schemas"])
        if used:
            self.mapping(self.text.root, {"components": used}, "")

    def _is_open(self, gap: dict[str, Any], paths: dict[str, Any]) -> bool:
        """Whether the document leaves the question open as well: what it has words for is answered."""
        if "operation" in gap:
            return True
        if "base URL" in gap["question"]:
            return not self.own.get("servers")
        known = self.own.get("paths") or {}
        new = [
            f"{method.upper()} {path}"
            for path, item in paths.items()
            for method in item
            if method not in (known.get(path) or {})
        ]
        return any(f"{name} " in f"{gap['question']} " for name in new)

    def mapping(self, node: Node, value: dict[str, Any], place: str) -> None:
        """Adds the entries that the mapping lacks, and goes on into those that it has."""
        node = self._target(node)
        if not isinstance(node, yaml.MappingNode) or "$ref" in value:
            return
        known = {key.value: (key, inner) for key, inner in node.value}
        self._compare(known, value, place)
        for key, inner in value.items():
            if key not in known:
                if self._may_add(key, inner, known, place):
                    self.text.entry(node, key, inner, node.start_mark.column)
                continue
            at, there = known[key]
            if key in _OWN:
                continue
            if (
                isinstance(there, yaml.ScalarNode)
                and there.value in ("", "~", "null")
                and not there.style
                and isinstance(inner, dict)
                and inner
            ):
                if not there.value:
                    self.text.below(at, inner)
            elif isinstance(inner, dict):
                self.mapping(there, inner, f"{place}/{key}")
            elif isinstance(inner, list) and key in _ADDED_LISTS and isinstance(there, yaml.SequenceNode):
                self.sequence(there, inner, f"{place}/{key}")

    @staticmethod
    def _may_add(key: str, value: Json, known: dict[str, Any], place: str) -> bool:
        """A source or a reason is a draft's own: not for what a person wrote."""
        if key in ("source", "inferred") or (
            key == "x-specloom" and isinstance(value, dict) and value.keys() <= {"source", "inferred"}
        ):
            return False
        if key in _OWN and key in ("required", "enum", "links", "example", "examples") and "/paths/" in place:
            return key in ("example", "examples") and not {"example", "examples"} & known.keys()
        if place.endswith("/responses") and known and isinstance(value, dict):
            shared = "$ref" in value and any(status[:1] in "45" for status in known)
            if shared or "inferred" in value.get("x-specloom", {}):
                return False
        if key == "security" or key == "servers":
            return not place
        return not (key in ("properties", "type", "items") and {"oneOf", "anyOf", "allOf", "$ref"} & known.keys())

    def sequence(self, node: Node, values: list[Json], place: str) -> None:
        """Parameters by place and name, gaps by their question."""
        known = {}
        for there in map(self._target, node.value):
            if isinstance(there, yaml.MappingNode):
                known[self._identity({key.value: inner.value for key, inner in there.value})] = there
        for value in values:
            there = known.get(self._identity(value)) if isinstance(value, dict) else None
            if there is not None:
                self.mapping(there, value, f"{place}/{value.get('name', '')}")
            else:
                self.text.element(node, value)

    @staticmethod
    def _identity(value: dict[str, Json]) -> tuple[str, str]:
        return (str(value.get("question") or value.get("in")), str(value.get("name", "")))

    def _compare(self, known: dict[str, tuple[Node, Node]], value: dict[str, Any], place: str) -> None:
        """Facets of one thing that both tell, and tell differently."""
        source = (value.get("x-specloom") or {}).get("source") if isinstance(value.get("x-specloom"), dict) else None
        for facet in _FACETS if "/paths/" in place or "/schemas/" in place else ():
            if facet in known and facet in value and not isinstance(value[facet], dict):
                theirs = parse(yaml.serialize(known[facet][1]))[0]
                if theirs != value[facet] and {str(theirs), str(value[facet])} != {"integer", "number"}:
                    line = known[facet][0].start_mark.line + 1
                    told = (
                        f"{place.removeprefix('/paths')}: {facet} is {theirs!r} in line {line} of the document, "
                        f"{value[facet]!r} in the source ({source or 'its sample'}); the document's stays"
                    )
                    self.notes.append(Note("contradiction", told))

    def _target(self, node: Node) -> Node:
        """What a local `$ref` points to; the node itself where it is none or leads nowhere."""
        for _ in range(20):
            reference = (
                next((inner.value for key, inner in node.value if key.value == "$ref"), "")
                if isinstance(node, yaml.MappingNode)
                else ""
            )
            if not isinstance(reference, str) or not reference.startswith("#/"):
                return node
            found = self.text.root
            for part in reference[2:].split("/"):
                name = part.replace("~1", "/").replace("~0", "~")
                found = (
                    next((inner for key, inner in found.value if key.value == name), None)
                    if isinstance(found, yaml.MappingNode)
                    else None
                )
            if found is None:
                return node
            node = found
        return node


def _is_kept(made: str, written: str) -> bool:
    try:
        return _holds(parse(made)[0], parse(written)[0])
    except (yaml.YAMLError, TooDeep, ValueError):
        return False


def _holds(whole: Json, part: Json) -> bool:
    """Whether everything of `part` stands in `whole`, lists in their order at the beginning."""
    if isinstance(part, dict):
        return isinstance(whole, dict) and all(
            key in whole and _holds(whole[key], inner) for key, inner in part.items()
        )
    if isinstance(part, list):
        return isinstance(whole, list) and len(whole) >= len(part) and all(map(_holds, whole, part))
    return part is None or bool(whole == part)

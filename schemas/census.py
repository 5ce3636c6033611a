"""What a document holds, counted without making anything of it: the other half of the account of a build.

It reads the raw document by a way of its own, so that what the loader overlooks shows as missing in the report.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from schemas.load.node import Node
from schemas.load.refs import Refs
from schemas.load.report import Reporter
from schemas.load.source import Source

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")


class Property(Struct, frozen=True):
    """A top-level field of a body. `alternative`: only some of the body's alternatives have it."""

    name: str
    read_only: bool = False
    alternative: bool = False


class Body(Struct, frozen=True):
    media_type: str
    properties: tuple[Property, ...]
    """() where the body is no object with known fields."""


class Entry(Struct, frozen=True):
    """One operation as the document has it."""

    method: str
    path: str
    pointer: str
    parameters: tuple[tuple[str, str], ...] = ()
    """(place, name)"""
    bodies: tuple[Body, ...] = ()
    responses: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """(status, media types)"""
    callbacks: tuple[str, ...] = ()


class Census(Struct, frozen=True):
    operations: tuple[Entry, ...]
    schemes: tuple[str, ...]
    webhooks: tuple[str, ...]


def census(source: Source) -> Census:
    return _Counter(source).count()


class _Counter:
    def __init__(self, source: Source) -> None:
        self.root = Node(source.root, source)
        self.refs = Refs(source, Reporter())
        self.is_swagger2 = str(source.root.get("swagger", "")).startswith("2")
        self._known: dict[int, tuple[Any, tuple[Property, ...]]] = {}

    def count(self) -> Census:
        schemes = (
            self.root.get("securityDefinitions") if self.is_swagger2 else self.root.at("components", "securitySchemes")
        )
        hooks = (*self.root.get("webhooks").items(), *self.root.get("x-webhooks").items())
        return Census(
            operations=tuple(self._operations()),
            schemes=tuple(name for name, _ in schemes.items() if not name.startswith("x-")),
            webhooks=tuple(dict.fromkeys(name for name, _ in hooks)),
        )

    def _operations(self) -> Iterator[Entry]:
        for path, item in self.root.get("paths").items():
            if path.startswith("x-"):
                continue
            item = self.refs.follow(item)
            named = [(name, node) for name, node in item.items() if name.lower() in METHODS]
            named += item.get("additionalOperations").items()
            for method, node in named:
                if isinstance(node.value, dict):
                    yield self._entry(path, method, item, node)

    def _entry(self, path: str, method: str, item: Node, node: Node) -> Entry:
        merged: dict[tuple[str, str], Node] = {}
        for holder in (item, node):
            for parameter in map(self.refs.follow, holder.get("parameters").elements()):
                merged[parameter.text("in"), parameter.text("name")] = parameter
        plain = [
            place for place in merged if place[0] in ("path", "query", "header", "cookie", "querystring") and place[1]
        ]
        return Entry(
            method=method.upper(),
            path=path if path.startswith("/") else f"/{path}",
            pointer=node.pointer,
            parameters=tuple(plain),
            bodies=tuple(self._swagger_bodies(node, merged) if self.is_swagger2 else self._bodies(node)),
            responses=tuple(self._responses(node)),
            callbacks=tuple(name for name, _ in node.get("callbacks").items() if not name.startswith("x-")),
        )

    def _bodies(self, node: Node) -> Iterator[Body]:
        content = self.refs.follow(node.get("requestBody")).get("content")
        for media_type, media in content.items():
            yield Body(media_type, self._properties(self.refs.follow(media).get("schema")))

    def _swagger_bodies(self, node: Node, merged: dict[tuple[str, str], Node]) -> Iterator[Body]:
        consumes = node.get("consumes").value or self.root.get("consumes").value or ["application/json"]
        form = tuple(Property(name) for place, name in merged if place == "formData" and name)
        whole = next((parameter for (place, _), parameter in merged.items() if place == "body"), None)
        if whole is not None:
            for media_type in consumes if isinstance(consumes, list) else ():
                if isinstance(media_type, str):
                    yield Body(media_type, self._properties(whole.get("schema")))
        elif form:
            yield Body("form", form)

    def _responses(self, node: Node) -> Iterator[tuple[str, tuple[str, ...]]]:
        for status, response in node.get("responses").items():
            if not status.startswith("x-"):
                response = self.refs.follow(response)
                yield status, tuple(name for name, _ in response.get("content").items())

    def _properties(self, schema: Node) -> tuple[Property, ...]:
        value = schema.value
        known = self._known.get(id(value))
        if known is None:
            found: dict[str, Property] = {}
            self._collect(schema, found, set(), False)
            known = self._known[id(value)] = (value, tuple(found.values()))
        return known[1]

    def _collect(self, schema: Node, found: dict[str, Property], seen: set[int], alternative: bool) -> None:
        schema = self.refs.follow(schema)
        if not isinstance(schema.value, dict) or id(schema.value) in seen or len(seen) > 500:
            return
        seen.add(id(schema.value))
        for name, node in schema.get("properties").items():
            if node.value is False:  # it may not be given
                continue
            read_only = self._is_read_only(node)
            known = found.get(name)
            found[name] = Property(
                name,
                read_only and (known is None or known.read_only),
                alternative and (known is None or known.alternative),
            )
        for part in schema.get("allOf").elements():
            self._collect(part, found, seen, alternative)
        for key in ("oneOf", "anyOf"):
            for part in schema.get(key).elements():
                self._collect(part, found, seen, True)

    def _is_read_only(self, node: Node) -> bool:
        node = self.refs.follow(node)
        parts = [node, *map(self.refs.follow, node.get("allOf").elements())]
        return any(part.get("readOnly").value is True for part in parts)

"""What a document holds, counted without making anything of it: the other half of the account of a build.

It reads the raw document by a way of its own, so that what the loader overlooks shows as missing in the report.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct

from specloom.schemas.document.node import Node, pointer_to
from specloom.schemas.document.refs import Refs
from specloom.schemas.document.reporter import Reporter
from specloom.schemas.document.source import Source
from specloom.schemas.memo import table
from specloom.schemas.text import path_template

METHODS = frozenset("get put post delete options head patch trace query".split())
_PLACES = frozenset("path query header cookie querystring".split())
DeclaredPlace = tuple[str, str]
"""(place, name) of a parameter"""
Said = tuple[Any, Source]
"""A value of the document, and the file that its references start from."""


class DeclaredProperty(Struct, frozen=True):
    """A top-level field of a body. `alternative`: only some of the body's alternatives have it."""

    name: str
    read_only: bool = False
    alternative: bool = False


class DeclaredBody(Struct, frozen=True):
    media_type: str
    properties: tuple[DeclaredProperty, ...]
    """() where the body is no object with known fields."""


class DeclaredOperation(Struct, frozen=True):
    """One operation as the document has it."""

    method: str
    path: str
    pointer: str
    parameters: tuple[DeclaredPlace, ...] = ()
    bodies: tuple[DeclaredBody, ...] = ()
    responses: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """(status, media types)"""
    callbacks: tuple[str, ...] = ()


class Inventory(Struct, frozen=True):
    operations: tuple[DeclaredOperation, ...]
    schemes: tuple[str, ...]
    webhooks: tuple[str, ...]


def inventory(source: Source) -> Inventory:
    return _Counter(source).count()


class _Counter:
    """Goes by the plain values: there are as many of them as the document is long."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.root = source.root
        self.refs = Refs(source, Reporter())
        self.is_swagger2 = str(source.root.get("swagger", "")).startswith("2")
        self._targets: dict[tuple[int, str], Said] = table()
        self._known: dict[int, tuple[Any, tuple[DeclaredProperty, ...]]] = table()

    def count(self) -> Inventory:
        holder = self.root if self.is_swagger2 else _object(self.root, "components")
        schemes = _object(holder, "securityDefinitions" if self.is_swagger2 else "securitySchemes")
        hooks = (*_object(self.root, "webhooks"), *_object(self.root, "x-webhooks"))
        return Inventory(
            operations=tuple(self._operations()),
            schemes=tuple(name for name in schemes if not name.startswith("x-")),
            webhooks=tuple(dict.fromkeys(hooks)),
        )

    def _operations(self) -> Iterator[DeclaredOperation]:
        for path, value in _object(self.root, "paths").items():
            if path.startswith("x-"):
                continue
            node = self.refs.follow(Node(value, self.source, pointer=f"/paths{pointer_to(path)}"))
            item, source, pointer = node.value, node.source, node.pointer
            shared = self._parameters(item, source)
            named = [(key, entry, pointer) for key, entry in _members(item) if key.lower() in METHODS]
            pointer += "/additionalOperations"
            named += [(key, entry, pointer) for key, entry in _object(item, "additionalOperations").items()]
            for method, operation, holder in named:
                if isinstance(operation, dict):
                    yield self._entry(path, method, f"{holder}{pointer_to(method)}", (operation, source), shared)

    def _entry(
        self, path: str, method: str, pointer: str, said: Said, shared: Mapping[DeclaredPlace, Said]
    ) -> DeclaredOperation:
        operation, source = said
        parameters = {**shared, **self._parameters(operation, source)}
        bodies = self._swagger_bodies(operation, parameters) if self.is_swagger2 else self._bodies(operation, source)
        return DeclaredOperation(
            method=method.upper(),
            path=path_template(path if path.startswith("/") else f"/{path}"),
            pointer=pointer,
            parameters=tuple([place for place in parameters if place[0] in _PLACES and place[1]]),
            bodies=tuple(bodies),
            responses=tuple(self._responses(operation, source)),
            callbacks=tuple([name for name in _object(operation, "callbacks") if not name.startswith("x-")]),
        )

    def _parameters(self, holder: Any, source: Source) -> dict[DeclaredPlace, Said]:
        found: dict[DeclaredPlace, Said] = {}
        for value in _list(holder, "parameters"):
            said = self._follow(value, source)
            found[_text(said[0], "in"), _text(said[0], "name")] = said
        return found

    def _bodies(self, operation: Any, source: Source) -> Iterator[DeclaredBody]:
        if "requestBody" not in operation:
            return
        body, source = self._follow(operation["requestBody"], source)
        for media_type, media in _object(body, "content").items():
            media, place = self._follow(media, source)
            yield DeclaredBody(media_type, self._properties(_member(media, "schema"), place))

    def _swagger_bodies(self, operation: Any, parameters: Mapping[DeclaredPlace, Said]) -> Iterator[DeclaredBody]:
        consumes = operation.get("consumes") or self.root.get("consumes") or ["application/json"]
        form = tuple(DeclaredProperty(name) for place, name in parameters if place == "formData" and name)
        whole = next((said for (place, _), said in parameters.items() if place == "body"), None)
        if whole is not None:
            for media_type in consumes if isinstance(consumes, list) else ():
                if isinstance(media_type, str):
                    yield DeclaredBody(media_type, self._properties(_member(whole[0], "schema"), whole[1]))
        elif form:
            yield DeclaredBody("form", form)

    def _responses(self, operation: Any, source: Source) -> Iterator[tuple[str, tuple[str, ...]]]:
        for status, response in _object(operation, "responses").items():
            if not status.startswith("x-"):
                yield status, tuple(_object(self._follow(response, source)[0], "content"))

    def _properties(self, schema: Any, source: Source) -> tuple[DeclaredProperty, ...]:
        schema, source = self._follow(schema, source)
        known = self._known.get(id(schema))
        if known is None:
            found: dict[str, DeclaredProperty] = {}
            self._collect(schema, source, found, set(), False)
            known = self._known[id(schema)] = (schema, tuple(found.values()))
        return known[1]

    def _collect(
        self, schema: Any, source: Source, found: dict[str, DeclaredProperty], seen: set[int], alternative: bool
    ) -> None:
        schema, source = self._follow(schema, source)
        if not isinstance(schema, dict) or id(schema) in seen or len(seen) > 500:
            return
        seen.add(id(schema))
        for name, value in _object(schema, "properties").items():
            if value is False:  # it may not be given
                continue
            read_only = self._is_read_only(value, source)
            known = found.get(name)
            found[name] = DeclaredProperty(
                name,
                read_only and (known is None or known.read_only),
                alternative and (known is None or known.alternative),
            )
        for part in _list(schema, "allOf"):
            self._collect(part, source, found, seen, alternative)
        for key in ("oneOf", "anyOf"):
            for part in _list(schema, key):
                self._collect(part, source, found, seen, True)

    def _is_read_only(self, schema: Any, source: Source) -> bool:
        schema, source = self._follow(schema, source)
        parts = (schema, *[self._follow(part, source)[0] for part in _list(schema, "allOf")])
        return any(_member(part, "readOnly") is True for part in parts)

    def _follow(self, value: Any, source: Source) -> Said:
        """The value itself, or what its `$ref` leads to."""
        ref = value.get("$ref") if isinstance(value, dict) else None
        if not isinstance(ref, str):
            return value, source
        key = (id(source), ref)
        alone = len(value) == 1
        known = self._targets.get(key) if alone else None
        if known is not None:
            return known
        node = self.refs.follow(Node(value, source))
        said = node.value, node.source
        if alone:
            self._targets[key] = said
        return said


def _member(value: Any, key: str) -> Any:
    return value.get(key) if isinstance(value, dict) else None


def _members(value: Any) -> Iterable[tuple[str, Any]]:
    return value.items() if isinstance(value, dict) else ()


def _object(value: Any, key: str) -> Mapping[str, Any]:
    found = _member(value, key)
    return found if isinstance(found, dict) else {}


def _list(value: Any, key: str) -> Sequence[Any]:
    found = _member(value, key)
    return found if isinstance(found, list) else ()


def _text(value: Any, key: str) -> str:
    found = _member(value, key)
    return found if isinstance(found, str) else ""

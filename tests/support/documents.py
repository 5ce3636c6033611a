"""The bundled documents as the tests see them: every object with its place, and references followed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import quote

import yaml
from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from tests import ROOT

SCHEMAS = ROOT / "schemas"
ENDING = ".openapi.yaml"
KEYS = sorted(path.name.removesuffix(ENDING) for path in (SCHEMAS / "providers").glob(f"*{ENDING}"))
METHODS = ("get", "put", "post", "delete", "patch", "options", "head", "trace")

Json = Any


@cache
def document(key: str) -> dict[str, Json]:
    loaded: dict[str, Json] = yaml.safe_load(text(key))
    return loaded


@cache
def text(key: str) -> str:
    return (SCHEMAS / "providers" / f"{key}{ENDING}").read_text()


@dataclass(frozen=True)
class Place:
    """One object of a document: its kind (of x-specloom), the way to it, its value without references."""

    kind: str
    pointer: str
    value: dict[str, Json]
    named: bool = False

    def __str__(self) -> str:
        return self.pointer


class Walk:
    """Every object of a document that a person, a form or x-specloom has to do with, each once a kind."""

    def __init__(self, root: dict[str, Json]) -> None:
        self.root = root
        self.seen: set[tuple[str, str, bool]] = set()

    def follow(self, pointer: str, value: Json) -> tuple[str, Json]:
        """The referenced value, under what stands beside the reference."""
        while isinstance(value, dict) and isinstance(value.get("$ref"), str):
            pointer = value["$ref"].removeprefix("#")
            target = self.root
            for token in pointer.split("/")[1:]:
                target = target[token.replace("~1", "/").replace("~0", "~")]
            value = {**target, **{name: beside for name, beside in value.items() if name != "$ref"}}
        return pointer, value

    def place(self, kind: str, pointer: str, value: Json, named: bool = False) -> Iterator[Place]:
        pointer, value = self.follow(pointer, value)
        if isinstance(value, dict) and (kind, pointer, named) not in self.seen:
            self.seen.add((kind, pointer, named))
            yield Place(kind, pointer, value, named)
            yield from getattr(self, f"in_{kind}", self.in_nothing)(pointer, value)

    def each(self, kind: str, pointer: str, values: Json, named: bool = False) -> Iterator[Place]:
        pairs = enumerate(values) if isinstance(values, list) else (values or {}).items()
        for name, value in pairs:
            token = str(name).replace("~", "~0").replace("/", "~1")
            yield from self.place(kind, f"{pointer}/{token}", value, named)

    def in_nothing(self, pointer: str, value: dict[str, Json]) -> Iterator[Place]:
        return iter(())

    def in_root(self, pointer: str, value: dict[str, Json]) -> Iterator[Place]:
        for server in value["servers"]:
            yield from self.each("variable", "/servers/variables", server.get("variables"))
        schemes = value["components"]["securitySchemes"]
        yield from self.each("security_scheme", "/components/securitySchemes", schemes)
        yield from self.each("path", "/paths", value["paths"])

    def in_path(self, pointer: str, value: dict[str, Json]) -> Iterator[Place]:
        yield from self.each("parameter", f"{pointer}/parameters", value.get("parameters"))
        yield from self.each("operation", pointer, {name: value[name] for name in METHODS if name in value})

    def in_operation(self, pointer: str, value: dict[str, Json]) -> Iterator[Place]:
        yield from self.each("parameter", f"{pointer}/parameters", value.get("parameters"))
        if "requestBody" in value:
            yield from self.place("body", f"{pointer}/requestBody", value["requestBody"])
        yield from self.each("response", f"{pointer}/responses", value["responses"])
        for name, callback in value.get("callbacks", {}).items():
            where, paths = self.follow(f"{pointer}/callbacks/{name}", callback)
            yield from self.each("path", where, {k: v for k, v in paths.items() if not k.startswith("x-")})

    def in_parameter(self, pointer: str, value: dict[str, Json]) -> Iterator[Place]:
        yield from self.place("field", f"{pointer}/schema", value["schema"])

    def in_body(self, pointer: str, value: dict[str, Json]) -> Iterator[Place]:
        yield from self.each("media", f"{pointer}/content", value.get("content"))

    def in_response(self, pointer: str, value: dict[str, Json]) -> Iterator[Place]:
        yield from self.each("header", f"{pointer}/headers", value.get("headers"))
        yield from self.each("link", f"{pointer}/links", value.get("links"))
        yield from self.in_body(pointer, value)

    def in_media(self, pointer: str, value: dict[str, Json]) -> Iterator[Place]:
        yield from self.place("schema", f"{pointer}/schema", value["schema"])

    def in_schema(self, pointer: str, value: dict[str, Json]) -> Iterator[Place]:
        yield from self.inside("schema", pointer, value)

    def in_field(self, pointer: str, value: dict[str, Json]) -> Iterator[Place]:
        yield from self.inside("field", pointer, value)

    def inside(self, kind: str, pointer: str, value: dict[str, Json]) -> Iterator[Place]:
        """A rule's branch repeats properties to narrow them: only one it adds needs words of its own."""
        yield from self.each("field", f"{pointer}/properties", value.get("properties"), named=True)
        for name in ("items", "additionalProperties"):
            yield from self.place("field", f"{pointer}/{name}", value.get(name))
        known = set(value.get("properties", {}))
        for name in ("allOf", "anyOf", "oneOf"):
            for index, branch in enumerate(value.get(name, ())):
                where, branch = self.follow(f"{pointer}/{name}/{index}", branch)
                yield Place(kind, where, branch)
                yield from self.branch(kind, where, branch, known)

    def branch(self, kind: str, pointer: str, branch: dict[str, Json], known: set[str]) -> Iterator[Place]:
        own = {name: value for name, value in branch.get("properties", {}).items() if name not in known}
        yield from self.each("field", f"{pointer}/properties", own, named=True)
        rest = {name: value for name, value in branch.items() if name != "properties"}
        yield from self.inside(kind, pointer, rest)


@cache
def places(key: str) -> tuple[Place, ...]:
    walk = Walk(document(key))
    return tuple(walk.place("root", "", document(key)))


def operations(key: str) -> dict[str, dict[str, Json]]:
    return {place.value["operationId"]: place.value for place in places(key)
            if place.kind == "operation" and "operationId" in place.value}  # fmt: skip


def follow(key: str, value: Json) -> Json:
    return Walk(document(key)).follow("", value)[1]


def responses(key: str, operation: dict[str, Json], success: bool) -> dict[str, Json]:
    listed = {status: follow(key, response) for status, response in operation["responses"].items()}
    return {status: response for status, response in listed.items() if (status[0] == "2") is success}


def examples(key: str, holder: dict[str, Json]) -> list[Json]:
    """The example values of a parameter, header, media type or schema."""
    found = [holder["example"]] if "example" in holder else []
    named = holder.get("examples", {})
    if isinstance(named, list):
        return found + named
    followed = [follow(key, example) for example in named.values()]
    return found + [example["value"] for example in followed if "value" in example]


def replies(key: str, operation: dict[str, Json]) -> list[Json]:
    return [value for response in responses(key, operation, True).values()
            for media in response.get("content", {}).values() for value in examples(key, media)]  # fmt: skip


def mistakes(key: str, pointer: str, value: Json) -> list[str]:
    """What the schema at that place of the document says against the value."""
    resource = Resource.from_contents(document(key), default_specification=DRAFT202012)
    registry: Registry[Json] = Registry().with_resource("urn:document", resource)
    validator = Draft202012Validator(
        {"$ref": f"urn:document#{quote(pointer)}"}, registry=registry, format_checker=FormatChecker()
    )
    return [f"{pointer}: {error.json_path} {error.message}" for error in validator.iter_errors(value)]


def polled(key: str, operation: dict[str, Json]) -> dict[str, Json]:
    """The operation whose reply holds the result: the poll's, for a job."""
    if "job" not in operation["x-specloom"]:
        return operation
    response = next(iter(responses(key, operation, True).values()))
    link = follow(key, response["links"][operation["x-specloom"]["job"]["poll"]])
    return operations(key)[link["operationId"]]


def read(expression: str, bodies: list[Json], item: str = "") -> list[Json]:
    """The values a `$response.body` or `$item` expression has in these replies."""
    if expression.startswith("$item#"):
        elements = [element for found in read(item, bodies) for element in found]
        return read("$response.body" + expression.removeprefix("$item"), elements)
    for token in expression.removeprefix("$response.body#").split("/")[1:]:
        bodies = [body[token] for body in bodies if isinstance(body, dict) and token in body]
    return bodies

"""Scores a drafted document against what a page says: how much of it was found, and what was found that it does not say.

Both sides are flattened to short statements ("POST /x body.size maximum 10"), so that a score is a comparison of sets.
Names of path parameters are no statement (`{}`): hardly any page tells them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml
from msgspec import Struct

FACTS = Path(__file__).parent / "facts"
FACETS = ("type", "required", "default", "enum", "minimum", "maximum", "minLength", "maxLength")
METHODS = ("get", "put", "post", "delete", "patch", "head", "options")


class Score(Struct, frozen=True):
    """Statements of a page, those of them that the document has, and what it has beyond them."""

    said: frozenset[str]
    found: frozenset[str]
    invented: frozenset[str]

    @property
    def missed(self) -> frozenset[str]:
        return self.said - self.found

    @property
    def share(self) -> float:
        return len(self.found & self.said) / max(len(self.said), 1)


def facts(page: str) -> dict[str, Any]:
    """What tests/draft/facts/<page>.yaml says."""
    read: dict[str, Any] = yaml.safe_load((FACTS / f"{page}.yaml").read_text("utf-8"))
    return read


def score(said: Mapping[str, Any], document: Mapping[str, Any]) -> Score:
    expected, found = frozenset(_said(said)), frozenset(_found(document))
    return Score(expected, found, found - expected)


def _said(page: Mapping[str, Any]) -> Iterator[str]:
    for text, _ in (*page.get("credential", ()), *page.get("server", ()), *page.get("signature", ())):
        yield text if text.split()[0] != "where" else "where"
    for name, operation in page.get("operations", {}).items():
        yield name
        if "cost" in operation:
            yield f"{name} cost {operation['cost'][0]}"
        for parameter, facets in operation.get("parameters", {}).items():
            yield from _facets(f"{name} {parameter}", facets)
        for field, facets in operation.get("reply", {}).items():
            yield f"{name} reply {field} {facets['type']}"
    for title, gap in page.get("gaps", {}).items():
        yield f"gap {_short(title)}"
        for parameter, facets in gap.get("parameters", {}).items():
            yield from _facets(f"gap {_short(title)} {parameter}", facets)
    yield from (f"status {status}" for status in page.get("errors", ()))
    yield from (f"error {name} {facets['type']}" for name, facets in page.get("error_fields", {}).items())
    yield from (f"rate {kind} {name}" for kind, (name, _) in page.get("rate_headers", {}).items())
    yield from (f"plan {text}" for text, _ in page.get("plans", ()))
    yield from page.get("service", ())


def _facets(place: str, facets: Mapping[str, Any]) -> Iterator[str]:
    """A parameter that is not required says so by saying nothing."""
    yield place
    for facet in FACETS:
        if facet in facets and facets[facet] is not False:
            yield f"{place} {facet} {facets[facet]}"


def _short(title: str) -> str:
    """The first words of a gap's title: what it is known by."""
    return " ".join(re.findall(r"\w+", title.lower())[:4])


def _found(document: Mapping[str, Any]) -> Iterator[str]:
    """Statements of a document, without those that it calls inferred."""
    root = document.get("x-specloom") or {}
    base = _base(document)
    for path, item in (document.get("paths") or {}).items():
        for method, operation in item.items():
            if method in METHODS:
                name = f"{method.upper()} {re.sub(r'{[^}]*}', '{}', base + path)}"
                yield name
                yield from _operation(name, operation, document)
    yield from _gaps(root.get("gaps") or ())
    yield from _root(document, root)


def _base(document: Mapping[str, Any]) -> str:
    servers = document.get("servers") or [{}]
    url = re.sub(r"\{[^}]*\}", "x", servers[0].get("url", ""))
    return urlsplit(url).path.rstrip("/")


def _operation(name: str, operation: Mapping[str, Any], document: Mapping[str, Any]) -> Iterator[str]:
    usage = operation.get("x-specloom", {}).get("usage")
    if usage:
        yield f"{name} cost {usage['cost']} {usage['unit']}"
    for parameter in operation.get("parameters", ()):
        shown = "{}" if parameter["in"] == "path" else parameter["name"]
        facets = {**parameter.get("schema", {}), "required": parameter.get("required", False)}
        yield from _facets(f"{name} {parameter['in']}.{shown}", facets)
    for media in (operation.get("requestBody") or {}).get("content", {}).values():
        yield from _body(f"{name} body.", media.get("schema") or {}, document)
    for status, response in (operation.get("responses") or {}).items():
        response = resolve(response, document)
        inferred = "inferred" in response.get("x-specloom", {})
        for media in response.get("content", {}).values():
            for field, kind in fields(media.get("schema") or {}, document):
                yield f"error {field} {kind}" if status[0] in "45" else f"{name} reply {field} {kind}"
        if not inferred and status[0] in "45":
            yield f"status {status}"


def _body(prefix: str, schema: Mapping[str, Any], document: Mapping[str, Any]) -> Iterator[str]:
    schema = resolve(schema, document)
    required = schema.get("required", ())
    for name, facets in schema.get("properties", {}).items():
        if "inferred" not in facets.get("x-specloom", {}):
            yield from _facets(f"{prefix}{name}", {**facets, "required": name in required})
        yield from _body(f"{prefix}{name}.", facets, document)
        yield from _body(f"{prefix}{name}[].", facets.get("items") or {}, document)


def fields(schema: Mapping[str, Any], document: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """(dotted place, type) of each property that is not inferred."""
    schema = resolve(schema, document)
    for name, facets in schema.get("properties", {}).items():
        facets = resolve(facets, document)
        if "inferred" in facets.get("x-specloom", {}):
            continue
        yield f"{prefix}{name}", facets.get("type", "any")
        yield from fields(facets, document, f"{prefix}{name}.")
        yield from fields(facets.get("items") or {}, document, f"{prefix}{name}[].")


def resolve(part: Mapping[str, Any], document: Mapping[str, Any]) -> Mapping[str, Any]:
    while "$ref" in part:
        found: Any = document
        for key in part["$ref"].removeprefix("#/").split("/"):
            found = found[key.replace("~1", "/").replace("~0", "~")]
        part = found
    return part


def _gaps(gaps: Any) -> Iterator[str]:
    for gap in gaps:
        if gap.get("operation") is None:
            continue
        operation = gap["operation"]
        title = _short(operation.get("summary") or operation.get("description") or "")
        yield f"gap {title}"
        for field in operation.get("parameters", ()):
            yield from _facets(f"gap {title} {field['name']}", {**field.get("schema", {}), **field})


def _root(document: Mapping[str, Any], root: Mapping[str, Any]) -> Iterator[str]:
    for scheme in document.get("components", {}).get("securitySchemes", {}).values():
        block = scheme.get("x-specloom", {})
        if scheme["type"] == "http":
            yield f"{scheme['scheme']} Authorization"
        else:
            yield f"{scheme['type']} {scheme.get('name')}"
        if block.get("prefix"):
            yield f"prefix {block['prefix']}"
        if "Where:" in scheme.get("description", ""):
            yield "where"
        for kind in ("scopes", "domains"):
            if block.get(kind):
                yield f"{kind} {' '.join(block[kind])}"
    for server in document.get("servers") or ():
        placeholder = re.search(r"say (\S+?)[,;.]?(?:\s|$)", str(server.get("variables", "")))
        yield f"placeholder {placeholder[1]}" if placeholder else f"url {server['url']}"
    limits = root.get("rate_limit") or {}
    for kind in ("limit", "remaining", "reset"):
        if kind in limits:
            yield f"rate {kind} {limits[kind].removeprefix('$response.header.')}"
    yield from (f"plan {plan['name']} {plan['requests']}/{plan['seconds']}" for plan in limits.get("plans", ()))
    for key, value in (root.get("webhook_signature") or {}).items():
        if key not in ("source", "inferred"):
            yield f"{key} {value}"

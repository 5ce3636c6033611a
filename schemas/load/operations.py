"""One path item's methods to operations: inputs, replies and what x-specloom says of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from typing import Any
from urllib.parse import urljoin

from msgspec.structs import replace

from specloom.schemas.document.extension import extension
from specloom.schemas.document.node import Node
from specloom.schemas.document.refs import Refs
from specloom.schemas.document.reporter import Reporter
from specloom.schemas.document.versions.version32 import not_grouping, query_parameters
from specloom.schemas.load.access.requirements import Requirements
from specloom.schemas.load.body import Encoded, request_body
from specloom.schemas.load.fields.maker import FieldMaker
from specloom.schemas.load.fields.schema import Shapes
from specloom.schemas.load.lifecycle import Behaviour
from specloom.schemas.load.responses import Responses, stream_output
from specloom.schemas.load.service import servers_of
from specloom.schemas.media.kinds import media_kind
from specloom.schemas.memo import Memo
from specloom.schemas.model import Auth, Example, Field, Operation, Output, Requirement
from specloom.schemas.naming.action import action_name
from specloom.schemas.text import clean, humanize, one_line

MAX_PARAMETERS = 1000
_NO_RESOURCE = re.compile(r"v\d[\w.]*|api|rest")
"""Beginnings of paths that name nothing."""
_STYLES = {"path": "simple", "query": "form", "header": "simple", "cookie": "form"}


class OperationMaker:
    def __init__(
        self, root: Node, refs: Refs, shapes: Shapes, report: Reporter, ways: tuple[Auth, ...], asked: Requirements
    ) -> None:
        self.root = root
        self.refs = refs
        self.shapes = shapes
        self.report = report
        self.ways = ways
        self.asked = asked
        self.responses = Responses(refs, shapes, report)
        self.behaviour = Behaviour(shapes, report, self.responses)
        self._not_grouping = not_grouping(root)
        self._parameters = Memo[tuple[Field, Any]](lambda: report.count)
        self._servers = Memo[str](lambda: report.count)
        self.encoded: Encoded = {}

    def make(self, operation_id: str, path: str, method: str, item: Node, node: Node) -> Operation:
        """The operation as far as it stands alone; links between operations are tied in links.py."""
        self.report.operation = operation_id
        block = extension(node, "operation", self.report)
        security = self.asked.of(node)
        fields, examples = self._inputs(path, item, node, self._signed_with(security))
        body, media_type, body_required, body_examples = request_body(self, node, method)
        fields = _unique((*fields, *body))
        responses, success = self.responses.of(node)
        tags = self._tags(node)
        summary = one_line(node.text("summary") or node.text("x-ms-summary"), 200)
        description = clean(node.text("description"))
        operation = Operation(
            operation_id=operation_id,
            resource=one_line(tags[0]) if tags else _resource_of(path),
            name=one_line(block.get("name")) or action_name(summary, operation_id, description),
            summary=summary.rstrip("."),
            description=description or summary,
            method=method.upper(),
            path=path,
            server=self._server(item, node),
            media_type=media_type,
            body_required=body_required,
            accept=success.media_type if success and success.media_type else "application/json",
            fields=fields,
            output=self._output(success) if success is not None else Output(),
            responses=responses,
            request_examples=_flat_examples(fields, examples, body_examples),
            security=security,
            domains=tuple(block.get("domains") or ()),
            deprecated=node.value.get("deprecated") is True,
            sensitive=block.get("sensitive") is True,
            inferred=clean(block.get("inferred") or extension(item, "note", self.report).get("inferred")),
            pointer=node.pointer,
        )
        operation = self.behaviour.of(operation, node, block)
        self.report.operation = ""
        return operation

    def _tags(self, node: Node) -> list[str]:
        """Those first that are meant to group."""
        found = []
        for tag in node.get("tags").elements():
            if isinstance(tag.value, str) and tag.value.strip():
                found.append(tag.value)
            else:
                self.report.warn(tag, "tag", f"tag {str(tag.value)[:60]!r} is no text", "name a tag")
        return sorted(found, key=lambda name: name in self._not_grouping)

    def _output(self, success: Any) -> Output:
        if success.is_file:
            return Output(type="file", binary=True)
        if media_kind(success.media_type) == "events":
            return stream_output()
        fields, repeated = self.responses.fields(success)
        sample, documented = self.responses.sample(success, fields, repeated)
        return Output(fields=fields, repeated=repeated, sample=sample, sample_is_documented=documented)

    def _signed_with(self, security: tuple[Requirement, ...] | None) -> tuple[Auth, ...]:
        """Schemes that fill a place of the request; where none are named, those of the usual connection."""
        named = {name for entry in security or () for name in entry}
        if not named:
            return self.ways[0].schemes if self.ways else ()
        return tuple(auth for name, auth in self.asked.usable.items() if name in named)

    def _inputs(
        self, path: str, item: Node, node: Node, signed_with: tuple[Auth, ...]
    ) -> tuple[tuple[Field, ...], dict[str, Any]]:
        """Parameters of the path and the operation (which win), and their examples."""
        fields: list[Field] = []
        examples: dict[str, Any] = {}
        left_out = 0
        for (location, name), parameter in self._parameters_of(item, node).items():
            if len(fields) >= MAX_PARAMETERS and location != "path" and parameter.value.get("required") is not True:
                left_out += 1
            elif not (_is_ours(location, name) or any(auth.goes_to(location, name) for auth in signed_with)):
                field, example = self.parameter(name, location, parameter)
                fields.append(field)
                if example is not None:
                    examples[field.name] = example
        if left_out:
            told = f"{left_out} parameters are too many for a form"
            self.report.warn(node, "too-many", told, "give them as additional query parameters")
        for name in _template_names(path):
            if not any(f.location == "path" and f.pointer == name for f in fields):
                self.report.warn(node, "path-parameter", f"path parameter {name!r} is not declared", "added as a text")
                fields.append(
                    Field(
                        name=name,
                        location="path",
                        pointer=name,
                        title=humanize(name),
                        required=True,
                        style="simple",
                    )
                )
        return tuple(fields), examples

    def _parameters_of(self, item: Node, node: Node) -> dict[tuple[str, str], Node]:
        """By (location, name)."""
        merged: dict[tuple[str, str], Node] = {}
        for holder in (item, node):
            for parameter in map(self.refs.follow, holder.get("parameters").elements()):
                name, location = parameter.text("name"), parameter.text("in")
                if location == "querystring":
                    for part, single in query_parameters(parameter, self.refs, self.report):
                        merged.setdefault(("query", part), single)
                elif name and location in _STYLES:
                    merged[location, name] = parameter
                elif parameter.value:
                    self.report.error(parameter, "parameter", "parameter without a name or a known place", "left out")
        return merged

    def parameter(self, name: str, location: Any, node: Node) -> tuple[Field, Any]:
        """The input, and an example of its value."""
        return self._parameters.of(
            node.value, lambda: self._parameter(name, location, node), id(node.source), name, location
        )

    def _parameter(self, name: str, location: Any, node: Node) -> tuple[Field, Any]:
        content = next(iter(node.get("content").items()), None)
        schema = self.refs.follow(content[1]).get("schema") if content else node.get("schema")
        block = extension(node, "field", self.report)
        if block.keys() & {"options", "choices"} and isinstance(schema.value, dict):
            schema = Node({**schema.value, "x-specloom": block}, schema.source, pointer=schema.pointer)
        field = FieldMaker(self.shapes, self.report, "request").make(
            name,
            schema,
            name,
            node.value.get("required") is True or location == "path",
            location=location,
        )
        style = node.text("style") or _STYLES[location]
        explode = node.value.get("explode")
        field = replace(
            field,
            title=one_line(block.get("label") or node.text("x-ms-summary")) or field.title,
            description=clean(node.text("description")) or field.description,
            deprecated=node.value.get("deprecated") is True or field.deprecated,
            read_only=False,  # a schema shared with replies may say so; what is a parameter is sent
            style=style,
            explode=explode if isinstance(explode, bool) else style == "form",
            allow_reserved=node.value.get("allowReserved") is True,
            encoding=content[0] if content else "",
            inferred=clean(block.get("inferred")) or field.inferred,
            secret=block.get("secret") is True or field.secret,
            visibility=block.get("visibility") or field.visibility,
            file=block.get("file") or field.file,
        )
        examples = self.responses.examples(node)
        return field, examples[0].value if examples else field.example

    def _server(self, item: Node, node: Node) -> str:
        """The operation's own server, else its path's; '' where the document's is meant."""
        for holder in (node, item):
            if "servers" in holder.value:
                servers = holder.get("servers")
                url = self._servers.of(servers.value, partial(self._usable, holder), id(servers.source))
                if url:
                    return url
        return ""

    def _usable(self, holder: Node) -> str:
        for server in servers_of(holder, self.report):
            url = server.base_url or self._absolute(server.url)
            if url.startswith(("http://", "https://")) and "{" not in url:
                return url
            self.report.warn(holder.get("servers"), "server", f"server {server.url[:80]!r} is not used", "")
        return ""

    def _absolute(self, url: str) -> str:
        """A relative server of an operation, below the host of the whole document."""
        base = next((server.base_url for server in servers_of(self.root, self.report) if server.base_url), "")
        return urljoin(base, url).rstrip("/") if base and "{" not in url else ""


def _is_ours(location: str, name: str) -> bool:
    """Whether every step sets it itself."""
    return location == "header" and name.lower() in ("content-type", "accept")


def _template_names(path: str) -> list[str]:
    return [part.partition("}")[0] for part in path.split("{")[1:] if "}" in part]


def _resource_of(path: str) -> str:
    parts = [p for p in path.split("/") if p and "{" not in p and not _NO_RESOURCE.fullmatch(p)]
    return humanize(parts[0]) if parts else "General"


def _unique(fields: tuple[Field, ...]) -> tuple[Field, ...]:
    """Names unique among all inputs: a body's `id` beside a path's `id` becomes `id_body`."""
    result: dict[str, Field] = {}
    for field in fields:
        name = field.name
        if name in result and not _alternate(result[name], field):
            name = f"{name}_{field.location}"
        while name in result:
            name += "_"
        result[name] = field if name == field.name else replace(field, name=name)
    return tuple(result.values())


def _alternate(one: Field, other: Field) -> bool:
    return False if one.location != other.location else bool(one.when and other.when)


def _flat_examples(
    fields: tuple[Field, ...], parameters: Mapping[str, Any], bodies: tuple[Example, ...]
) -> tuple[Example, ...]:
    """Request examples as flat inputs by Field.name, selectors answered."""
    by_pointer = {field.pointer: field for field in fields if field.location == "body"}
    result = []
    for example in bodies or (Example(name="example", value=None),):
        flat = dict(parameters)
        if isinstance(example.value, dict) and "" not in by_pointer:
            for key, value in example.value.items():
                field = next((f for f in fields if f.location == "body" and f.pointer == _pointer(key)), None)
                flat[field.name if field else key] = value
        elif example.value is not None and "" in by_pointer:
            flat[by_pointer[""].name] = example.value
        for selector in fields:
            if selector.location == "selector":
                flat[selector.name] = answered(selector, fields, flat)
        if flat:
            result.append(Example(name=example.name, value=flat, summary=example.summary))
    return tuple(result)


def answered(selector: Field, fields: tuple[Field, ...], inputs: Mapping[str, Any]) -> Any:
    """Which alternative the given inputs mean: the one all of whose required fields stand, most fields first."""
    best, score = selector.default, 0
    for choice in selector.choices:
        shown = [f for f in fields if any(c.field == selector.name and choice.value in c.values for c in f.when)]
        given = sum(1 for f in shown if f.name in inputs)
        if given > score and all(f.name in inputs for f in shown if f.required):
            best, score = choice.value, given
    return best


def _pointer(key: str) -> str:
    return "/" + key.replace("~", "~0").replace("/", "~1")

"""What an operation answers: statuses, headers, examples, links."""

from __future__ import annotations

import re
from typing import Any

from msgspec import Struct

from specloom.schemas.document.extension import expression, extension
from specloom.schemas.document.node import Node
from specloom.schemas.document.refs import Refs
from specloom.schemas.document.reporter import Reporter
from specloom.schemas.document.versions.version32 import example_of, tell_of_stream
from specloom.schemas.expressions import parse
from specloom.schemas.load.fields.facets import is_bytes
from specloom.schemas.load.fields.maker import FieldMaker
from specloom.schemas.load.fields.schema import Shapes
from specloom.schemas.load.samples import Memory, sample_of
from specloom.schemas.load.written import root_name, xml_sample
from specloom.schemas.media.kinds import is_xml, media_kind
from specloom.schemas.memo import Memo, cached
from specloom.schemas.model import Example, Field, Header, Link, Output, Response
from specloom.schemas.text import clean, one_line

_STATUS = re.compile(r"[1-5](\d\d|XX)\Z|default\Z")
_JSON = r"application/(.+\+)?json(?![-\w])|text/json\b"


def is_json(media_type: str) -> bool:
    return media_kind(media_type) == "json"


class Success(Struct, frozen=True):
    """The reply that matters: its media type, and its schema ('media' is its Media Type Object). A range is JSON
    where its schema is an object or a list. `is_file` tells bytes from data."""

    response: Response
    media_type: str
    media: Node
    is_file: bool = False


def media_type_of(content: Node, ranked: tuple[str, ...]) -> str:
    """The media type to use, by the first pattern that fits; '' where there is none."""
    return _first_of(tuple([name for name, _ in content.items() if name.strip()]), ranked)


@cached(1024)
def _first_of(types: tuple[str, ...], ranked: tuple[str, ...]) -> str:
    for pattern in ranked:
        for name in types:
            if re.match(pattern, name, re.I):
                return name
    return types[0] if types else ""


REPLY_TYPES = (
    _JSON,
    r"text/plain",
    r"(audio|image|video|model)/",
    r"application/octet",
    r"text/",
    r"\*/\*",
)


def stream_output() -> Output:
    """What becomes of an event stream; see schemas/media/events.py."""
    text = Field(name="text", title="Text", pointer="/text", location="body", description="The answer, put together")
    events = Field(name="events", title="Events", pointer="/events", location="body", type="any", repeated=True)
    return Output(
        type="text",
        mapping={"text": parse("$response.body#/text")},
        fields=(text, events),
        sample={"text": "Hello, how can I help?", "events": []},
    )


class Responses:
    def __init__(self, refs: Refs, shapes: Shapes, report: Reporter) -> None:
        self.refs = refs
        self.shapes = shapes
        self.report = report
        self.samples: Memory = {}
        self._known = Memo[tuple[Response, str]](lambda: report.count)

    def of(self, operation: Node) -> tuple[tuple[Response, ...], Success | None]:
        """All replies in the document's order, and the success with content (or the first success)."""
        responses: list[Response] = []
        success: Success | None = None
        for status, node in operation.get("responses").items():
            if status.startswith("x-"):
                continue
            status = status.upper() if status != "default" else status
            if not _STATUS.match(status):
                self.report.warn(node, "status", f"{status[:20]!r} is no HTTP status", "left out")
                continue
            node = self.refs.follow(node)
            response, media_type = self._response(status, node)
            responses.append(response)
            better = success is None or (not success.media_type and media_type)
            if (response.ok or (status == "default" and success is None)) and better:
                success = self._success(response, media_type, self.refs.follow(node.get("content").get(media_type)))
        return tuple(responses), success

    def _success(self, response: Response, media_type: str, media: Node) -> Success:
        shape = self.shapes.of(media.get("schema"))
        kind = media_kind(media_type)
        if kind is None and media_type and shape.type in ("object", "array"):
            return Success(response, "application/json", media)
        is_file = kind == "file" or (kind != "json" and is_bytes(shape.keywords))
        return Success(response, media_type, media, is_file)

    def _response(self, status: str, node: Node) -> tuple[Response, str]:
        """With its media type as the document writes it."""
        return self._known.of(node.value, lambda: self._read(status, node), id(node.source), status)

    def _read(self, status: str, node: Node) -> tuple[Response, str]:
        content = node.get("content")
        media_type = media_type_of(content, REPLY_TYPES)
        media = self.refs.follow(content.get(media_type))
        tell_of_stream(media_type, media, self.report)
        response = Response(
            status=status,
            description=clean(node.text("description"), 1000),
            media_type=one_line(media_type),
            headers=tuple(self._header(name, header) for name, header in node.get("headers").items()),
            examples=self.examples(media, is_json(media_type)),
            links=tuple(link for name, raw in node.get("links").items() if (link := self._link(name, raw))),
            inferred=clean(extension(node, "note", self.report).get("inferred")),
        )
        return response, media_type

    def _header(self, name: str, node: Node) -> Header:
        node = self.refs.follow(node)
        field = FieldMaker(self.shapes, self.report, "response").make(one_line(name), node.get("schema"), "")
        example = node.value.get("example") if isinstance(node.value, dict) else None
        return Header(
            name=one_line(name),
            description=clean(node.text("description"), 1000),
            type=field.type,
            example=example if example is not None else field.example,
            inferred=clean(extension(node, "note", self.report).get("inferred")),
        )

    def _link(self, name: str, node: Node) -> Link | None:
        node = self.refs.follow(node)
        target = node.text("operationId")
        if not target and node.text("operationRef"):
            pointed = self.refs.follow(Node({"$ref": node.text("operationRef")}, node.source, pointer=node.pointer))
            # One without an operationId has its place for a name until links are tied.
            target = pointed.text("operationId") or (pointed.pointer if pointed.get("responses") else "")
        if not target:
            self.report.warn(node, "link", f"link {name!r} names no operation", "give it an operationId")
            return None
        parameters: dict[str, Any] = {}
        for key, value in node.get("parameters").items():
            dynamic = isinstance(value.value, str) and "$" in value.value
            parsed = expression(value.value, value, self.report) if dynamic else value.value
            if parsed is not None:
                parameters[key] = parsed
        return Link(name=name, operation_id=target, parameters=parameters)

    def examples(self, media: Node, json: bool = True) -> tuple[Example, ...]:
        """Named examples, the single example, or the schema's own; nothing is made up here."""
        named = []
        for name, node in media.get("examples").items():
            node = self.refs.follow(node)
            value, told = example_of(node, json)
            if told:
                named.append(Example(name=name, value=value, summary=one_line(node.text("summary"))))
        if named:
            return tuple(named)
        if isinstance(media.value, dict) and media.value.get("example") is not None:
            return (Example(name="example", value=media.value["example"]),)
        keywords = self.shapes.of(media.get("schema")).keywords if json else {}
        listed = keywords.get("examples")
        own = keywords.get("example") or (listed[0] if isinstance(listed, list) and listed else None)
        return (Example(name="example", value=own),) if own is not None else ()

    def fields(self, success: Success) -> tuple[tuple[Field, ...], bool]:
        """The reply's shape, and whether it is a list of that: lines of JSON are one, whatever the schema describes."""
        lines = media_kind(success.media_type) == "lines"
        schema = (success.media.get("itemSchema") if lines else None) or success.media.get("schema")
        if not schema:
            return (), lines
        shape = self.shapes.of(schema)
        maker = FieldMaker(self.shapes, self.report, "response")
        if shape.type == "array" and shape.items is not None:
            return maker.of_body(shape.items), True
        return maker.of_body(schema), lines

    def sample(self, success: Success, fields: tuple[Field, ...], repeated: bool) -> tuple[Any, bool]:
        """A reply to show, and whether the document has it."""
        if success.response.examples:
            return success.response.examples[0].value, True
        if is_xml(success.media_type) and success.media.get("schema"):
            schema = success.media.get("schema")
            return xml_sample(self.shapes, schema, root_name(self.refs, schema)) or None, False
        if media_kind(success.media_type) not in ("json", "lines"):
            return None, False
        made = sample_of(fields, self.samples)
        return ([made] if repeated else made), False

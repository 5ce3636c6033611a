"""Request bodies: which media type to send, and the fields in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from specloom.schemas.document.node import Node
from specloom.schemas.document.versions.version32 import tell_of_stream
from specloom.schemas.load.fields.maker import FieldMaker
from specloom.schemas.load.responses import is_json, media_type_of
from specloom.schemas.load.written import root_name, written_body, xml_sample
from specloom.schemas.media.kinds import is_xml, media_kind
from specloom.schemas.model import Example, Field
from specloom.schemas.text import clean, one_line

if TYPE_CHECKING:
    from specloom.schemas.load.operations import OperationMaker

_RANKED = (
    r"application/json\b",
    r"application/.*\+json|text/json",
    r"multipart/form-data",
    r"application/x-www-form-urlencoded",
    r"\*/\*",
    r"application/octet-stream",
    r"(image|audio|video)/",
    r"text/plain",
)

Body = tuple[tuple[Field, ...], str, bool, tuple[Example, ...]]


def request_body(maker: OperationMaker, operation: Node, method: str = "") -> Body:
    """(fields, media type, required, examples); media type '' where there is no body."""
    body = maker.refs.follow(operation.get("requestBody"))
    content = body.get("content")
    for name, nameless in content.items():
        if not name.strip():
            maker.report.warn(nameless, "media-type", f"{name!r} is no media type", "left out: name one")
    media_type = media_type_of(content, _RANKED)
    if not media_type:
        return (), "", False, ()
    media = maker.refs.follow(content.get(media_type))
    tell_of_stream(media_type, media, maker.report)
    others = [name for name, _ in content.items() if name.strip() and name != media_type]
    if others and not any(is_json(name) or name.startswith("application/x-www") for name in others):
        maker.report.warn(
            content, "media-type", f"body is sent as {media_type}", f"not offered: {', '.join(others)[:200]}"
        )
    required = body.value.get("required") is True
    if method in ("get", "head") and not _says_something(maker, media):
        maker.report.warn(body, "body", f"a {method.upper()} with an empty body", "it is sent without")
        return (), "", False, ()
    fields = FieldMaker(maker.shapes, maker.report, "request").of_body(media.get("schema"), media_type)
    sent = _sent(media_type, fields)
    examples = maker.responses.examples(media, is_json(media_type))
    if media_kind(sent) in ("text", "lines", "events") and not _is_text(fields):
        told = f"a body of {one_line(sent, 60)} has no form"
        maker.report.warn(content, "written-body", told, "it is asked for as one text, and sent as it is written")
        return (written_body(sent, required, _example(maker, sent, media, examples)),), one_line(sent), required, ()
    encoding = media.get("encoding")
    if encoding.value:
        fields = tuple(_encoded(field, encoding, maker) for field in fields)
    if len(fields) == 1 and fields[0].pointer == "":
        fields = (_whole(fields[0], sent, required, clean(body.text("description"))),)
    return fields, one_line(sent), required, examples


def _sent(media_type: str, fields: tuple[Field, ...]) -> str:
    """What to send of a range: JSON, unless it is a file, whose own type counts."""
    kind, _, rest = media_type.partition(";")[0].strip().lower().partition("/")
    if "*" not in f"{kind}{rest}" or (_is_file(fields) and "+" not in rest):
        return media_type
    if kind == "text":
        return "text/plain"
    return "application/xml" if rest.endswith("xml") else "application/json"


def _is_text(fields: tuple[Field, ...]) -> bool:
    whole = fields[0] if len(fields) == 1 and fields[0].pointer == "" else None
    return whole is not None and not whole.repeated and (whole.type in ("string", "file", "any"))


def _example(maker: OperationMaker, sent: str, media: Node, examples: tuple[Example, ...]) -> str:
    if examples and isinstance(examples[0].value, str):
        return examples[0].value
    schema = media.get("schema")
    return xml_sample(maker.shapes, schema, root_name(maker.refs, schema)) if is_xml(sent) and schema else ""


def _whole(field: Field, sent: str, required: bool, description: str) -> Field:
    """A field that is all of the body: a file where the media type says so."""
    is_file = field.type == "file" or sent.startswith(("image/", "audio/", "video/", "application/octet"))
    kind = "string" if field.type == "any" and media_kind(sent) == "text" else field.type
    return replace(
        field,
        required=required,
        description=field.description or description,
        type="file" if is_file else kind,
        file="binary" if is_file else field.file,
    )


def _says_something(maker: OperationMaker, media: Node) -> bool:
    shape = maker.shapes.of(media.get("schema"))
    return bool(shape.properties or shape.groups or shape.items or shape.additional)


def _is_file(fields: tuple[Field, ...]) -> bool:
    return len(fields) == 1 and fields[0].pointer == "" and fields[0].type == "file"


Encoded = dict[tuple[int, str, str, object], tuple[Field, Field]]
"""Fields with their encoding, by the field's id and what is said of it; the field is kept so that its id stays its
own."""


def _encoded(field: Field, encoding: Node, maker: OperationMaker) -> Field:
    """The `encoding` of a form's part. Operations that share a field share what becomes of it."""
    part = encoding.get(field.pointer.removeprefix("/"))
    if not part:
        return field
    media_type, style, explode = part.text("contentType"), part.text("style"), part.value.get("explode")
    key = (id(field), media_type, style, explode if isinstance(explode, bool) else None)
    found = maker.encoded.get(key)
    if found is None:
        made = replace(
            field,
            encoding=one_line(media_type.split(",")[0]),
            style=style,
            explode=explode if isinstance(explode, bool) else style == "form" or field.explode,
        )
        if media_kind(media_type) in ("text", "lines") and (made.repeated or made.type in ("object", "any")):
            maker.report.warn(
                part, "written-body", f"a part of {one_line(media_type, 60)} has no form", "it is asked for as one text"
            )
            made = replace(made, type="string", fields=(), values=None, repeated=False, choices=())
        found = maker.encoded[key] = field, made
    return found[1]

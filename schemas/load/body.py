"""Request bodies: which media type to send, and the fields in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from specloom.schemas.document.node import Node
from specloom.schemas.document.versions.version32 import tell_of_stream
from specloom.schemas.load.fields.maker import FieldMaker
from specloom.schemas.load.responses import is_json, media_type_of
from specloom.schemas.model import Example, Field
from specloom.schemas.text import clean, one_line

if TYPE_CHECKING:
    from specloom.schemas.load.operations import OperationMaker

_RANKED = (
    r"application/json\b",
    r"application/.*\+json",
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
    sent = "application/json" if media_type == "*/*" and not _is_file(fields) else media_type
    encoding = media.get("encoding")
    if encoding.value:
        fields = tuple(_encoded(field, encoding, maker.encoded) for field in fields)
    if len(fields) == 1 and fields[0].pointer == "":
        fields = (_whole(fields[0], sent, required, clean(body.text("description"))),)
    return fields, one_line(sent), required, maker.responses.examples(media, is_json(media_type))


def _whole(field: Field, sent: str, required: bool, description: str) -> Field:
    """A field that is all of the body: a file where the media type says so."""
    is_file = field.type == "file" or sent.startswith(("image/", "audio/", "video/", "application/octet"))
    return replace(
        field,
        required=required,
        description=field.description or description,
        type="file" if is_file else field.type,
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


def _encoded(field: Field, encoding: Node, known: Encoded) -> Field:
    """The `encoding` of a form's part. Operations that share a field share what becomes of it."""
    part = encoding.get(field.pointer.removeprefix("/"))
    if not part:
        return field
    media_type, style, explode = part.text("contentType"), part.text("style"), part.value.get("explode")
    key = (id(field), media_type, style, explode if isinstance(explode, bool) else None)
    found = known.get(key)
    if found is None:
        made = replace(
            field,
            encoding=one_line(media_type.split(",")[0]),
            style=style,
            explode=explode if isinstance(explode, bool) else style == "form" or field.explode,
        )
        found = known[key] = field, made
    return found[1]

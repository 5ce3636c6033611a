"""Fields: what a person fills in, or what a reply holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from msgspec import Struct

from specloom.schemas.expressions import Expression

FieldLocation = Literal["path", "query", "header", "cookie", "body", "selector"]
FieldType = Literal["string", "integer", "number", "boolean", "object", "any", "file"]
Visibility = Literal["important", "advanced", "internal"]
ResultType = Literal["image", "audio", "video", "model3d", "text", "file", "none"]
FileForm = Literal["url", "base64", "binary"]

URL_FIELDS: Mapping[str, str] = {
    "image": "image_url",
    "audio": "audio_url",
    "video": "video_url",
    "model3d": "model_url",
    "file": "file_url",
}
"""Result type to the flat field that repeats the first item's URL."""


class Choice(Struct, frozen=True, kw_only=True):
    value: Any
    label: str
    description: str = ""


class Options(Struct, frozen=True, kw_only=True):
    """Choices that come from a call: `items` is the list in its reply, `value` and `label` are per element."""

    operation_id: str
    items: Expression
    value: Expression
    label: Expression


class Condition(Struct, frozen=True, kw_only=True):
    """The field counts only while its sibling `field` (a Field.name) holds one of `values`."""

    field: str
    values: tuple[Any, ...]


class Field(Struct, frozen=True, kw_only=True):
    """One input or one part of a reply.

    `name` is unique among its siblings; `pointer` says where the value goes: the wire name of a parameter, or
    the JSON Pointer in the body relative to the enclosing object ("" is the whole body). A field with location
    "selector" is never sent: it is the question which alternative of the document applies, and its siblings'
    `when` refers to it. `repeated` makes it a list of what the rest describes.
    """

    name: str
    location: FieldLocation = "body"
    pointer: str = ""
    title: str = ""
    description: str = ""
    type: FieldType = "string"
    format: str = ""
    required: bool = False
    nullable: bool = False
    read_only: bool = False
    write_only: bool = False
    deprecated: bool = False
    default: Any = None
    choices: tuple[Choice, ...] = ()
    open: bool = False
    """Values outside `choices` are fine too."""
    loose: bool = False
    """The document allows values of other kinds as well; this is the kind people can fill in most easily."""
    kinds: tuple[str, ...] = ()
    """Of those: the scalars (number, boolean) that are sent as they are given."""
    minimum: float | None = None
    maximum: float | None = None
    exclusive_minimum: bool = False
    exclusive_maximum: bool = False
    multiple_of: float | None = None
    min_length: int | None = None
    max_length: int | None = None
    pattern: str = ""
    min_items: int | None = None
    max_items: int | None = None
    example: Any = None
    secret: bool = False
    visibility: Visibility = "important"
    file: FileForm | None = None
    options: Options | None = None
    style: str = ""
    """Of a parameter or form field: form, simple, spaceDelimited, pipeDelimited, tabDelimited (of Swagger 2),
    deepObject, label, matrix."""
    explode: bool = False
    allow_reserved: bool = False
    encoding: str = ""
    """Media type of this part of a multipart body, or of a parameter given by `content`."""
    fields: tuple[Field, ...] = ()
    """The properties of an object."""
    values: Field | None = None
    """What the values of free keys look like (additionalProperties); None with no `fields` means anything."""
    repeated: bool = False
    when: tuple[Condition, ...] = ()
    """All must hold."""
    exclusive: bool = False
    """Of a selector: fields of the other alternatives must not be sent."""
    inferred: str = ""
    """Why it stands here although the vendor does not document it."""

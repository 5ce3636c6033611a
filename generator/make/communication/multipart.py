"""Parts of a multipart body: files with their names and types, and values with a type of their own."""

from __future__ import annotations

from specloom.generator.make import iml
from specloom.generator.make.fields.schemas import shape
from specloom.generator.make.fields.values import FormValue, Inputs, given_if, only_when, value
from specloom.schemas.http.styles import is_json
from specloom.schemas.memo import cached
from specloom.schemas.model import Field

_BINARY = "application/octet-stream"
_TYPES = {
    "csv": "text/csv", "gif": "image/gif", "jpeg": "image/jpeg", "jpg": "image/jpeg", "json": "application/json",
    "m4a": "audio/mp4", "mov": "video/quicktime", "mp3": "audio/mpeg", "mp4": "video/mp4", "pdf": "application/pdf",
    "png": "image/png", "svg": "image/svg+xml", "txt": "text/plain", "wav": "audio/wav", "webm": "video/webm",
    "webp": "image/webp", "zip": "application/zip",
}  # fmt: skip
"""By the extension of a file's name, which is all that Make hands over."""


def part_of(field: Field, inputs: Inputs) -> FormValue | None:
    """A file, or what goes as JSON; None where the field is values like a form's. Raises Inexpressible."""
    ref, kind = inputs.refs[field.name], shape(field)
    if kind == "files":
        return iml.wrap(ref)
    if kind == "file" and field.file == "binary":
        options = {"filename": iml.wrap(f"{ref}.fileName"), "contentType": type_of(field.encoding, ref)}
        part = {"value": iml.wrap(f"{ref}.data"), "options": options}
        return only_when(field, given_if(f"{ref}.data", part, inputs), inputs)
    structured = field.type in ("object", "any") or (field.repeated and bool(field.encoding))
    if field.name in inputs.ready or (not structured and not is_json(field.encoding)):
        return None
    if field.style and not field.encoding:
        return None
    written = value(field, inputs)
    inner = written[2:-2] if iml.is_wrapped(written) else inputs.keep(written)
    options = {"contentType": field.encoding or "application/json"}
    return given_if(ref, {"value": iml.wrap(f"createJSON(ifempty({inner}, ''))"), "options": options}, inputs)


@cached(1024)
def type_of(said: str, ref: str) -> str:
    """As the document says, or by the file's name."""
    if said and "*" not in said and iml.is_constant(said):
        return said
    listed = ", ".join(f"'{extension}', '{kind}'" for extension, kind in _TYPES.items())
    return iml.wrap(f"switch(lower(last(split(ifempty({ref}.fileName, 'file'), '.'))), {listed}, '{_BINARY}')")

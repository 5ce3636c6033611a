"""Files in a Make form, whose parts other modules' files map to by what they mean."""

from __future__ import annotations

from specloom.generator.make.fields.forms import Parameter

_NAME: Parameter = {"type": "filename", "label": "File name", "semantic": "file:name"}
_DATA: Parameter = {"type": "buffer", "label": "Data", "semantic": "file:data"}
_CONTENT_TYPE: Parameter = {
    "name": "contentType",
    "type": "text",
    "label": "Content type",
    "help": "For example: image/png.",
}


def file_parameter(*, required: bool) -> Parameter:
    need = {"required": True} if required else {}
    return {"type": "collection", "spec": [{"name": "fileName", **_NAME, **need}, {"name": "data", **_DATA, **need}]}


def file_list_parameter() -> Parameter:
    """Each as a part of a multipart body is written: IML cannot rebuild the elements of a list."""
    options = {"type": "collection", "label": "File", "spec": [{"name": "filename", **_NAME}, _CONTENT_TYPE]}
    return {"type": "array", "spec": [{"name": "value", **_DATA, "required": True}, {"name": "options", **options}]}

"""What stands beside a result: the whole reply's id, sizes, names, types."""

from __future__ import annotations

from collections.abc import Sequence

from specloom.schemas.infer.api import body
from specloom.schemas.infer.replies import steps
from specloom.schemas.infer.words import bare
from specloom.schemas.model import Field, Operation

_PARTS = {
    "content_type": ("contenttype", "mimetype", "mediatype"),
    "file_name": ("filename",),
    "file_size": ("filesize", "sizebytes", "bytes"),
    "width": ("width",),
    "height": ("height",),
    "duration": ("duration", "durationseconds"),
    "preview_url": ("previewurl", "thumbnailurl", "posterurl"),
}
_WHOLE = {
    "id": ("id", "uuid", "taskid", "jobid"),
    "request_id": ("requestid",),
    "expires_at": ("expiresat", "expirationdate"),
}


def mapping_of(operation: Operation) -> dict[str, str]:
    """The reply's own id and request id; none of a reply that is a list."""
    if operation.output.repeated:
        return {}
    fields = [f for f in operation.output.fields if f.type in ("string", "integer") and not f.repeated]
    return {key: body((name,)) for key, name in _first(fields, _WHOLE).items()}


def parts_of(fields: Sequence[Field]) -> dict[str, str]:
    """Of what stands beside a place: by what it says, its key."""
    return _first([f for f in fields if not f.fields and not f.repeated], _PARTS)


def _first(fields: Sequence[Field], wanted: dict[str, tuple[str, ...]]) -> dict[str, str]:
    named = {bare(field.name): steps(field)[-1] for field in reversed(fields) if field.location != "selector"}
    found = {key: next((named[name] for name in names if name in named), "") for key, names in wanted.items()}
    return {key: name for key, name in found.items() if name}

"""The replies that language models have in common."""

from __future__ import annotations

from specloom.schemas.infer.api import body, item
from specloom.schemas.infer.replies import Path, steps
from specloom.schemas.infer.vocabulary import known
from specloom.schemas.model import Field, Operation


def message_of(operation: Operation) -> dict[str, str] | None:
    """`type`, `text` and perhaps `items` of a result; the places are data (`text_places` of the vocabulary)."""
    if operation.output.repeated:
        return None
    for place in sorted(known("text_places", "message", "part"), key=len, reverse=True):
        found = _found(operation.output.fields, place.split("/"))
        if found is not None and (place in known("text_places", "message") or _is_model_s(operation)):
            items, path = found
            text = {"text": item(path) if items is not None else body(path)}
            return {"type": "text", **({"items": body(items)} if items is not None else {}), **text}
    return None


def _is_model_s(operation: Operation) -> bool:
    """A reply that names the model, or says why it ended: parts with a text alone are in many other replies."""
    names = {field.name for field in operation.output.fields}
    return bool(names & {"model", "usage", "stop_reason", "usageMetadata"})


def _found(fields: tuple[Field, ...], place: list[str]) -> tuple[Path | None, Path] | None:
    """(the list, the way from its element): the first list is what the items are, others give their first."""
    items: Path | None = None
    path: Path = ()
    for index, token in enumerate(place):
        name = token.removesuffix("[]")
        field = next((f for f in fields if steps(f)[-1:] == (name,) and f.location != "selector"), None)
        if field is None or field.repeated is not token.endswith("[]"):
            return None
        path = (*path, name)
        if field.repeated and items is None:
            items, path = path, ()
        elif field.repeated:
            path = (*path, "0")
        if index == len(place) - 1 and field.type not in ("string", "any"):
            return None
        fields = field.fields
    return items, path

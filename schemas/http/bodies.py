"""Request bodies from inputs, in the operation's media type. The twin of generator/runtime/body.ts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Literal
from urllib.parse import unquote

from msgspec import Struct

from specloom.schemas.http.styles import InputError, Pair, is_json, pairs, text
from specloom.schemas.http.values.input_rules import by_pointer
from specloom.schemas.http.values.numbers import json_text
from specloom.schemas.model import Field, Operation

BodyType = Literal["json", "form", "multipart", "binary", "text"]
_NOTHING = object()
_TEXT_TYPES = re.compile(r"text/.*|.*[/+](xml|x-ndjson|jsonl|yaml|graphql)")


class Part(Struct, frozen=True):
    """One part of a multipart body. A `file`'s value is what the caller put there; other values are text."""

    name: str
    value: Any
    file: bool = False
    content_type: str = ""


def body_type(operation: Operation) -> BodyType:
    """How the operation's body is written down; JSON where the document does not say."""
    kind = (operation.media_type or "application/json").lower().partition(";")[0].strip()
    whole_file = any(f.location == "body" and not by_pointer(f) and is_file(f) for f in operation.fields)
    if is_json(kind) or (kind in ("*/*", "application/*") and not whole_file):
        return "json"
    if kind == "application/x-www-form-urlencoded":
        return "form"
    if kind.startswith("multipart/"):
        return "multipart"
    return "text" if _TEXT_TYPES.fullmatch(kind) and not whole_file else "binary"


def body_of(operation: Operation, values: Mapping[str, Any], extra: Mapping[str, Any]) -> Any:
    """The decoded body: JSON, the values of a form by wire name, or the whole value; None where none is sent.
    `extra` is merged in. Raises InputError."""
    fields = [f for f in operation.fields if f.location == "body"]
    if operation.method in ("GET", "HEAD") and not operation.media_type:
        if extra:
            raise InputError("This step sends no body to add to", "additionalBody")
        return None
    whole = _assembled(fields, values)
    only = next((f for f in fields if not by_pointer(f)), None)
    if body_type(operation) in ("binary", "text"):
        return _raw(operation, only, whole, extra)
    if extra:
        if whole is not _NOTHING and not isinstance(whole, dict):
            raise InputError("The body is no object that could be added to", "additionalBody")
        whole = merged(whole if isinstance(whole, dict) else {}, extra)
    if whole is not _NOTHING:
        return whole
    if not operation.body_required:
        return None
    if only is not None and (only.repeated or only.type != "object"):
        raise InputError(f"{only.name} is missing", only.name)
    return {}


def _raw(operation: Operation, only: Field | None, whole: Any, extra: Mapping[str, Any]) -> Any:
    if extra:
        raise InputError("The body is no object that could be added to", "additionalBody")
    if whole not in (_NOTHING, None, ""):
        return whole
    if operation.body_required:
        name = only.name if only else "body"
        raise InputError(f"{name} is missing", name)
    return None


def is_file(field: Field) -> bool:
    return field.type == "file" or field.file == "binary"


def _assembled(fields: Iterable[Field], values: Mapping[str, Any]) -> Any:
    """The value on the wire of fields given by name; _NOTHING where none is."""
    body: dict[str, Any] = {}
    whole: Any = _NOTHING
    for field in fields:
        if field.name not in values or field.location == "selector":
            continue
        value, tokens = _on_wire(field, values[field.name]), by_pointer(field)
        if tokens:
            _place(body, tokens, value)
        else:
            whole = value
    if not body:
        return whole
    return merged(whole, body) if isinstance(whole, dict) else body


def _place(body: dict[str, Any], tokens: tuple[str, ...], value: Any) -> None:
    for token in tokens[:-1]:
        inner = body.get(token)
        if not isinstance(inner, dict):
            inner = body[token] = {}
        body = inner
    body[tokens[-1]] = value


def _on_wire(field: Field, value: Any) -> Any:
    if field.repeated and isinstance(value, list):
        return [_object_on_wire(field, one) for one in value]
    return _object_on_wire(field, value)


def _object_on_wire(field: Field, value: Any) -> Any:
    if not isinstance(value, Mapping) or (not field.fields and field.values is None):
        return value
    names = {inner.name for inner in field.fields}
    free = {key: _on_wire(field.values, one) if field.values else one for key, one in value.items() if key not in names}
    known = _assembled(field.fields, value)
    return merged(free, known) if isinstance(known, dict) else free if known is _NOTHING else known


def merged(body: Mapping[str, Any], extra: Mapping[str, Any]) -> dict[str, Any]:
    """`extra` over `body`, object by object; lists are replaced."""
    result = dict(body)
    for name, value in extra.items():
        old = result.get(name)
        both = isinstance(old, dict) and isinstance(value, Mapping)
        result[name] = merged(old, value) if isinstance(old, dict) and both else value
    return result


def form_pairs(operation: Operation, body: Mapping[str, Any]) -> list[Pair]:
    """Encoded pairs of a form body; nested values in brackets, as servers of forms read them."""
    fields = _by_property(operation)
    found: list[Pair] = []
    for name, value in body.items():
        field = fields.get(name)
        style = (field.style if field else "") or ("deepObject" if isinstance(value, Mapping) else "")
        found += pairs(name, value, field, style)
    return found


def form_text(operation: Operation, body: Mapping[str, Any]) -> str:
    """The body itself; a space is '+', as the media type asks."""
    return "&".join(f"{name}={value}" for name, value in form_pairs(operation, body)).replace("%20", "+")


def multipart_parts(operation: Operation, body: Mapping[str, Any]) -> list[Part]:
    """The parts of a multipart body; a list is a part for each element, unless it is encoded as JSON."""
    fields = _by_property(operation)
    found: list[Part] = []
    for name, value in body.items():
        field = fields.get(name)
        if field and _is_styled(field, value):
            styled = pairs(name, value, field)
            found += [Part(_part_name(unquote(key)), unquote(one)) for key, one in styled]
            continue
        several = isinstance(value, list) and not (field and is_json(field.encoding))
        found += [_part(_part_name(name), one, field) for one in (value if several else [value])]
    return found


def _is_styled(field: Field, value: Any) -> bool:
    """Whether a style that the document names says how a list or an object is written, as in a query."""
    structured = isinstance(value, Mapping) or (isinstance(value, list) and not is_file(field))
    return structured and bool(field.style) and not field.encoding


def _by_property(operation: Operation) -> dict[str, Field]:
    return {"\n".join(by_pointer(f)): f for f in operation.fields if f.location == "body"}


def _part(name: str, value: Any, field: Field | None) -> Part:
    encoding = field.encoding if field else ""
    kind = encoding if re.fullmatch(r"[\w.+*-]+/[\w.+*-]+(\s*;[\t\x20-\x7e]*)?", encoding) else ""
    if field and is_file(field):
        return Part(name, value, True, kind)
    structured = isinstance(value, (list, Mapping)) or is_json(kind)
    written = json_text(value) if structured else text(value)
    return Part(name, written, False, kind or ("application/json" if structured else ""))


def _part_name(name: str) -> str:
    """As browsers escape it: some libraries write the name into the part's header as it is."""
    return name.replace("\r", "%0D").replace("\n", "%0A").replace('"', "%22")

"""What a person fills in: fields as Make parameters, with dependent fields nested under the choice that shows them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from specloom.generator.make import iml
from specloom.generator.make.components import names
from specloom.generator.make.fields.file_parameters import file_list_parameter, file_parameter
from specloom.generator.make.fields.forms import MakeForm, Parameter, form_names, unless_told
from specloom.generator.make.fields.schemas import InterfaceSchema, form_default, is_controller, keeps_digits, shape
from specloom.schemas.http.values.conditions import is_constant
from specloom.schemas.memo import cached
from specloom.schemas.model import Choice, Condition, Field
from specloom.schemas.text import MAX_HELP, same_words, sentence_case, with_notes

_LABEL, _HELP, _OPTION = 256, 1000, 256
_FORMATS = {"uri": "url", "url": "url", "email": "email"}
_LONG_TEXT = 300
_NO_DOTS = r"^(?!(?:[\s\S]*(?:[/\\]|%2[fF]|%5[cC]))?(?:\.|%2[eE])(?:\.|%2[eE])?(?:$|[/\\]|%2[fF]|%5[cC]))"
"""No part between slashes is '.' or '..', in whatever way it is encoded."""
_PROSE = re.compile("prompt|text|message|description|content")
"""In the names of long texts."""


def parameters(fields: Sequence[Field], form: MakeForm) -> list[Parameter]:
    """The form: what is asked for first comes first, advanced inputs last."""
    needed = [field for field in fields if field.required and not is_constant(field)]
    others = [field for field in fields if not field.required]
    first = [field for field in others if field.visibility == "important"]
    last = [field for field in others if field.visibility == "advanced"]
    return _arranged([(field, field.when) for field in (*needed, *first, *last)], form)


def _arranged(fields: Sequence[tuple[Field, tuple[Condition, ...]]], form: MakeForm) -> list[Parameter]:
    """Fields whose conditions are met here, each with what depends on it below its choices."""
    if not any(conditions for _, conditions in fields):
        return [_parameter(field, form) for field, _ in fields]
    controllers = {field.name for field, _ in fields if is_controller(field)}
    dependents: dict[str, list[tuple[Field, tuple[Condition, ...]]]] = {}
    here: list[Field] = []
    for field, conditions in fields:
        leading = next((c.field for c in conditions if c.field in controllers and c.field != field.name), None)
        if leading is None:
            here.append(field)
        else:
            dependents.setdefault(leading, []).append((field, conditions))
    return [_with_nested(field, dependents.get(field.name, []), form) for field in here]


def _with_nested(field: Field, dependents: Sequence[tuple[Field, tuple[Condition, ...]]], form: MakeForm) -> Parameter:
    written = _parameter(field, form)
    if not dependents:
        return written
    written = {**written, "options": [{**option} for option in written.get("options", ())]}  # others have it, too
    if written["type"] == "boolean":
        written["type"] = "select"
        written["options"] = [{"label": "Yes", "value": True}, {"label": "No", "value": False}]
    # A mapped choice hides what is nested below it, required inputs included.
    written["mappable"] = False
    for option in written["options"]:
        below = [
            (each, tuple(c for c in conditions if c.field != field.name))
            for each, conditions in dependents
            if all(option["value"] in c.values for c in conditions if c.field == field.name)
        ]
        if below:
            option["nested"] = _arranged(below, form)
    return written


def _parameter(field: Field, form: MakeForm) -> Parameter:
    name = form.names[field.name]
    if form.nested:  # its list is known as a whole
        return _made(field, name, form)
    known = form.parts.parameters.get((id(field), name))
    if known is None:
        known = form.parts.parameters[id(field), name] = field, _made(field, name, form)
    return known[1]


def _made(field: Field, name: str, form: MakeForm) -> Parameter:
    """One parameter of whatever type the field's shape asks for."""
    kind = shape(field, nested=form.nested)
    written: Parameter = {"name": name, "type": "text", "label": label(field)}
    _describe(written, field, kind, form)
    if field.required:
        written["required"] = True
    elif field.visibility != "important" and not form.nested:
        written["advanced"] = True
    _SHAPES[kind](written, field, form)
    if kind not in ("select", "selects", "json"):
        _default(written, field)
    return written


def label(field: Field) -> str:
    return _label(field.title, field.name, field.description)


@cached(32768)
def _label(title: str, name: str, description: str) -> str:
    line = iml.line(title, _LABEL)
    return sentence_case(line, description) if line else iml.line(names.words(name), _LABEL) or "Value"


def _describe(written: Parameter, field: Field, kind: InterfaceSchema, form: MakeForm) -> None:
    notes = ["Written as JSON"] if kind == "json" else []
    if not field.required and field.default is not None and not isinstance(field.default, (dict, list)):
        notes.append(unless_told("Default", field.default, field.description))
    if field.multiple_of:
        notes.append(f"A multiple of {field.multiple_of:g}")
    if field.example is not None and kind == "scalar" and field.type != "boolean" and field.example != field.default:
        notes.append(unless_told("For example", field.example, field.description))
    text = iml.line(with_notes(iml.plain(field.description), notes), MAX_HELP)
    if text and not same_words(text, written["label"]):
        written["help"] = text if text[-1] in "…!?" else text + "."


def _default(written: Parameter, field: Field) -> None:
    """Of required inputs and questions: an optional one would be sent although nobody chose it."""
    asked = field.required or is_constant(field) or field.location == "selector"
    if asked and field.default is not None and iml.is_constant(field.default):
        written["default"] = form_default(field) if written["type"] == "date" else field.default


def _scalar(written: Parameter, field: Field, form: MakeForm) -> None:
    if keeps_digits(field) and not form.nested:
        written["type"] = "any"  # a number would lose digits before anything of ours sees it
        return
    written["type"] = _type(field)
    rules = _limits(field)
    if rules:
        written["validate"] = rules
    if written["type"] == "text" and (field.max_length or _LONG_TEXT) >= _LONG_TEXT and _is_prose(field):
        written["multiline"] = True


def _type(field: Field) -> str:
    if field.type == "integer":
        return "uinteger" if field.minimum is not None and field.minimum >= 0 else "integer"
    if field.type in ("number", "boolean"):
        return field.type
    return _FORMATS.get(field.format, "url" if field.file == "url" else "text")


def _is_prose(field: Field) -> bool:
    if field.type != "string" or field.pattern:
        return False
    return (field.max_length or 0) >= _LONG_TEXT or _PROSE.search(field.name.lower()) is not None


def _limits(field: Field) -> dict[str, Any]:
    if field.type in ("integer", "number"):
        pairs = {"min": field.minimum, "max": field.maximum}
        return {key: _number(value) for key, value in pairs.items() if value is not None}
    if field.type != "string":
        return {}
    rules: dict[str, Any] = {"min": field.min_length, "max": field.max_length}
    if field.pattern and iml.is_constant(field.pattern):
        rules["pattern"] = field.pattern
    if field.location == "path":  # clients resolve such parts, and the call would reach another place
        own = rules.get("pattern")
        rules["pattern"] = _NO_DOTS + (rf"(?=[\s\S]*(?:{own}))" if own else "")
    return {key: value for key, value in rules.items() if value is not None}


def _number(value: float) -> float | int:
    return int(value) if float(value).is_integer() else value


def _date(written: Parameter, field: Field, form: MakeForm) -> None:
    written["type"] = "date"
    if field.format == "date":
        written["time"] = False


def _select(written: Parameter, field: Field, form: MakeForm) -> None:
    written["type"] = "select"
    remote = form.rpc(field) if field.options else None
    choices = [_option(choice) for choice in field.choices if iml.is_constant(choice.value)]
    if remote:
        written["options"] = f"rpc://{remote}"
    elif choices:
        written["options"] = choices
    else:
        written["type"] = _type(field)
        return
    if field.open or remote:
        written["mappable"] = {"help": "Values that are not in the list are fine, too." if field.open else "The ID."}
    elif field.location == "selector":
        written["mappable"] = False
    _default(written, field)


def _option(choice: Choice) -> dict[str, Any]:
    text = iml.line(choice.label or str(choice.value), _OPTION) or "(empty)"
    option: dict[str, Any] = {"label": text, "value": choice.value}
    if choice.description:
        option["description"] = iml.line(choice.description, _HELP)
    return option


def _selects(written: Parameter, field: Field, form: MakeForm) -> None:
    _select(written, field, form)
    if written["type"] == "select":
        written["multiple"] = True
        _count(written, field)
    else:
        _scalars(written, field, form)


def _scalars(written: Parameter, field: Field, form: MakeForm) -> None:
    exact = keeps_digits(field) and not form.nested
    element: Parameter = {"type": "any" if exact else _type(field), "label": "Item"}
    rules = {} if exact else _limits(field)
    written["type"] = "array"
    written["spec"] = {**element, "validate": rules} if rules else element
    _count(written, field)


def _count(written: Parameter, field: Field) -> None:
    limits = {"minItems": field.min_items, "maxItems": field.max_items}
    given = {key: value for key, value in limits.items() if value is not None}
    if given:
        written["validate"] = given


def _collection(written: Parameter, field: Field, form: MakeForm) -> None:
    written["type"] = "collection"
    key = id(field.fields), field.required or field.repeated, form.listed or field.repeated
    known = form.parts.specs.get(key)
    if known is None:
        known = form.parts.specs[key] = field.fields, _spec(field, form)
    written["spec"] = known[1]


def _spec(field: Field, form: MakeForm) -> list[Parameter]:
    listed = form.listed or field.repeated
    inner = MakeForm(form.title, form_names(field.fields), form.rpc, form.parts, nested=True, listed=listed)
    asked = [child for child in field.fields if listed or not is_constant(child)]
    children = [_relaxed(child, field) for child in asked]
    return _arranged([(child, child.when) for child in children], inner)


def _relaxed(child: Field, parent: Field) -> Field:
    """Make shows a collection's inputs always, so one that is required would make the whole collection so."""
    if parent.required or parent.repeated or not child.required:
        return child
    note = f"{child.description.rstrip('. ')}. Needed when anything of this group is given".lstrip(". ")
    return replace(child, required=False, description=note)


def _collections(written: Parameter, field: Field, form: MakeForm) -> None:
    _collection(written, field, form)
    written["type"] = "array"
    _count(written, field)


def _pairs(written: Parameter, field: Field, form: MakeForm) -> None:
    value = field.values or Field(name="value")
    written["type"] = "array"
    written["spec"] = [
        {"name": "key", "type": "text", "label": "Name", "required": True},
        {"name": "value", "type": _type(value), "label": "Value"},
    ]
    _count(written, field)


def _json(written: Parameter, field: Field, form: MakeForm) -> None:
    written["multiline"] = True


def _file(written: Parameter, field: Field, form: MakeForm) -> None:
    written.update(file_list_parameter() if field.repeated else file_parameter(required=field.required))
    _count(written, field)


_SHAPES: Mapping[InterfaceSchema, Callable[[Parameter, Field, MakeForm], None]] = {
    "scalar": _scalar,
    "date": _date,
    "select": _select,
    "selects": _selects,
    "scalars": _scalars,
    "collection": _collection,
    "collections": _collections,
    "pairs": _pairs,
    "json": _json,
    "file": _file,
    "files": _file,
}

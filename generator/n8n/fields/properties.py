"""The controls as n8n's INodeProperties: data only, in the key order and wording the official lint wants."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from specloom.generator.n8n.fields.choices import choice, choices, dynamic, in_order, open_choice
from specloom.generator.n8n.fields.controls import Control, Layout, sensitive_name
from specloom.generator.n8n.fields.scalars import Property, field_help, flag, simple
from specloom.generator.n8n.fields.uploads import file_group, file_parameters
from specloom.generator.n8n.text import help_text, label
from specloom.schemas.memo import by_identity, remembered

ADDITIONAL = "additionalFields"


def properties(layout: Layout, service_title: str) -> list[Property]:
    """The parameters of a layout: the direct ones, then those on demand in Additional Fields."""
    found = [p for control in layout.direct for p in of_control(control, service_title)]
    return [*found, _additional(layout.more, service_title)] if layout.more else found


@remembered
def _additional(more: tuple[Control, ...], title: str) -> Property:
    options = in_order([p for control in more for p in of_control(control, title)], "displayName")
    return _collection(ADDITIONAL, "Additional Fields", options)


def _collection(name: str, display_name: str, options: list[Property]) -> Property:
    """A collection to which fields are added one by one; what is not added is not sent."""
    return {
        "displayName": display_name,
        "name": name,
        "type": "collection",
        "placeholder": "Add Field",
        "default": {},
        "options": options,
    }


@remembered
def of_control(control: Control, title: str) -> tuple[Property, ...]:
    """One control's parameters: one, or those of a file. Made once for all operations that have it."""
    if control.kind == "file" and control.visible:
        return tuple([_masked(p) for p in file_parameters(control, title, control.name)])
    name = label(control.field.title or control.field.name)
    make = _MAKERS.get(control.kind, simple)
    return (_finished(make(control, name, title), control, title),)


def _finished(found: Property, control: Control, title: str) -> Property:
    """The property with what all of them have, in the order displayName, name, type, …"""
    given = found.pop("description", None)
    text = help_text(*field_help(control.field, title), name=str(found["displayName"])) if given is None else given
    head = {key: found[key] for key in ("displayName", "name", "type")}
    if control.required and control.visible:
        head["required"] = True
    if control.show:
        head["displayOptions"] = {"show": {key: list(values) for key, values in control.show.items()}}
    head |= found
    if text and head["type"] != "notice":
        head["description"] = text
    return _masked(head)


def _masked(found: Property) -> Property:
    """Text parameters whose name speaks of a secret are masked."""
    if found["type"] != "string" or not sensitive_name(str(found["name"])):
        return found
    options = {k: v for k, v in found.get("typeOptions", {}).items() if k != "rows"}
    return {**found, "typeOptions": {**options, "password": True}}


def _group(control: Control, name: str, title: str) -> Property:
    return _fixed(control, name, title, section=("value", name))


def _rows(control: Control, name: str, title: str) -> Property:
    found = _fixed(control, name, title, section=("items", name))
    return {**found, "typeOptions": {"multipleValues": True, "multipleValueButtonText": "Add Item"}}


def _fixed(control: Control, name: str, title: str, section: tuple[str, str]) -> Property:
    # n8n looks for what is required in an object that is added on demand where it is not, even in other operations.
    values = _values(control.direct, control.more, title)
    values = values if control.visible else _unchecked(values)
    return {
        "displayName": name,
        "name": control.name,
        "type": "fixedCollection",
        "placeholder": "Add Value",
        "default": {},
        "options": [{"displayName": section[1], "name": section[0], "values": values}],
    }


@remembered
def _values(direct: tuple[Control, ...], more: tuple[Control, ...], title: str) -> list[Property]:
    """What is inside an object, made once for all operations that take it."""
    return in_order(properties(Layout(direct, more), title), "displayName")


@by_identity
def _unchecked(values: list[Property]) -> list[Property]:
    """Without 'required', at any depth: the same list where nothing is."""
    return [_without_required(found) for found in values] if _requires(values) else values


@by_identity
def _requires(values: list[Property]) -> bool:
    return any("required" in found or any(map(_requires, _inside(found))) for found in values)


def _inside(found: Property) -> list[list[Property]]:
    """The lists of parameters that one holds."""
    if found["type"] == "fixedCollection":
        return [section["values"] for section in found["options"]]
    return [found["options"]] if found["type"] == "collection" else []


def _without_required(found: Property) -> Property:
    kept = {key: value for key, value in found.items() if key != "required"}
    if found["type"] == "fixedCollection":
        kept["options"] = [{**section, "values": _unchecked(section["values"])} for section in found["options"]]
    elif found["type"] == "collection":
        kept["options"] = _unchecked(found["options"])
    return kept


def _bag(control: Control, name: str, title: str) -> Property:
    if "update" in control.name.lower():  # n8n's lint takes a collection of that name for something else
        return _group(control, name, title)
    return _collection(control.name, name, _values(control.more, (), title))


_ENTRY = [
    {"displayName": "Name", "name": "name", "type": "string", "default": ""},
    {"displayName": "Value", "name": "value", "type": "string", "default": ""},
]
_ENTRIES = [{"displayName": "Entry", "name": "items", "values": _ENTRY}]


def _entries(control: Control, name: str, title: str) -> Property:
    return {
        "displayName": name,
        "name": control.name,
        "type": "fixedCollection",
        "placeholder": "Add Entry",
        "typeOptions": {"multipleValues": True},
        "default": {},
        "options": _ENTRIES,
    }


_MAKERS: Mapping[str, Callable[[Control, str, str], Property]] = {
    "choice": choice, "choices": choices, "open": open_choice, "dynamic": dynamic, "dynamics": dynamic,
    "flag": flag, "group": _group, "rows": _rows, "bag": _bag, "entries": _entries, "file": file_group,
}  # fmt: skip
"""By a control's kind; all others are simple ones."""

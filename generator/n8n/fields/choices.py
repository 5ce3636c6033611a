"""Choices as n8n parameters: closed lists, lists that take other values too, and lists that come from a call."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from specloom.generator.n8n.fields.controls import Control, choice_value, choices_of
from specloom.generator.n8n.fields.scalars import NOT_SET, Property, field_help, placeholder
from specloom.generator.n8n.names import unique
from specloom.generator.n8n.text import STANDARD, help_text, option_label, plain, sort_key
from specloom.schemas.memo import by_identity
from specloom.schemas.model import Choice, Field

SORTED_FROM = 5
"""Lists this long must be in alphabetical order; shorter ones keep the document's."""
_EXPRESSION = '<a href="https://docs.n8n.io/code/expressions/">expression</a>'


def in_order(items: Sequence[Property], key: str) -> list[Property]:
    """Sorted where the lint wants it, in the document's order otherwise."""
    if len(items) < SORTED_FROM:
        return list(items)
    return sorted(items, key=lambda item: sort_key(item[key]))


def arranged(options: list[Property]) -> list[Property]:
    """Options in the lint's order; lists of plain numbers keep theirs."""
    if options and str(options[0]["value"]).isdecimal():
        return options
    return _by_name(options)


@by_identity
def _by_name(options: list[Property]) -> list[Property]:
    return in_order(options, "name")


def options_of(item: Field) -> list[Property]:
    """The choices of a dropdown: labels and values each once, descriptions where they say more. The same list for
    all fields that have the same choices."""
    return _options(choices_of(item))


@by_identity
def _options(offered: Sequence[Choice]) -> list[Property]:
    found: list[Property] = []
    names: set[str] = set()
    for choice in offered:
        value = choice_value(choice.value)
        name = STANDARD.get(value) or option_label(choice.label)
        if name in names:
            name = _told_apart(name, value, names)
        names.add(name)
        option: Property = {"name": name, "value": value}
        if choice.description and value != "upsert" and (text := help_text(choice.description, name=name)):
            option["description"] = text
        found.append(option)
    return found


def _told_apart(name: str, value: Any, names: set[str]) -> str:
    return unique(option_label(f"{name} ({plain(str(value), 40)})"), names, " ")


@by_identity
def _or_none(options: list[Property]) -> list[Property]:
    return [NOT_SET, *options]


def choice(control: Control, name: str, title: str) -> Property:
    options = options_of(control.field)
    if control.blank:
        options = _or_none(options)
    return {
        "displayName": name,
        "name": control.name,
        "type": "options",
        "options": arranged(options),
        "default": first_choice(control, options),
    }


def first_choice(control: Control, options: Sequence[Mapping[str, Any]]) -> Any:
    """The document's default where it is among the options, else the first of them."""
    if control.blank or not options:
        return ""
    values = [option["value"] for option in options]
    wanted = choice_value(control.field.default)
    same = [v for v in values if v == wanted and isinstance(v, str) == isinstance(wanted, str)]
    return same[0] if same else values[0]


def choices(control: Control, name: str, title: str) -> Property:
    options = options_of(control.field)
    given = control.field.default if isinstance(control.field.default, list) else []
    known = [option["value"] for option in options]
    return {
        "displayName": name,
        "name": control.name,
        "type": "multiOptions",
        "options": _by_name(options),
        "default": [choice_value(v) for v in given if choice_value(v) in known],
    }


def open_choice(control: Control, name: str, title: str) -> Property:
    """A list that takes other values too: n8n's resource locator, searched in the node's own data."""
    item = control.field
    default = choice_value(item.default) if isinstance(item.default, str) else ""
    return {
        "displayName": name,
        "name": control.name,
        "type": "resourceLocator",
        "default": {"mode": "list", "value": "" if control.blank else default},
        "modes": [
            {
                "displayName": "From List",
                "name": "list",
                "type": "list",
                "placeholder": "Choose a value",
                "typeOptions": {
                    "searchListMethod": method_name(control),
                    "searchable": True,
                    "skipCredentialsCheckInRLC": True,
                },
            },
            {"displayName": "By Value", "name": "id", "type": "string", **_with_placeholder(item)},
        ],
    }


def _with_placeholder(item: Field) -> Property:
    text = placeholder(item)
    return {"placeholder": text} if text else {}


def method_name(control: Control) -> str:
    """Of the function that fills the control's list; the path begins with the operation."""
    return ".".join(control.path)


def dynamic(control: Control, name: str, title: str) -> Property:
    many = control.kind == "dynamics"
    bare = re.sub(r"(?i)\s+(name|names|ids?)( or ids?)?$", "", name) or name
    standard = f"Choose from the list, or specify {'IDs' if many else 'an ID'} using an {_EXPRESSION}"
    text = help_text(*field_help(control.field, title), name=name)
    return {
        "displayName": f"{bare} {'Names or IDs' if many else 'Name or ID'}",
        "name": control.name,
        "type": "multiOptions" if many else "options",
        "typeOptions": {"loadOptionsMethod": method_name(control)},
        "default": [] if many else "",
        "description": f"{text.rstrip('.')}. {standard}." if text else standard,
    }

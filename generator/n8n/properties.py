"""The controls as n8n's INodeProperties: data only, in the key order and wording the official lint wants."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from generator.n8n.controls import Control, Layout, choice_value, choices_of, sensitive_name
from generator.n8n.names import unique
from generator.n8n.wording import help_text, label, option_label, plain, sort_key, whether
from schemas.model import Field

Property = dict[str, Any]

SORTED_FROM = 5
"""Lists this long must be in alphabetical order; shorter ones keep the document's."""
ADDITIONAL = "additionalFields"
NOT_SET = {"name": "[Not Set]", "value": ""}
_EXPRESSION = '<a href="https://docs.n8n.io/code/expressions/">expression</a>'
_MULTILINE = re.compile(r"prompt|text|description|message|content|instruction|body|notes|caption", re.IGNORECASE)


def properties(layout: Layout, service_title: str) -> list[Property]:
    """The parameters of a layout: the direct ones, then those on demand in Additional Fields."""
    found = [p for control in layout.direct for p in of_control(control, service_title)]
    if layout.more:
        found.append(collection(ADDITIONAL, "Additional Fields", "Add Field", layout.more, service_title))
    return found


def collection(name: str, display_name: str, placeholder: str, controls: Iterable[Control], title: str) -> Property:
    """A collection to which fields are added one by one; what is not added is not sent."""
    options = [p for control in controls for p in of_control(control, title)]
    return {
        "displayName": display_name,
        "name": name,
        "type": "collection",
        "placeholder": placeholder,
        "default": {},
        "options": in_order(options, "displayName"),
    }


def in_order(items: Sequence[Property], key: str) -> list[Property]:
    """Sorted where the lint wants it, in the document's order otherwise."""
    if len(items) < SORTED_FROM:
        return list(items)
    return sorted(items, key=lambda item: sort_key(str(item[key])))


def of_control(control: Control, title: str) -> list[Property]:
    """One control's parameters: one, or those of a file."""
    if control.kind == "file" and control.visible:
        return [_masked(p) for p in _file_parameters(control, title, control.name)]
    name = label(control.field.title or control.field.name)
    makers = {
        "choice": _choice, "choices": _choices, "open": _open, "dynamic": _dynamic, "dynamics": _dynamic,
        "flag": _flag, "group": _group, "rows": _rows, "bag": _bag, "entries": _entries, "file": _file_group,
    }  # fmt: skip
    make = makers.get(control.kind, _simple)
    return [_finished(make(control, name, title), control, title)]


def _finished(found: Property, control: Control, title: str) -> Property:
    """The property with what all of them have, in the order displayName, name, type, …"""
    given = found.pop("description", None)
    text = help_text(*_help(control.field, title), name=str(found["displayName"])) if given is None else given
    head = {key: found.pop(key) for key in ("displayName", "name", "type")}
    if control.required and control.visible:
        head["required"] = True
    if control.show:
        head["displayOptions"] = {"show": {key: list(values) for key, values in control.show.items()}}
    if text and head["type"] != "notice":
        found["description"] = text
    return _masked({**head, **found})


def _masked(found: Property) -> Property:
    """Text parameters whose name speaks of a secret are masked."""
    if found["type"] != "string" or not sensitive_name(str(found["name"])):
        return found
    options = {k: v for k, v in found.get("typeOptions", {}).items() if k != "rows"}
    return {**found, "typeOptions": {**options, "password": True}}


def _help(item: Field, title: str) -> list[str]:
    parts = [item.description]
    known = re.findall(r"\d+", item.description)
    low, high = _bounds(item)
    if low is not None and high is not None and (number_text(low) not in known or number_text(high) not in known):
        parts.append(f"Between {number_text(low)} and {number_text(high)}")
    if item.max_length and str(item.max_length) not in known:
        parts.append(f"At most {item.max_length} characters")
    if item.inferred:
        parts.append(f"Not documented by {plain(title, 60)}: {item.inferred}")
    return parts


def number_text(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else str(value)


def _simple(control: Control, name: str, title: str) -> Property:
    item, kind = control.field, control.kind
    types = {"number": "number", "numbers": "number", "date": "dateTime", "json": "json"}
    found: Property = {"displayName": name, "name": control.name, "type": types.get(kind, "string")}
    options = _type_options(control, found["type"])
    if options:
        found["typeOptions"] = options
    found["default"] = _default(control)
    if (example := placeholder(item)) and kind in ("text", "texts"):
        found["placeholder"] = example
    if kind == "text" and control.name == "email":
        found["placeholder"] = "name@email.com"
    return found


def _type_options(control: Control, kind: str) -> Property:
    item = control.field
    found: Property = {}
    if control.kind in ("texts", "numbers"):
        found |= {"multipleValues": True, "multipleValueButtonText": "Add Value"}
    if kind == "number":
        low, high = _bounds(item)
        found |= {"minValue": low} if low is not None else {}
        found |= {"maxValue": high} if high is not None else {}
        if item.type == "integer":
            found["numberPrecision"] = 0
    if kind == "string":
        if item.secret:
            found["password"] = True
        elif control.kind == "text" and not item.format and _long(item):
            found["rows"] = 4
        for key, limit in (("minLength", item.min_length), ("maxLength", item.max_length)):
            if limit is not None and control.kind == "text":
                found[key] = limit
    return found


def _long(item: Field) -> bool:
    short = item.max_length is not None and item.max_length < 200
    return not short and (_MULTILINE.search(item.name) is not None or (item.max_length or 0) >= 200)


def _bounds(item: Field) -> tuple[float | None, float | None]:
    low, high = item.minimum, item.maximum
    if item.type == "integer" and low is not None:
        low = math.floor(low) + 1 if item.exclusive_minimum else math.ceil(low)
    if item.type == "integer" and high is not None:
        high = math.ceil(high) - 1 if item.exclusive_maximum else math.floor(high)
    return _finite(low), _finite(high)


def _finite(value: float | None) -> float | None:
    if value is None or not math.isfinite(value):
        return None
    return int(value) if float(value).is_integer() else value


def placeholder(item: Field) -> str:
    """'e.g. …' out of the example; none where the lint would want it changed, which made it untrue."""
    example = item.example
    if not isinstance(example, (str, int, float)) or isinstance(example, bool):
        return ""
    text = plain(str(example), 80)
    return "" if not text or re.search(r"\b[iI]ds?\b", text) else f"e.g. {text}"


def _default(control: Control) -> Any:
    """What the control holds at first. Never an expression; '' where a blank control waits to be filled in."""
    item, value = control.field, control.field.default
    if control.kind in ("texts", "numbers") or control.blank:
        return ""
    if control.kind == "json":
        if value is not None:
            return safe_text(json.dumps(value, ensure_ascii=False, indent=2))
        return "" if control.visible else ("[]" if item.repeated else "{}" if item.type == "object" else "")
    if control.kind == "number":
        good = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
        return value if good else ""
    return safe_text(value) if isinstance(value, str) else ""


def safe_text(value: str) -> str:
    """The text as a default; '' where n8n would run it as an expression, or where no file could hold it."""
    if value.startswith("=") or len(value) > 10000:
        return ""
    return value.encode("utf-8", "replace").decode()


def _flag(control: Control, name: str, title: str) -> Property:
    if control.blank:
        answers = [NOT_SET, {"name": "No", "value": False}, {"name": "Yes", "value": True}]
        return {
            "displayName": name, "name": control.name, "type": "options", "options": answers, "default": "",
        }  # fmt: skip
    return {
        "displayName": name,
        "name": control.name,
        "type": "boolean",
        "default": control.field.default is True,
        "description": whether(name, *_help(control.field, title)),
    }


def options_of(item: Field) -> list[Property]:
    """The choices of a dropdown: labels and values each once, descriptions where they say more."""
    found: list[Property] = []
    names: set[str] = set()
    for choice in choices_of(item):
        value = choice_value(choice.value)
        name = {"getAll": "Get Many", "upsert": "Create or Update"}.get(str(value), option_label(choice.label))
        name = unique(name, names) if name not in names else _told_apart(name, value, names)
        names.add(name)
        option: Property = {"name": name, "value": value}
        text = help_text(choice.description, name=name)
        if text and value != "upsert":
            option["description"] = text
        found.append(option)
    return found


def _told_apart(name: str, value: Any, names: set[str]) -> str:
    return unique(option_label(f"{name} ({plain(str(value), 40)})"), names, " ")


def arranged(options: list[Property]) -> list[Property]:
    """Options in the lint's order; lists of plain numbers keep theirs."""
    if options and re.fullmatch(r"\d+", str(options[0]["value"])):
        return options
    return in_order(options, "name")


def _choice(control: Control, name: str, title: str) -> Property:
    options = options_of(control.field)
    if control.blank:
        options = [NOT_SET, *options]
    return {
        "displayName": name,
        "name": control.name,
        "type": "options",
        "options": arranged(options),
        "default": first_choice(control, options),
    }


def first_choice(control: Control, options: Sequence[Mapping[str, Any]]) -> Any:
    """The document's default where it is among the options, else the first of them."""
    values = [option["value"] for option in options]
    wanted = choice_value(control.field.default)
    if control.blank or not values:
        return ""
    same = [v for v in values if v == wanted and isinstance(v, str) == isinstance(wanted, str)]
    return same[0] if same else values[0]


def _choices(control: Control, name: str, title: str) -> Property:
    options = options_of(control.field)
    given = control.field.default if isinstance(control.field.default, list) else []
    known = [option["value"] for option in options]
    return {
        "displayName": name,
        "name": control.name,
        "type": "multiOptions",
        "options": in_order(options, "name"),
        "default": [choice_value(v) for v in given if choice_value(v) in known],
    }


def _open(control: Control, name: str, title: str) -> Property:
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


def _dynamic(control: Control, name: str, title: str) -> Property:
    many = control.kind == "dynamics"
    bare = re.sub(r"(?i)\s+(name|names|ids?)( or ids?)?$", "", name) or name
    standard = f"Choose from the list, or specify {'IDs' if many else 'an ID'} using an {_EXPRESSION}"
    text = help_text(*_help(control.field, title), name=name)
    return {
        "displayName": f"{bare} {'Names or IDs' if many else 'Name or ID'}",
        "name": control.name,
        "type": "multiOptions" if many else "options",
        "typeOptions": {"loadOptionsMethod": method_name(control)},
        "default": [] if many else "",
        "description": f"{text.rstrip('.')}. {standard}." if text else standard,
    }


def _group(control: Control, name: str, title: str) -> Property:
    return _fixed(control, name, title, section=("value", name))


def _rows(control: Control, name: str, title: str) -> Property:
    found = _fixed(control, name, title, section=("items", name))
    return {**found, "typeOptions": {"multipleValues": True, "multipleValueButtonText": "Add Item"}}


def _fixed(control: Control, name: str, title: str, section: tuple[str, str]) -> Property:
    inner = properties(Layout(control.direct, control.more), title)
    values = in_order(inner, "displayName")
    return {
        "displayName": name,
        "name": control.name,
        "type": "fixedCollection",
        "placeholder": "Add Value",
        "default": {},
        "options": [{"displayName": section[1], "name": section[0], "values": values}],
    }


def _bag(control: Control, name: str, title: str) -> Property:
    if "update" in control.name.lower():  # n8n's lint takes a collection of that name for something else
        return _group(control, name, title)
    return collection(control.name, name, "Add Field", control.more, title)


def _entries(control: Control, name: str, title: str) -> Property:
    values = [
        {"displayName": "Name", "name": "name", "type": "string", "default": ""},
        {"displayName": "Value", "name": "value", "type": "string", "default": ""},
    ]
    return {
        "displayName": name,
        "name": control.name,
        "type": "fixedCollection",
        "placeholder": "Add Entry",
        "typeOptions": {"multipleValues": True},
        "default": {},
        "options": [{"displayName": "Entry", "name": "items", "values": values}],
    }


def _file_group(control: Control, name: str, title: str) -> Property:
    return {
        "displayName": name,
        "name": control.name,
        "type": "fixedCollection",
        "placeholder": "Add File",
        "default": {},
        "options": [{"displayName": "File", "name": "value", "values": _file_parameters(control, title, "file")}],
    }


def _file_parameters(control: Control, title: str, prefix: str) -> list[Property]:
    """Where the file comes from, and the one parameter that goes with each answer."""
    item = control.field
    name = label(item.title or item.name) if control.visible else "File"
    sources = [{"name": "Binary File", "value": "binary"}, {"name": "URL", "value": "url"}]
    if item.file == "base64":
        sources.append({"name": "Base64 Text", "value": "text"})
    if control.blank:
        sources.insert(0, NOT_SET)
    shown = {key: list(values) for key, values in control.show.items()} if control.visible else {}
    source = f"{prefix}Source"

    def only(value: str) -> Property:
        return {"displayOptions": {"show": {**shown, source: [value]}}}

    text = help_text(*_help(item, title), name=f"{name} Source")
    found: list[Property] = [
        {
            "displayName": f"{name} Source",
            "name": source,
            "type": "options",
            **({"displayOptions": {"show": shown}} if shown else {}),
            "options": sources,
            "default": "" if control.blank else "binary",
            **({"description": text} if text else {}),
        },
        {
            "displayName": "Input Data Field Name",
            "name": f"{prefix}BinaryProperty",
            "type": "string",
            **({"required": True} if control.visible else {}),
            **only("binary"),
            "default": "data",
            "hint": "The name of the input field containing the file data to be processed",
        },
        {
            "displayName": f"{name} URL" if not name.endswith("URL") else name,
            "name": f"{prefix}Url",
            "type": "string",
            **({"required": True} if control.visible else {}),
            **only("url"),
            "default": "",
            "description": "Where n8n fetches the file; no credential is sent there",
        },
    ]
    if item.file == "base64":
        found.append({
            "displayName": f"{name} as Base64",
            "name": f"{prefix}Text",
            "type": "string",
            **({"required": True} if control.visible else {}),
            **only("text"),
            "typeOptions": {"rows": 4},
            "default": "",
        })  # fmt: skip
    return found

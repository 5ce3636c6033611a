"""A file as n8n parameters: where it comes from, and the one parameter that goes with each answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from specloom.generator.n8n.fields.controls import Control
from specloom.generator.n8n.fields.scalars import NOT_SET, Property, field_help
from specloom.generator.n8n.text import help_text, label


def file_group(control: Control, name: str, title: str) -> Property:
    return {
        "displayName": name,
        "name": control.name,
        "type": "fixedCollection",
        "placeholder": "Add File",
        "default": {},
        "options": [{"displayName": "File", "name": "value", "values": file_parameters(control, title, "file")}],
    }


def file_parameters(control: Control, title: str, prefix: str) -> list[Property]:
    """Where the file comes from, and the one parameter that goes with each answer."""
    item = control.field
    name = label(item.title or item.name) if control.visible else "File"
    sources = [{"name": "Binary File", "value": "binary"}, {"name": "URL", "value": "url"}]
    if item.file == "base64":
        sources.append({"name": "Base64 Text", "value": "text"})
    if control.blank:
        sources.insert(0, NOT_SET)
    shown = {key: list(values) for key, values in control.show.items()} if control.visible else {}
    text = help_text(*field_help(item, title), name=f"{name} Source")
    source: Property = {
        "displayName": f"{name} Source",
        "name": f"{prefix}Source",
        "type": "options",
        **({"displayOptions": {"show": shown}} if shown else {}),
        "options": sources,
        "default": "" if control.blank else "binary",
        **({"description": text} if text else {}),
    }
    asked = _SEVERAL if item.repeated else _ANSWERS
    answers = (_answer(one, name, prefix, shown, control.visible) for one in asked)
    offered = {one["value"] for one in sources}
    return [source, *(answer for one, answer in zip(asked, answers, strict=True) if one.value in offered)]


class _Answer(Struct, frozen=True):
    """One place a file can come from: the parameter that goes with it."""

    value: str
    """Of the source."""
    suffix: str
    """Of the parameter's key."""
    title: str
    """`{name}` is the file's."""
    more: Property
    """What it has besides."""


_ANSWERS = (
    _Answer(
        "binary",
        "BinaryProperty",
        "Input Data Field Name",
        {"default": "data", "hint": "The name of the input field containing the file data to be processed"},
    ),
    _Answer(
        "url",
        "Url",
        "{name} URL",
        {"default": "", "description": "Where n8n fetches the file; no credential is sent there"},
    ),
    _Answer("text", "Text", "{name} as Base64", {"typeOptions": {"rows": 4}, "default": ""}),
)

_SEVERAL = (
    _Answer(
        "binary",
        "BinaryProperty",
        "Input Data Field Names",
        {"default": "data", "hint": "The names of the input fields containing the files, separated by commas"},
    ),
    _Answer(
        "url",
        "Url",
        "{name} URLs",
        {
            "typeOptions": {"rows": 3},
            "default": "",
            "description": "One on each line. N8n fetches the files; no credential is sent there.",
        },
    ),
    _Answer(
        "text", "Text", "{name} as Base64", {"typeOptions": {"rows": 4}, "default": "", "hint": "One on each line"}
    ),
)


def _answer(answer: _Answer, name: str, prefix: str, shown: Mapping[str, list[Any]], required: bool) -> Property:
    title = name if answer.value == "url" and name.endswith("URL") else answer.title.format(name=name)
    return {
        "displayName": title,
        "name": f"{prefix}{answer.suffix}",
        "type": "string",
        **({"required": True} if required else {}),
        "displayOptions": {"show": {**shown, f"{prefix}Source": [answer.value]}},
        **answer.more,
    }

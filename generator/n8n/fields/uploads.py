"""A file as n8n parameters: where it comes from, and the one parameter that goes with each answer."""

from __future__ import annotations

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
    source = f"{prefix}Source"

    def only(value: str) -> Property:
        return {"displayOptions": {"show": {**shown, source: [value]}}}

    text = help_text(*field_help(item, title), name=f"{name} Source")
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

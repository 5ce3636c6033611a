"""The form of an operation, as the run-time reads parameters back into inputs, and the way there: inputs as the
parameters a saved workflow holds."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from specloom.generator.n8n.fields.controls import Control, Layout, choice_value
from specloom.generator.n8n.fields.properties import ADDITIONAL
from specloom.schemas.memo import remembered

N8nForm = dict[str, Any]


def form(layout: Layout) -> N8nForm:
    """{direct: […], more: […]}: which parameter holds which field, and how. Empty keys are left out."""
    found: N8nForm = {}
    if layout.direct:
        found["direct"] = list(map(_entry, layout.direct))
    if layout.more:
        found["more"] = list(map(_entry, layout.more))
    return found


@remembered
def _entry(control: Control) -> N8nForm:
    """The same one wherever the control stands."""
    found: N8nForm = {"name": control.name, "field": control.field.name, "kind": control.kind}
    if control.kind == "file":
        found["form"] = control.field.file or "binary"
        if control.visible:
            found["flat"] = True
        if control.field.repeated:
            found["list"] = True
    if control.field.format == "date":
        found["format"] = "date"
    return found | form(Layout(control.direct, control.more))


def parameters(layout: Layout, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The n8n parameters that make the node send `inputs` (by Field.name, nested as the fields are). Values that
    begin with '=' are n8n expressions and pass as they are; where n8n takes none (a collection as a whole), and for
    an input without a parameter, KeyError is raised: additionalBody can carry those."""
    known = {control.field.name for control in layout}
    if missing := set(inputs) - known:
        raise KeyError(f"no parameter for {', '.join(sorted(missing))}")
    direct = _values(layout.direct, inputs)
    more = _values(layout.more, inputs)
    return {**direct, ADDITIONAL: more} if more else direct


def _values(controls: Iterable[Control], inputs: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for control in controls:
        name = control.field.name
        if name in inputs:
            found.update(_parameter(control, inputs[name]))
        elif control.field.location == "selector" and (answer := _answer(control, controls, inputs)) is not None:
            found[control.name] = choice_value(answer)
    return found


def _answer(control: Control, siblings: Iterable[Control], inputs: Mapping[str, Any]) -> Any:
    """What the given inputs say to a question nobody answered: the alternative whose fields they are."""
    for sibling in siblings:
        for condition in sibling.field.when:
            if condition.field == control.field.name and sibling.field.name in inputs:
                return condition.values[0]
    return None


def _parameter(control: Control, value: Any) -> dict[str, Any]:
    name, kind = control.name, control.kind
    expression = isinstance(value, str) and value.startswith("=")
    if kind == "file":
        return _file(control, value)
    if expression and kind in ("group", "bag", "rows", "entries"):
        raise KeyError(f"{name} is a collection, which n8n does not fill from one expression")
    if kind in ("group", "bag", "rows"):
        return {name: _object(control, value)}
    if kind == "entries":
        return {name: {"items": [{"name": key, "value": str(entry)} for key, entry in value.items()]}}
    if kind == "json":
        return {name: value if expression else json.dumps(value, ensure_ascii=False)}
    if kind == "open":
        mode = "id" if expression or value not in [c.value for c in control.field.choices] else "list"
        return {name: {"__rl": True, "mode": mode, "value": value}}
    return {name: choice_value(value) if kind == "choice" and value == "" else value}


def _object(control: Control, value: Any) -> Any:
    layout = Layout(control.direct, control.more)
    if control.kind == "bag" and "update" not in control.name.lower():
        return _values(control.more, value)
    if control.kind == "rows":
        return {"items": [parameters(layout, row) for row in value]}
    return {"value": parameters(layout, value)}


def _file(control: Control, value: Any) -> dict[str, Any]:
    """A URL, base64 text, or {"binary": "<field>"}, which names the input item's binary field; of several files a list
    of these, of one kind."""
    prefix = control.name if control.visible else "file"
    if isinstance(value, list):
        names = [one["binary"] for one in value if isinstance(one, Mapping)]
        value = {"binary": ",".join(names)} if names else "\n".join(map(str, value))
    if isinstance(value, Mapping):
        found = {f"{prefix}Source": "binary", f"{prefix}BinaryProperty": value["binary"]}
    elif str(value).startswith(("http://", "https://", "=")):
        found = {f"{prefix}Source": "url", f"{prefix}Url": value}
    else:
        found = {f"{prefix}Source": "text", f"{prefix}Text": value}
    return found if control.visible else {control.name: {"value": found}}

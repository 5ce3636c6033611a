"""Make's published rules for importing blueprints, and whether every `{{n.field}}` names what module n really gives."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Any

from specloom.generator.make.emit import emit
from specloom.generator.platforms import EmitOptions
from specloom.generator.workflows.source.catalogue import catalogue
from specloom.generator.workflows.source.check import Checked
from specloom.generator.workflows.source.services import services

Json = dict[str, Any]

MODULE = re.compile(r"(?:app#)?[a-z0-9-]+:[A-Za-z0-9]+")
REFERENCE = re.compile(r"(?<![\w.`\[])(\d+)((?:\.(?:[A-Za-z_]\w*|`[^`]*`)|\[\d+\])+)")
OPERATOR = re.compile(r"(text|number|boolean|date|time|array):[a-z:]+|exist|notexist")
MODULE_KEYS = {"id", "module", "version", "parameters", "mapper", "metadata", "filter", "routes", "onerror"}
DIRECTIVES = ("builtin:Rollback", "builtin:Ignore", "builtin:Resume", "builtin:Commit", "builtin:Break")
_TOOLS = {"builtin:BasicRepeater": "i", "builtin:BasicAggregator": "array"}
HELD_BACK = ("__IMTCONN__", "__IMTHOOK__", "hook", "datastore", "restore", "expect", "interface")


def modules(flow: list[Json]) -> Iterator[Json]:
    """All modules, in the order in which a person reads them."""
    for module in flow:
        yield module
        for route in module.get("routes", []):
            yield from modules(route["flow"])
        yield from modules(module.get("onerror", []))


def rule_breaks(blueprint: Mapping[str, Any]) -> list[str]:
    """What Make's import would refuse."""
    found: list[str] = []
    if set(blueprint) != {"name", "description", "flow", "metadata"}:
        found.append(f"top keys {sorted(blueprint)}")
    metadata = blueprint["metadata"]
    if metadata.get("version") != 1 or "scenario" not in metadata or metadata.get("designer") != {"orphans": []}:
        found.append("metadata must hold version 1, scenario and designer.orphans")
    listed = list(modules(blueprint["flow"]))
    identities = [module["id"] for module in listed]
    if len(set(identities)) < len(identities):
        found.append("module ids are not unique")
    if "filter" in blueprint["flow"][0]:
        found.append("the first module has a filter")
    for module in listed:
        found += [f"module {module.get('id')}: {fault}" for fault in _module(module)]
        found += [f"module {module['id']}: there is no module {n}" for n in _referred(module) if n not in identities]
    return found


def _module(module: Json) -> Iterator[str]:
    if not set(module) <= MODULE_KEYS:
        yield f"unknown keys {set(module) - MODULE_KEYS}"
    if type(module.get("id")) is not int or type(module.get("version")) is not int:
        yield "id and version must be whole numbers"
    if not MODULE.fullmatch(module.get("module", "")):
        yield f"module {module.get('module')!r} is no name"
    designer = module["metadata"].get("designer", {})
    if not all(isinstance(designer.get(axis), (int, float)) for axis in "xy"):
        yield "metadata.designer needs x and y"
    text = json.dumps(module)
    yield from (f"{key} must be left out" for key in HELD_BACK if f'"{key}":' in text)
    if "routes" in module:
        if module["mapper"] is not None or not module["routes"] or not all(r["flow"] for r in module["routes"]):
            yield "a router has no mapper, and routes that are not empty"
    elif not isinstance(module["mapper"], dict):
        yield "the mapper must be an object"
    for condition in (c for group in module.get("filter", {}).get("conditions", []) for c in group):
        if set(condition) != {"a", "o", "b"} or not OPERATOR.fullmatch(condition["o"]):
            yield f"condition {condition}"
    handler = module.get("onerror", [])
    if handler and not any(m["module"] in DIRECTIVES for m in modules(handler)):
        yield "an error handler ends with a directive"


def _referred(module: Json) -> list[int]:
    own = {"mapper": module["mapper"], "filter": module.get("filter")}
    return [int(number) for number, _ in references(own)]


def references(value: Any) -> Iterator[tuple[str, str]]:
    """(module, path) of every reference in a value's `{{ }}`."""
    if isinstance(value, dict):
        for each in value.values():
            yield from references(each)
    elif isinstance(value, list):
        for each in value:
            yield from references(each)
    elif isinstance(value, str):
        for inside in re.findall(r"\{\{(.*?)\}\}", value, re.DOTALL):
            without_texts = re.sub(r"'[^']*'|\"[^\"]*\"", "''", inside)
            yield from REFERENCE.findall(without_texts)


class Outputs:
    """What the modules of one blueprint give, by their interfaces."""

    def __init__(self, checked: Checked, blueprint: Mapping[str, Any]) -> None:
        self.checked = checked
        self.modules = {module["id"]: module for module in modules(blueprint["flow"])}

    def unknown(self) -> list[str]:
        """References to fields no module gives."""
        found = []
        for module in self.modules.values():
            own = {"mapper": module["mapper"], "filter": module.get("filter")}
            for number, path in references(own):
                steps = re.findall(r"[A-Za-z_]\w*|`[^`]*`|\[\d+\]", path)
                if not self._has(self.modules[int(number)], steps):
                    found.append(f"module {module['id']}: {number}{path} is not among what {number} gives")
        return found

    def _columns(self, feeder: Json) -> list[str]:
        """The columns of the rows that an aggregator gathered for the feeder."""
        gathered = re.fullmatch(r"\{\{(\d+)\.array\}\}", str(feeder["mapper"]["array"]))
        return [f"`{name}`" for name in self.modules[int(gathered[1])]["mapper"]] if gathered else []

    def _has(self, module: Json, steps: list[str]) -> bool:
        kind = module["module"]
        if steps[0] == "error" and "onerror" in module:
            return steps[1:] in (["message"], ["type"])
        if kind == "util:SetVariables":
            return steps[0] in [v["name"] for v in module["mapper"]["variables"]]
        if kind == "gateway:CustomWebHook":
            fields = {i.name: i.type for i in self.checked.workflow.start.inputs}
            return steps[0] in fields and (
                len(steps) == 1 or fields[steps[0]] == "file" and steps[1] in ("name", "data")
            )
        if kind == "http:ActionGetFile":
            return steps[0] in ("data", "fileName")
        if kind.startswith("http:"):
            return steps[0] in ("statusCode", "headers", "data")
        if kind in _TOOLS:
            return steps == [_TOOLS[kind]]
        if kind == "util:GetVariable2":
            return steps == [module["mapper"]["name"]]
        if kind == "builtin:BasicFeeder" and self._columns(module):
            return steps[0] in self._columns(module)
        if kind.startswith("google-sheets:filterRows"):
            return re.fullmatch(r"`\d+`", steps[0]) is not None
        stock = self._stock(kind)
        if stock is not None:
            return ".".join(steps) in stock
        return _in_interface(interface(kind), steps)

    def _stock(self, kind: str) -> list[str] | None:
        named = [f for f in catalogue().values() if f.platforms["make"]["module"] == kind]
        return [place["make"] for f in named for place in f.outputs.values()] if named else None


def interface(module: str) -> list[Json]:
    """The interface of a module of a generated app."""
    app, _, name = module.partition(":")
    key = next(key for key, service in services().items() if key == app or service.key == app)
    files = emit(services()[key], EmitOptions()).files
    listed = json.loads(files["makecomapp.json"])["components"]["module"]
    found: list[Json] = json.loads(files[listed[name]["codeFiles"]["interface"]])
    return found


def _in_interface(fields: list[Json], steps: list[str]) -> bool:
    if not steps:
        return True
    if steps[0].startswith("["):
        return _in_interface(fields, steps[1:])
    field = next((f for f in fields if f["name"] == steps[0].strip("`")), None)
    if field is None:
        return False
    spec = field.get("spec")
    if field["type"] in ("any", "collection") and not spec:
        return True
    return _in_interface(spec if isinstance(spec, list) else [], steps[1:]) if len(steps) > 1 else True


# The canvas: a module is a circle with its name below it; a line leads from it to the next

WIDTH, HEIGHT, LABEL, TEXT = 120, 100, 60, 150
"""Pixels of a module, of its name below it, and how wide the name is."""


def overlaps(flow: list[Json]) -> list[str]:
    boxes = [(m["metadata"]["designer"]["name"], *_box(m)) for m in modules(flow)]
    return [
        f"{a} and {b}"
        for (a, ax, ay, ar, ab), (b, bx, by, br, bb) in combinations(boxes, 2)
        if ax < br and bx < ar and ay < bb and by < ab
    ]


def _box(module: Json) -> tuple[float, float, float, float]:
    x, y = module["metadata"]["designer"]["x"], module["metadata"]["designer"]["y"]
    return x - TEXT / 2, y - HEIGHT / 2, x + TEXT / 2, y + HEIGHT / 2 + LABEL


def _lines(flow: list[Json]) -> Iterator[tuple[Json, Json]]:
    for module, following in zip(flow, flow[1:], strict=False):
        yield module, following
    for module in flow:
        for inner in [*(route["flow"] for route in module.get("routes", [])), module.get("onerror", [])]:
            if inner:
                yield module, inner[0]
                yield from _lines(inner)


def crossings(flow: list[Json]) -> list[str]:
    """Lines that go through a module, or the name of one, that they do not belong to."""
    found = []
    for start, end in _lines(flow):
        for other in modules(flow):
            if other is not start and other is not end and _meets(start, end, _box(other)):
                names = [m["metadata"]["designer"]["name"] for m in (start, end, other)]
                found.append(f"from {names[0]} to {names[1]}: {names[2]}")
    return found


def _meets(start: Json, end: Json, box: tuple[float, float, float, float]) -> bool:
    """Whether the straight line between two modules touches a box: looked for at a hundred of its points."""
    (ax, ay), (bx, by) = ((m["metadata"]["designer"]["x"], m["metadata"]["designer"]["y"]) for m in (start, end))
    points = ((ax + (bx - ax) * step / 100, ay + (by - ay) * step / 100) for step in range(101))
    return any(box[0] < x < box[2] and box[1] < y < box[3] for x, y in points)

"""The catalogue of platform steps, read from catalogue.yaml, and how an entry is filled with a step's inputs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from importlib import resources
from typing import Any, Literal

import yaml
from msgspec import Struct

from specloom.generator.workflows.source.schemas import ANY, FILE, SCALAR, ValueSchema, record

Platform = Literal["n8n", "make", "zapier"]
LEFT_OUT = object()
"""In place of an entry whose input is not given."""


class FunctionInput(Struct, frozen=True, kw_only=True):
    name: str
    required: bool = False
    type: Literal["scalar", "object", "list", "file"] = "scalar"


class Function(Struct, frozen=True, kw_only=True):
    """One step of the catalogue. `rows`: the input that names the columns of the rows it gives one by one."""

    name: str
    version: str
    title: str
    inputs: tuple[FunctionInput, ...]
    outputs: Mapping[str, Mapping[str, str]] = {}
    """Field to where each platform has it, with dots."""
    settings: Mapping[str, str] = {}
    """Addresses a person has to fill in."""
    file: bool = False
    rows: str = ""
    start: tuple[str, ...] = ()
    """Kinds of start it goes with; empty: all."""
    platforms: Mapping[str, Mapping[str, Any]] = {}

    def shape(self, inputs: Mapping[str, Any]) -> ValueSchema:
        """What it gives to the next step."""
        if self.file:
            return FILE
        if self.rows:
            columns = inputs.get(self.rows)
            names = [c for c in columns if isinstance(c, str)] if isinstance(columns, list) else []
            return record({"rows": ValueSchema("list", element=record({name: SCALAR for name in names}))})
        return record({name: SCALAR for name in self.outputs}) if self.outputs else ANY


@cache
def catalogue() -> Mapping[str, Function]:
    """Name to function."""
    text = (resources.files("specloom.generator.workflows.source") / "catalogue.yaml").read_text("utf-8")
    return {name: _function(name, entry) for name, entry in yaml.safe_load(text).items()}


def _function(name: str, entry: Mapping[str, Any]) -> Function:
    outputs = entry.get("outputs", {})
    rows = (
        next((o["each"] for o in outputs.values() if isinstance(o, dict) and "each" in o), "")
        if isinstance(outputs, dict)
        else ""
    )
    return Function(
        name=name,
        version=entry["version"],
        title=entry["title"],
        inputs=tuple(FunctionInput(name=key, **rules) for key, rules in entry["inputs"].items()),
        outputs={} if rows or outputs == "file" else {name: _places(place) for name, place in outputs.items()},
        settings=entry.get("settings", {}),
        file=outputs == "file",
        rows=rows,
        start=tuple(entry.get("start", ())),
        platforms={platform: entry[platform] for platform in ("n8n", "make", "zapier")},
    )


def _places(place: str | Mapping[str, str]) -> Mapping[str, str]:
    return {"n8n": place, "make": place} if isinstance(place, str) else place


def filled(entry: Any, inputs: Mapping[str, Any], literal: Callable[[Any], Any]) -> Any:
    """An entry of the catalogue with `$input` replaced. `inputs` are ready for the platform; `literal` makes the
    catalogue's own texts so. What refers to an input that is not given is LEFT_OUT."""
    if isinstance(entry, Mapping):
        found = {key: filled(value, inputs, literal) for key, value in entry.items()}
        return {key: value for key, value in found.items() if value is not LEFT_OUT}
    if isinstance(entry, list):
        listed = [filled(value, inputs, literal) for value in entry]
        return [value for value in listed if value is not LEFT_OUT]
    if not isinstance(entry, str) or not entry.startswith("$"):
        return literal(entry)
    name, _, how = entry[1:].partition("@")
    if name not in inputs:
        return LEFT_OUT
    return _PARTS[how](inputs[name])


_PARTS: Mapping[str, Callable[[Any], Any]] = {
    "": lambda value: value,
    "positions": lambda value: {str(place): each for place, each in enumerate(value.values())},
    "data": lambda value: value["data"],
}
"""What stands behind `@`: columns by number, the bytes of a file."""

"""One element of a list in IML, and what a step gives of a gateway's answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace

from specloom.generator.make import iml
from specloom.generator.make.communication.results import Meaning, address
from specloom.schemas.model import URL_FIELDS, Field, Operation, Output
from specloom.schemas.steps.output import DETAILS, StepOutput, elements_of, result_names


def from_gateway(operation: Operation, gives: StepOutput) -> Any:
    """The same of a normalized result that a gateway answered with (`temp.result`)."""
    if gives.kind == "record":
        return "{{ifempty(temp.result.raw, temp.result)}}"
    running = "temp.result.status = 'queued' || temp.result.status = 'running'"
    result = {name: f"temp.result.{name}" for name in result_names(operation)}
    result |= {name: f"temp.result.items[1].{name}" for name in DETAILS if name in result}
    if "id" in result:
        result["id"] = "ifempty(temp.result.id, temp.result.items[1].id)"
    if "items" in result:
        result["items"] = f"if(length(temp.result.items) > 1, temp.result.items, {iml.UNDEFINED})"
    result["job_id"] = f"if({running}, temp.result.job_id, {iml.UNDEFINED})"
    if gives.more:
        result["raw"] = "temp.result.raw"
    return {name: iml.wrap(value) for name, value in result.items()}


def element(meaning: Meaning, media: Output | None, fields: Sequence[Field], scalar: bool) -> Any:
    """One element of a list: its flat field first, its own fields after. `meaning` is the list's, its scope the
    element's."""
    own = iml.wrap(meaning.scope.body)
    if scalar:
        return {"value": own}
    if media is None:
        return own
    shown = replace(meaning, operation=replace(meaning.operation, output=replace(media, sample=_first_of(meaning))))
    content = shown.mapped("text") if media.type == "text" else _shown(shown, media)
    if not content:
        return own
    name = "text" if media.type == "text" else URL_FIELDS[media.type]
    given: dict[str, Any] = {name: iml.wrap(content), "{{...}}": own}
    if any(field.name == name for field in fields):
        kept = iml.member(meaning.scope.body, name)
        given["{{...}}"] = iml.wrap(f"omit({meaning.scope.body}, {iml.quote(name)})")
        differs = f"ifempty({kept}, '') != '' && {kept} != {content}"
        given[f"{name}_original"] = iml.wrap(f"if({differs}, {kept}, {iml.UNDEFINED})")
    return given


def _shown(shown: Meaning, media: Output) -> str:
    """Of the first thing that an element shows."""
    if media.items is None:
        return address(shown)
    found = shown.said("items", media.items)
    if not found:
        return ""
    first = replace(shown, scope=replace(shown.scope, item=f"{found}[1]"))
    return address(first)


def _first_of(meaning: Meaning) -> Any:
    return next(iter(elements_of(meaning.operation, meaning.operation.output.sample)), None)

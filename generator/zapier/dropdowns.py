"""Dropdowns whose choices come from the service: one hidden trigger for each list."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from generator.wire import expression
from generator.zapier.form import FUNCTION, Form, FormBuilder
from generator.zapier.inputs import Json
from generator.zapier.keys import field_key, step_key
from generator.zapier.plan import element_fields, is_list
from schemas.expressions import Expression, parse
from schemas.model import Field, Operation, Options, Service

PAGE = 100
"""Elements asked for at once where the service lets one choose."""
_NAMES = ("name", "title", "label", "display_name", "displayName", "email", "prompt", "description")


class Dropdowns(Struct):
    """Collects the hidden triggers while forms are built."""

    service: Service
    forms: FormBuilder
    triggers: dict[str, Json] = {}
    steps: dict[str, Json] = {}
    bindings: list[Json] = []
    operations: dict[str, str] = {}
    _reads: dict[str, list[Operation]] = {}
    """GET operations by their path, without a slash at its end."""

    def __post_init__(self) -> None:
        for operation in self.service.operations:
            if operation.method == "GET":
                self._reads.setdefault(operation.path.rstrip("/"), []).append(operation)

    def form(self, operation: Operation, hidden: frozenset[str] = frozenset(), extra: Iterable[Json] = ()) -> Form:
        """The operation's form with its dropdowns, but without the `hidden` inputs; `extra` are fields of ours."""
        return self.forms.build(operation.fields, extra, hidden, self._of(operation))

    def _of(self, operation: Operation) -> dict[str, str]:
        """By the dotted path of a field: the `dynamic` that fills its dropdown."""
        found = dict(self._walk(operation, operation.fields, ()))
        return {path: f"{self._trigger(source)}.id.name" for path, source in found.items()}

    def _walk(
        self, operation: Operation, fields: Sequence[Field], path: tuple[str, ...]
    ) -> Iterator[tuple[str, Options]]:
        for one in fields:
            here = (*path, one.name)
            source = one.options if one.options and not one.choices else self._listed(operation, one)
            listing = self.service.operation(source.operation_id) if source else None
            if source and listing and not listing.deprecated and listing.operation_id != operation.operation_id:
                yield ".".join(here), source
            if not one.repeated:
                yield from self._walk(operation, one.fields, here)

    def _listed(self, operation: Operation, one: Field) -> Options | None:
        """`/artworks/{id}` is an element of the list at `/artworks`: nobody should have to copy its id by hand."""
        if one.location != "path" or one.choices:
            return None
        prefix = operation.path.partition("/{" + (one.pointer or one.name) + "}")[0]
        for other in self._reads.get(prefix, ()):
            if is_list(other):
                names = {f.name for f in element_fields(other)}
                if "id" in names and other.path != operation.path:
                    items = other.pagination.items if other.pagination else parse("$response.body#")
                    shown = _label_of(element_fields(other))
                    return Options(operation_id=other.operation_id, items=items, value=parse("$item#/id"), label=shown)
        return None

    def _trigger(self, source: Options) -> str:
        operation = self.service.operation(source.operation_id)
        assert operation is not None  # checked by `_walk`
        key = step_key(f"options_{source.operation_id}")
        distinct = field_key(key, re.sub(r"[^A-Za-z0-9]+", "_", f"{source.value} {source.label}"))
        known = self.steps.get(key)
        if known and (known["value"], known["label"]) != (expression(source.value), expression(source.label)):
            key = distinct[:100]
        if key in self.triggers:
            return key
        paged = operation.pagination
        step: Json = {"operation": operation.operation_id, "name": operation.name, "own": {}, **page_size(operation)}
        step |= {"value": expression(source.value), "label": expression(source.label)}
        if not paged or paged.items != source.items:
            step["items"] = expression(source.items)
        form = self.forms.build(operation.fields)
        step["inputs"] = form.inputs
        self.steps[key] = step
        self.operations[operation.operation_id] = key
        self.triggers[key] = {
            "key": key,
            "noun": "Choice",
            "display": {
                "label": f"Choices of {operation.name}"[:64].rstrip(),
                "description": "Triggers when a dropdown asks for its choices.",
                "hidden": True,
            },
            "operation": {"type": "polling", "perform": FUNCTION, "sample": {"id": "1", "name": "First"}},
        }
        self.bindings.append(
            {"path": ["triggers", key, "operation", "perform"], "run": "options", "step": f"triggers.{key}"}
        )
        return key


def page_size(operation: Operation) -> Json:
    """Inputs that are not asked for: pages as large as Zapier has use for."""
    paged = operation.pagination
    size = operation.field(paged.size_parameter) if paged and paged.size_parameter else None
    if size is None:
        return {}
    return {"fixed": {size.name: int(min(size.maximum or PAGE, PAGE))}}


def paging_fields(operation: Operation) -> frozenset[str]:
    """Inputs that turn the pages."""
    paged = operation.pagination
    return frozenset(name for name in (paged.parameter, paged.size_parameter) if name) if paged else frozenset()


def _label_of(fields: Sequence[Field]) -> Expression:
    names = [f.name for f in fields]
    usual = next((name for name in _NAMES if name in names), None)
    if usual:
        return parse(f"$item#/{usual}")
    kinds = [f.name for f in fields if f.type == "string" and f.name.lower().endswith("type")]
    dates = [f.name for f in fields if f.format == "date-time"]
    parts = [*kinds[:1], *dates[:1]] or ["id"]
    return parse(" ".join(f"{{$item#/{name}}}" for name in parts))

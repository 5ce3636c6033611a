"""Dropdowns whose choices come from the service: one hidden trigger for each list."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

import msgspec
from msgspec import Struct

from specloom.generator.output.json_text import Json
from specloom.generator.runtime.wire import expression
from specloom.generator.zapier.fields.form import FUNCTION, FormBuilder, ZapierForm
from specloom.generator.zapier.fields.walk import Dropdown
from specloom.generator.zapier.keys import field_key, step_key
from specloom.generator.zapier.text import singular
from specloom.schemas.expressions import Expression, parse
from specloom.schemas.memo import table
from specloom.schemas.model import Field, Operation, Options, Service
from specloom.schemas.steps.output import fields_at, listed
from specloom.schemas.text import words as split_words

PAGE = 100
"""Elements asked for at once where the service lets one choose."""
ID_NAMES = ("id", "gid", "uuid")
"""What services call the id of a thing."""
_NAMES = ("name", "title", "label", "display_name", "displayName", "email", "prompt", "description")


class Dropdowns(Struct):
    """Collects the hidden triggers while forms are built."""

    service: Service
    forms: FormBuilder
    finders: Mapping[str, str] = {}
    """Of lists: the search that finds one of their elements."""
    triggers: dict[str, Json] = {}
    steps: dict[str, Json] = {}
    bindings: list[Json] = []
    operations: dict[str, str] = {}
    _reads: dict[str, list[Operation]] = {}
    """GET operations by their path, without a slash at its end."""
    _lists: dict[str, list[tuple[str, Options]]] = {}
    """By the path without a slash at its end: the lists there, with the path as it is."""
    _sources: dict[int, list[tuple[str, Options]]] = msgspec.field(default_factory=table)
    """By the identity of a field."""
    _things: dict[str, Options] = {}
    """By what an input is called that names one of a listed thing."""
    _named: dict[int, list[tuple[str, Options]]] = msgspec.field(default_factory=table)
    """By the identity of a field: which inputs in it do."""
    _keys: dict[int, str] = msgspec.field(default_factory=table)
    """By the identity of a source."""

    def __post_init__(self) -> None:
        for operation in self.service.operations:
            if operation.method == "GET":
                self._reads.setdefault(operation.path.rstrip("/"), []).append(operation)
        self._things = self._named_things()

    def form(
        self, operation: Operation, hidden: frozenset[str] = frozenset(), extra: Sequence[Json] = ()
    ) -> ZapierForm:
        """The operation's form with its dropdowns, but without the `hidden` inputs; `extra` are fields of ours."""
        return self.forms.build(operation.fields, extra, hidden, self._of(operation))

    def _of(self, operation: Operation) -> dict[str, Dropdown]:
        """By the dotted path of a field: what fills its dropdown."""
        found: dict[str, Dropdown] = {}
        for one in operation.fields:
            sources = self._documented(one)
            if not sources and one.location == "path" and (listed := self._listed(operation, one)):
                sources = [(one.name, listed)]
            known = {path for path, _ in sources}
            for path, source in (*sources, *(each for each in self._naming(one) if each[0] not in known)):
                listing = self.service.operation(source.operation_id)
                if listing and not listing.deprecated and listing.operation_id != operation.operation_id:
                    search = self.finders.get(source.operation_id, "")
                    name = source.value.source.removeprefix("$item#/")
                    dynamic = f"{self._trigger(source, listing)}.id.name"
                    found[path] = Dropdown(dynamic, f"{search}.{name}" if search and name in ID_NAMES else "")
        return found

    def _named_things(self) -> dict[str, Options]:
        """`customer` and `customer_id` for the list at `/customers`, where some address goes on with `/{customer}`, or
        with `/{id}` and the list is the only one of that name. What two lists would explain names neither."""
        found: dict[str, Options | None] = {}
        for operation in self.service.operations:
            for one in operation.fields:
                source = self._listed(operation, one) if one.location == "path" and not operation.deprecated else None
                if source is None or not self._asks_nothing(source):
                    continue
                for name in _names_of(one, operation, source, self.service):
                    same = found.get(name, source)
                    found[name] = source if same is not None and same.operation_id == source.operation_id else None
        return {name: source for name, source in found.items() if source is not None}

    def _asks_nothing(self, source: Options) -> bool:
        listing = self.service.operation(source.operation_id)
        return listing is not None and not any(f.required and f.default is None for f in listing.fields)

    def _naming(self, one: Field) -> list[tuple[str, Options]]:
        """The inputs in a field that name a listed thing, by dotted path from the field on."""
        if one.location == "path" or not self._things:
            return []
        known = self._named.get(id(one))
        if known is None:
            source = self._things.get(_bare(one.name)) if _may_name(one) else None
            known = [(one.name, source)] if source is not None else []
            for inner in () if one.repeated else one.fields:
                known += [(f"{one.name}.{path}", source) for path, source in self._naming(inner)]
            self._named[id(one)] = known
        return known

    def _documented(self, one: Field) -> list[tuple[str, Options]]:
        """The sources of the dropdowns in a field, by dotted path from the field on."""
        known = self._sources.get(id(one))
        if known is None:
            known = [(one.name, one.options)] if one.options and not one.choices else []
            for inner in () if one.repeated else one.fields:
                known += [(f"{one.name}.{path}", source) for path, source in self._documented(inner)]
            self._sources[id(one)] = known
        return known

    def _listed(self, operation: Operation, one: Field) -> Options | None:
        """`/artworks/{id}` is an element of the list at `/artworks`: nobody should have to copy its id by hand."""
        if one.choices:
            return None
        prefix = operation.path.partition("/{" + (one.pointer or one.name) + "}")[0]
        if prefix not in self._lists:
            sources = ((read.path, _elements(read)) for read in self._reads.get(prefix, ()))
            self._lists[prefix] = [(path, source) for path, source in sources if source]
        return next((source for path, source in self._lists[prefix] if path != operation.path), None)

    def _trigger(self, source: Options, operation: Operation) -> str:
        known = self._keys.get(id(source))
        if known is None:
            known = self._keys[id(source)] = self._made(source, operation)
        return known

    def _made(self, source: Options, operation: Operation) -> str:
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


def _may_name(one: Field) -> bool:
    """Whether it can hold the id of something."""
    plain = one.type in ("string", "integer") and not (one.fields or one.format or one.secret or one.file)
    return plain and not (one.choices or one.options)


def _bare(name: str) -> str:
    """`customer_id`, `customerId` and `customer` are one name."""
    words = [word.lower() for word in split_words(name)]
    return "_".join(words[:-1] if len(words) > 1 and words[-1] in ID_NAMES else words)


def _names_of(one: Field, operation: Operation, source: Options, service: Service) -> Iterator[str]:
    """What inputs are called that name an element of the list, by the parameter that stands for one in the path."""
    listing = service.operation(source.operation_id)
    fields = fields_at(listing, source.items) if listing else ()
    bare = _bare(one.name)
    if bare and bare not in (*ID_NAMES, "key", "slug"):
        if all(f.name != one.name for f in fields):  # else it is that field, such as a name
            yield bare
        return
    collection = operation.path.partition("/{" + (one.pointer or one.name) + "}")[0].rpartition("/")[2]
    if collection.endswith("s"):
        yield _bare(singular(collection))


def _elements(operation: Operation) -> Options | None:
    """The choice of an element, where the reply is a list of such that have an id."""
    items = listed(operation)
    fields = fields_at(operation, items) if items is not None else ()
    known = id_of(fields)
    if items is None or not known:
        return None
    value, shown = parse(f"$item#/{known}"), _label_of(fields, known)
    return Options(operation_id=operation.operation_id, items=items, value=value, label=shown)


def id_of(fields: Sequence[Field]) -> str:
    """What the id of an element is called; '' where it has none."""
    names = {field.name for field in fields}
    return next((name for name in ID_NAMES if name in names), "")


def page_size(operation: Operation) -> Json:
    """Inputs that are not asked for: pages as large as Zapier has use for."""
    paged = operation.pagination
    size = operation.field(paged.size_parameter) if paged and paged.size_parameter else None
    if size is None:
        return {}
    most = operation.largest_page
    return {"fixed": {size.name: min(most, PAGE)}} if most else {}


def paging_fields(operation: Operation) -> frozenset[str]:
    """Inputs that turn the pages."""
    paged = operation.pagination
    return frozenset(name for name in (paged.parameter, paged.size_parameter) if name) if paged else frozenset()


def _label_of(fields: Sequence[Field], known: str) -> Expression:
    names = [f.name for f in fields]
    usual = next((name for name in _NAMES if name in names), None)
    if usual:
        return parse(f"$item#/{usual}")
    kinds = [f.name for f in fields if f.type == "string" and f.name.lower().endswith("type")]
    dates = [f.name for f in fields if f.format == "date-time"]
    parts = [*kinds[:1], *dates[:1]] or [known]
    return parse(" ".join(f"{{$item#/{name}}}" for name in parts))

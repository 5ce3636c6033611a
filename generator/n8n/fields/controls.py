"""Which control of the n8n editor asks for which field: the plan from which both the parameters and the form that
reads them back at run time are made, so that the two cannot drift apart."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

import msgspec
from msgspec import Struct

from specloom.generator.n8n.names import parameter_name
from specloom.schemas.memo import by_identity, remembered, table
from specloom.schemas.model import Choice, Condition, Field

ControlKind = Literal[
    "text", "number", "flag", "choice", "choices", "open", "dynamic", "dynamics", "date", "json",
    "texts", "numbers", "group", "bag", "rows", "entries", "file",
]  # fmt: skip

DEEPEST = 3
"""Objects nested deeper than this are asked for as JSON."""
MOST_INLINE = 8
"""A nested object with more optional fields than this shows them one by one, on demand."""
LONGEST_CHOICE = 500
"""Nobody picks longer texts from a list."""
LITERAL = "text:"
"""Stands before a choice's value that n8n would otherwise run as an expression, or take for none."""

_PROMPTS = frozenset({"prompt", "text", "visualPrompt", "visual_prompt", "message", "query", "input"})
_LOOKS = frozenset({"model", "voice", "style", "aspectratio"})
"""Choices on which depends what comes of the work, in their names' letters."""


class Control(Struct, frozen=True, kw_only=True, eq=False):
    """One parameter, compared by identity: the controls inside an object are the same wherever the object stands.
    `show`: the sibling parameters' values with which it is visible. `blank`: it has a state that means 'not set' and
    is not sent. `direct`, `more`: what an object's parameter holds."""

    field: Field
    name: str
    kind: ControlKind
    required: bool = False
    blank: bool = False
    show: Mapping[str, tuple[Any, ...]] = {}
    direct: tuple[Control, ...] = ()
    more: tuple[Control, ...] = ()
    visible: bool = True
    """Stands among the others; False: is added on demand."""
    path: tuple[str, ...] = ()
    """Of a control with a list: the names from the operation down to here, after which the list is called."""


class Layout(Struct, frozen=True):
    """`direct` is always visible, `more` is added by the user."""

    direct: tuple[Control, ...] = ()
    more: tuple[Control, ...] = ()

    def __iter__(self) -> Any:
        return iter((*self.direct, *self.more))


class LayoutMemo(Struct, frozen=True):
    """The layouts and controls made so far, and what is inside the objects, which many operations share. By identity:
    it must not outlive the service. The key's path counts only where lists are called after it."""

    layouts: dict[tuple[Any, ...], Layout] = msgspec.field(default_factory=table)
    controls: dict[tuple[Any, ...], Control] = msgspec.field(default_factory=table)
    inner: dict[tuple[Any, ...], Layout] = msgspec.field(default_factory=table)
    listed: dict[int, bool] = msgspec.field(default_factory=table)

    def has_lists(self, item: Field) -> bool:
        """Whether this field's control, or one inside it, may need a path of its own."""
        found = self.listed.get(id(item))
        if found is None:
            found = item.options is not None or item.open or any(map(self.has_lists, item.fields))
            self.listed[id(item)] = found
        return found


def layout(
    fields: Iterable[Field], operation: str, *, without: Sequence[str] = (), known: LayoutMemo | None = None
) -> Layout:
    """The parameters of one operation (by its key): required ones, questions and the prompt first, the rest on
    demand."""
    known = known or LayoutMemo()
    asked = [f for f in fields if _asked(f) and f.name not in without]
    key = (operation if any(map(known.has_lists, asked)) else "", *map(id, asked))
    found = known.layouts.get(key)
    if found is None:
        found = known.layouts[key] = _arrange(asked, (operation,), known, top=True)
    return found


def _asked(item: Field) -> bool:
    """Internal fields are sent as constants by the run-time core, or reached by the escape hatch."""
    if item.read_only:
        return False
    return item.visibility != "internal" or (item.required and item.default is None)


def _arrange(fields: Sequence[Field], path: tuple[str, ...], known: LayoutMemo, *, top: bool) -> Layout:
    names: dict[str, str] = {}
    taken: set[str] = set()
    for item in fields:
        names[item.name] = parameter_name(item.name, taken)
        taken.add(names[item.name])
    governors = {c.field for f in fields for c in f.when if c.field in names}
    optional = [f for f in fields if not f.required and f.name not in governors]
    inline = not top and len(optional) <= MOST_INLINE
    direct: list[Control] = []
    more: list[Control] = []
    for item in fields:
        nested_condition = bool(item.when) and not top
        leading = top and (_prompt(item) or _look(item))
        visible = item.required or item.name in governors or inline or nested_condition or leading
        show = _show(item.when, names, prefix="" if visible else "/") if item.when else {}
        name = names[item.name]
        control = _known_control(item, name, (*path, name), known, visible, show)
        (direct if visible else more).append(control)
    return Layout(tuple(direct), tuple(more))


def _prompt(item: Field) -> bool:
    """The one thing people come to type, also where the document lets it be absent."""
    if item.name not in _PROMPTS or item.when:
        return False
    return item.type == "string" and not item.choices and not item.repeated and item.file is None


def _look(item: Field) -> bool:
    """A choice that people want to see without adding it first."""
    offered = bool(choices_of(item)) or item.options is not None
    important = item.visibility == "important" and not (item.when or item.repeated)
    return important and offered and re.sub(r"[^a-z]", "", item.name.lower()) in _LOOKS


def _show(conditions: Iterable[Condition], names: Mapping[str, str], prefix: str) -> dict[str, tuple[Any, ...]]:
    """`names`: of the siblings' parameters, by Field.name."""
    result: dict[str, tuple[Any, ...]] = {}
    for condition in conditions:
        if condition.field not in names:
            continue
        values = tuple(choice_value(v) for v in condition.values if not isinstance(v, str) or len(v) <= LONGEST_CHOICE)
        key = prefix + names[condition.field]
        both = [v for v in values if v in result[key]] if key in result else values
        result[key] = tuple(both)
    return result


def choice_value(value: Any) -> Any:
    """A choice's value as the parameter holds it: never a text that n8n reads as an expression, and never the empty
    one, which means that nothing was chosen."""
    if isinstance(value, str) and (not value or value.startswith("=") or value.startswith(LITERAL)):
        return LITERAL + value
    return value


def exact(number: float) -> bool:
    """Whether a JavaScript number can hold it."""
    return abs(number) < 2**53


def choices_of(item: Field) -> tuple[Choice, ...]:
    """The choices a dropdown can hold, each value once."""
    return _offered(item.choices) if item.choices and item.type != "boolean" else ()


@by_identity
def _offered(choices: Sequence[Choice]) -> tuple[Choice, ...]:
    found: dict[Any, Choice] = {}
    for choice in choices:
        if isinstance(choice.value, (str, int, float)) and not isinstance(choice.value, bool):
            fits = len(choice.value) <= LONGEST_CHOICE if isinstance(choice.value, str) else exact(choice.value)
            if not fits:
                continue
            found.setdefault(choice.value, choice)
    return tuple(found.values())


def _inner(item: Field, path: tuple[str, ...], known: LayoutMemo) -> Layout:
    """Objects of the same fields hold the same, whatever they are called."""
    asked = [f for f in item.fields if _asked(f)]
    key = (len(path), path if any(map(known.has_lists, asked)) else (), *map(id, asked))
    found = known.inner.get(key)
    if found is None:
        found = known.inner[key] = _arrange(asked, path, known, top=False)
    return found


def _known_control(
    item: Field, name: str, path: tuple[str, ...], known: LayoutMemo, visible: bool, show: Mapping[str, tuple[Any, ...]]
) -> Control:
    """The same control wherever it stands, as far as it says the same."""
    if show:
        return _control(item, name, path, known, visible, show)
    called = path if known.has_lists(item) else ()
    key = (id(item), name, len(path), called, visible)
    found = known.controls.get(key)
    if found is None:
        found = known.controls[key] = _control(item, name, path, known, visible, show)
    return found


def _control(
    item: Field, name: str, path: tuple[str, ...], known: LayoutMemo, visible: bool, show: Mapping[str, tuple[Any, ...]]
) -> Control:
    kind = _kind(item, len(path) - 1)
    inner = Layout()
    if kind in ("group", "rows"):
        inner = _inner(item, path, known)
        if kind == "group" and visible and not inner.direct:
            kind = "bag"
    return Control(
        field=item,
        name=name,
        kind=kind,
        required=item.required and item.location != "selector",
        blank=not item.required and visible and not (item.location == "selector" and item.default is not None),
        show=show,
        direct=inner.direct,
        more=inner.more,
        visible=visible,
        path=path if kind in ("open", "dynamic", "dynamics") else (),
    )


def _kind(item: Field, depth: int) -> ControlKind:
    if item.type == "file" or item.file in ("base64", "binary"):
        return "file"
    if item.type == "object":
        return _object_kind(item, depth)
    if item.options is not None:
        return "dynamics" if item.repeated else "dynamic"
    if item.repeated:
        return _list_kind(item)
    if item.type == "boolean":
        return "flag"
    if choices_of(item):
        return "open" if item.open else "choice"
    if item.type == "any":
        # A parameter of which the document says nothing goes into the address or a header as the text it is.
        return "text" if item.location in ("path", "query", "header", "cookie") and not item.encoding else "json"
    if item.format in ("date", "date-time", "unix-time"):
        return "date"
    return "number" if item.type in ("integer", "number") else "text"


def _object_kind(item: Field, depth: int) -> ControlKind:
    if item.fields and depth <= DEEPEST and not item.values:
        return "rows" if item.repeated else "group"
    plain_values = item.values is not None and not item.values.repeated and item.values.type == "string"
    return "entries" if plain_values and not item.fields and not item.repeated else "json"


def _list_kind(item: Field) -> ControlKind:
    if choices_of(item) and not item.open:
        return "choices"
    if item.type in ("integer", "number"):
        return "numbers"
    return "texts" if item.type == "string" else "json"


@remembered
def sensitive_name(name: str) -> bool:
    """Whether n8n's lint wants a text parameter of this name to be masked."""
    bare = re.sub(r"[^a-z]", "", name.lower())
    if bare in ("maxtokens", "passwordneedsreset"):
        return False
    return any(word in bare for word in ("secret", "password", "token", "apikey"))

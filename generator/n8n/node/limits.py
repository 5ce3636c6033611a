"""What n8n's parameters cannot hold, told with its operation: nothing is left out in silence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

from specloom.generator.n8n.fields.controls import LONGEST_CHOICE, Control, Layout, choices_of, exact
from specloom.generator.n8n.node.steps import ResourceGroup
from specloom.generator.n8n.text import plain
from specloom.schemas.memo import remembered
from specloom.schemas.model import Field
from specloom.schemas.problems import Location, Problem

ESCAPE_HATCH = "Send it with Additional Body (JSON)"


def limits(groups: Sequence[ResourceGroup]) -> tuple[Problem, ...]:
    """A warning for each choice, default or list of files that has no parameter."""
    found: list[Problem] = []
    for group in groups:
        for step in group.steps:
            place = Location(operation=step.operation.operation_id)
            found += [Problem("warning", code, text, ESCAPE_HATCH, place) for code, text in _lost(step.layout)]
    return tuple(found)


@remembered
def _lost(found: Layout) -> tuple[tuple[str, str], ...]:
    """Code and text of each, those inside objects included."""
    controls = tuple(found)
    inside = [_lost(Layout(c.direct, c.more)) for c in controls if c.direct or c.more]
    return (*chain.from_iterable(map(_own, controls)), *chain.from_iterable(inside))


@remembered
def _own(control: Control) -> list[tuple[str, str]]:
    return [(code, f"{plain(control.field.name, 60)}: {text}") for code, text in _losses(control, control.field)]


def _losses(control: Control, item: Field) -> Iterator[tuple[str, str]]:
    if item.choices and item.type != "boolean" and len(item.choices) > len(choices_of(item)) + _repetitions(item):
        yield (
            "n8n-choice",
            f"choices that are no text or number, longer than {LONGEST_CHOICE} characters, or numbers from 2^53 on, "
            "are not offered",
        )
    if isinstance(item.default, str) and item.default.startswith("=") and control.kind == "text":
        yield "n8n-default", "the default begins with '=', which n8n would run as an expression, and is not filled in"
    if control.kind == "number" and isinstance(item.default, (int, float)) and not exact(item.default):
        yield "n8n-default", "the default is a number that JavaScript cannot hold, and is not filled in"
    if item.repeated and (item.type == "file" or item.file in ("base64", "binary")):
        yield "n8n-files", "a list of files is asked for as JSON"


def _repetitions(item: Field) -> int:
    scalars = [
        c.value for c in item.choices if isinstance(c.value, (str, int, float)) and not isinstance(c.value, bool)
    ]
    return len(scalars) - len(set(scalars))

"""What changes in the fields of a form or a reply."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from specloom.generator.diff.change import Change, Effect
from specloom.schemas.model import Field

MAX_DEPTH = 4


def inputs(name: str, old: Sequence[Field], new: Sequence[Field], path: str = "", depth: int = 0) -> Iterator[Change]:
    was, now = _by_name(old), _by_name(new)
    added = [field for key, field in now.items() if key not in was]
    for key, field in was.items():
        shown = f"{path}{key}"
        if key in now:
            yield from _input(name, shown, field, now[key], depth)
            continue
        other = next((one for one in added if one.pointer == field.pointer and one.location == field.location), None)
        if other is not None:
            yield Change("breaking", "input-renamed", name, f"input {shown!r} becomes {other.name!r}")
        elif field.location != "selector" and field.visibility != "internal":
            yield Change("breaking", "input-removed", name, f"input {shown!r} is gone")
    for field in added:
        if field.location == "selector" or field.visibility == "internal":
            continue
        if field.required and field.default is None and not field.when:
            message, hint = f"input {path + field.name!r} is new and required", "make it optional, or give it a default"
            yield Change("breaking", "input-required", name, message, hint)
        else:
            yield Change("safe", "input-added", name, f"new input {path + field.name!r}")


def _by_name(fields: Sequence[Field]) -> dict[str, Field]:
    return {field.name: field for field in fields if not field.read_only}


def _input(name: str, shown: str, old: Field, new: Field, depth: int) -> Iterator[Change]:
    if type_of(old) != type_of(new):
        effect: Effect = "safe" if _widens(old, new) else "breaking"
        yield Change(effect, "input-type", name, f"input {shown!r} takes {type_of(new)} (was {type_of(old)})")
    if new.required and not old.required and new.default is None and not new.when:
        yield Change("breaking", "input-required", name, f"input {shown!r} is required now")
    elif old.required and not new.required:
        yield Change("safe", "input-optional", name, f"input {shown!r} is optional now")
    if old.default != new.default:
        yield Change(
            "safe",
            "input-default",
            name,
            f"input {shown!r} is {_text(new.default)} by default (was {_text(old.default)})",
        )
    yield from _choices(name, shown, old, new)
    yield from _limits(name, shown, old, new)
    if depth < MAX_DEPTH:
        yield from inputs(name, old.fields, new.fields, f"{shown}.", depth + 1)


def type_of(field: Field) -> str:
    kind = {"any": "any JSON", "file": f"a file ({field.file})"}.get(field.type, field.type)
    return f"a list of {kind}" if field.repeated else kind


def _widens(old: Field, new: Field) -> bool:
    """Whether every value that was fine still is."""
    if old.repeated != new.repeated:
        return False
    return new.type == "any" or (old.type, new.type) in (
        ("integer", "number"),
        ("integer", "string"),
        ("number", "string"),
    )


def _text(value: Any) -> str:
    return "nothing" if value is None else repr(value)[:60]


def _choices(name: str, shown: str, old: Field, new: Field) -> Iterator[Change]:
    was, now = {_text(c.value) for c in old.choices}, {_text(c.value) for c in new.choices}
    closed = bool(now) and not new.open
    if gone := sorted(was - now):
        effect: Effect = "breaking" if closed else "safe"
        yield Change(effect, "choice-removed", name, f"input {shown!r} has no choice {', '.join(gone[:5])} any more")
    if closed and (old.open or not was):
        yield Change(
            "breaking", "choices-closed", name, f"input {shown!r} takes nothing but its {len(now)} choices now"
        )
    if was and (more := sorted(now - was)):
        yield Change("safe", "choice-added", name, f"input {shown!r} has new choices: {', '.join(more[:5])}")


def _limits(name: str, shown: str, old: Field, new: Field) -> Iterator[Change]:
    for attribute, tighter in (("minimum", 1), ("min_length", 1), ("min_items", 1),
                               ("maximum", -1), ("max_length", -1), ("max_items", -1)):  # fmt: skip
        was, now = getattr(old, attribute), getattr(new, attribute)
        if was == now:
            continue
        tightens = now is not None and (was is None or (now - was) * tighter > 0)
        words = attribute.replace("_", " ")
        message = f"{words} of input {shown!r} becomes {_text(now)} (was {_text(was)})"
        yield Change("breaking" if tightens else "safe", "limit", name, message)
    if new.pattern != old.pattern and new.pattern:
        yield Change("breaking", "pattern", name, f"input {shown!r} has to match {_text(new.pattern)} now")


def reply(name: str, old: Sequence[Field], new: Sequence[Field], path: str = "", depth: int = 0) -> Iterator[Change]:
    now = {field.name: field for field in new}
    for field in old:
        shown = f"{path}{field.name}"
        if field.location == "selector":
            continue
        if field.name not in now:
            yield Change("breaking", "reply-removed", name, f"field {shown!r} of the reply is gone")
            continue
        other = now[field.name]
        if type_of(field) != type_of(other) and field.type != "any":
            yield Change(
                "breaking",
                "reply-type",
                name,
                f"field {shown!r} of the reply is {type_of(other)} (was {type_of(field)})",
            )
        if depth < MAX_DEPTH and field.fields and other.type != "any":
            yield from reply(name, field.fields, other.fields, f"{shown}.", depth + 1)
    known = {field.name for field in old}
    more = [field.name for field in new if field.name not in known and field.location != "selector"]
    if more:
        yield Change("safe", "reply-added", name, f"new in the reply: {', '.join(path + field for field in more[:8])}")

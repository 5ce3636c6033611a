"""Values that fit a field: what an example shows where a document has none."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from specloom.schemas.expressions import split_pointer
from specloom.schemas.memo import table
from specloom.schemas.model import Field

_WORDS: Mapping[str, Any] = json.loads(Path(__file__).with_name("words.json").read_text("utf-8"))
_FORMATS, _NUMBERS, _TEXTS = (_WORDS[key] for key in ("formats", "numbers", "texts"))
_STATES, _FINISHED = _WORDS["states"], _WORDS["finished"]
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")


Memory = dict[int, tuple[Field, str, Any]]
"""By a field's id: the field, so that the id stays its own, what it is called in an object, and its sample."""


def sample_of(fields: Iterable[Field], memory: Memory | None = None) -> dict[str, Any]:
    """An object with every field that has something to show, without optional fields of alternatives. Equal fields
    share one sample where there is a `memory`."""
    memory = table() if memory is None else memory
    result: dict[str, Any] = {}
    for field in fields:
        known = memory.get(id(field))
        if known is None:
            known = (field, _called(field), sample(field, memory) if _applies(field) else None)
            memory[id(field)] = known
        _, name, value = known
        if value is None:
            continue
        if field.pointer:
            result[name] = value
        elif field.name == "body":
            return value if isinstance(value, dict) else {"body": value}
    return result


def _called(field: Field) -> str:
    pointer = field.pointer
    if "~" in pointer or "/" in pointer[1:]:
        return split_pointer(pointer)[-1]
    return field.name if pointer[1:] == field.name else pointer[1:]  # one text is enough


def _applies(field: Field) -> bool:
    return field.location != "selector" and (not field.when or field.required)


def sample(field: Field, memory: Memory | None = None) -> Any:
    """One value of the field; None where nothing honest can be shown."""
    if field.example is not None:
        return field.example if not field.repeated or isinstance(field.example, list) else [field.example]
    if field.default is not None:
        return field.default
    value = _single(field, memory)
    if value is None:
        return [] if field.repeated else None
    return [value] if field.repeated else value


def _single(field: Field, memory: Memory | None) -> Any:
    if field.choices:
        return _chosen(field)
    if field.type == "object":
        return sample_of(field.fields, memory)
    if field.type == "boolean":
        return True
    if field.type in ("integer", "number"):
        if (known := _NUMBERS.get(field.format)) is not None and _is_within(field, known):
            return known
        low = field.minimum if field.minimum is not None else min(1, field.maximum if field.maximum is not None else 1)
        step = (field.multiple_of or 1) if field.exclusive_minimum else 0
        return int(low + step) if field.type == "integer" else low + step
    if field.type == "string":
        text = _FORMATS.get(field.format) or ("" if field.pattern else _named(field) or field.title.lower()) or None
        if text is not None and field.max_length is not None:
            text = text[: field.max_length] or None
        return text
    return None


def _chosen(field: Field) -> Any:
    """The first choice; of a state the one that says that the work is done."""
    values = [choice.value for choice in field.choices]
    if any(word in _STATES for word in _words(field)[-1:]):
        done = {str(value).lower(): value for value in reversed(values)}
        return next((done[word] for word in _FINISHED if word in done), values[0])
    return values[0]


def _is_within(field: Field, number: float) -> bool:
    low, high = field.minimum, field.maximum
    return (low is None or low <= number) and (high is None or number <= high)


def _named(field: Field) -> str:
    """What a field of this name usually holds, by the longest end of the name that is known."""
    words = _words(field)
    for start in range(max(len(words) - 3, 0), len(words)):
        if (found := _TEXTS.get("_".join(words[start:]))) is not None:
            fits = field.min_length is None or len(found) >= field.min_length
            return found if fits and (field.max_length is None or len(found) <= field.max_length) else ""
    return ""


def _words(field: Field) -> list[str]:
    return [word.lower() for word in _WORD.findall(_called(field)[:100])]

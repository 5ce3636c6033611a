"""One field of the model as one of Zapier's input fields: type, help, choices, default."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from msgspec.structs import replace

from specloom.generator.output.json_text import Json
from specloom.generator.zapier.text import help_text, label, plain, same_words, shorten
from specloom.schemas.durations import shown_date
from specloom.schemas.memo import table
from specloom.schemas.model import Choice, Field
from specloom.schemas.text import MAX_HELP, with_notes

_LONG = frozenset(
    "prompt text description message content body lyrics script caption instructions input transcript comment note"
    " notes summary bio story markdown html".split()
)
"""Last words of the names of fields that people write paragraphs into."""
_LONG_FROM = 200
"""Characters that a text must be allowed to have for the large box."""
_SHORT = 500
"""Characters up to which a limit is worth telling: nobody reaches the larger ones by hand."""
_CHOICE_LABEL = 100
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_WORD = re.compile(r"[a-z]+|[A-Z][a-z]*")


class InputFields:
    """Definitions of the fields of one service's forms. What is told of a field in several places is told once."""

    def __init__(self) -> None:
        self._told: dict[tuple[Any, ...], tuple[Field, Json]] = table()
        """Beside the field, so that nothing else takes its identity."""
        self._choices: dict[int, list[Json]] = table()
        """By the identity of what a field has to choose from."""

    def of(
        self, one: Field, key: str, name: str, notes: tuple[str, ...] = (), *, required: bool, prefill: bool = False
    ) -> Json:
        """Zapier's definition of a single field, line items aside; `name` is a label. `required`: also in its place in
        the form."""
        same = (id(one), name, notes, required, prefill)
        known = self._told.get(same)
        if known is None:
            known = self._told[same] = (one, self._definition(one, name, notes, required, prefill))
        return {"key": key, **known[1]}

    def _definition(self, one: Field, name: str, notes: tuple[str, ...], required: bool, prefill: bool) -> Json:
        json = is_json(one)
        found: Json = {"label": name, **(_free_json(one) if json else _type(one))}
        if required:
            found["required"] = True
        choices = one.choices and self._chosen(one.choices)
        if choices:
            found["choices"] = choices
        help_ = help_text(with_notes(one.description, [*notes, *_limits(one, json)], MAX_HELP - 1), limit=MAX_HELP)
        if help_ and not same_words(name, help_):
            found["helpText"] = help_
        if prefill and prefilled(one):
            found["default"] = _text(shown_date(one.default, one.format))
        elif not choices and (example := _placeholder(one)):
            found["placeholder"] = example
        return found

    def _chosen(self, choices: Sequence[Choice]) -> list[Json]:
        known = self._choices.get(id(choices))
        if known is None:
            known = self._choices[id(choices)] = list(_shown(choices))
        return known


def is_json(one: Field) -> bool:
    """Whether the form has nothing better for it than a text of JSON."""
    if one.type == "any":
        return not one.choices
    if one.type != "object" or one.fields:
        return False
    return one.values is None or one.repeated or one.values.type in ("object", "any") or one.values.repeated


def prefilled(one: Field) -> bool:
    """Whether the documented default stands in the form from the start: for a choice or a number people see what
    they get, while nobody wants to delete a ready-made prompt."""
    if one.default is None or one.repeated or isinstance(one.default, (dict, list)):
        return False
    if "{{" in _text(one.default) or not _text(one.default).strip():
        return False
    if one.choices:
        return one.open or any(choice.value == one.default for choice in one.choices)
    return one.type in ("boolean", "integer", "number")


def binding(one: Field) -> Json:
    """What the runtime must know to read the form's value back."""
    found: Json = {}
    if is_json(one):
        found["json"] = True
    elif one.repeated:
        found["list"] = True
    elif one.values is not None and not one.fields:
        found["dict"] = True
    if one.file in ("base64", "binary"):
        found["file"] = one.file
    return found


def is_shown(one: Field) -> bool:
    if one.read_only:
        return False
    return one.visibility != "internal" or (one.required and one.default is None)


def name_of(titles: Sequence[str]) -> str:
    """The label of a field, out of the titles that lead to it."""
    return label(": ".join(titles), titles[-1], 100)


def _type(one: Field) -> Json:
    if one.values is not None and not one.fields:
        return {"dict": True}
    found: Json = {"type": _scalar(one)}
    if one.repeated:
        found["list"] = True
    return found


def _free_json(one: Field) -> Json:
    """Zapier's type for JSON, with the schema by which it checks what people write."""
    schema = _schema(one)
    return {"type": "json", "schema": schema} if schema else {"type": "json"}


def _schema(one: Field) -> Json:
    if one.repeated:
        items = _schema(replace(one, repeated=False))
        return {"type": "array", "items": items} if items else {"type": "array"}
    if one.type == "object":
        values = _schema(one.values) if one.values else {}
        return {"type": "object", "additionalProperties": values} if values else {"type": "object"}
    known = one.type in ("string", "integer", "number", "boolean") and not (one.nullable or one.loose or one.fields)
    return {"type": one.type} if known else {}


def _scalar(one: Field) -> str:
    if one.file in ("base64", "binary") or one.type == "file":
        return "file"
    if one.type in ("integer", "number", "boolean") and one.format != "unix-time":
        return one.type
    if one.secret or one.format == "password":
        return "password"
    if one.format in ("date-time", "date", "unix-time"):
        return "datetime"
    return "text" if _long(one) else "string"


def _long(one: Field) -> bool:
    if one.choices or one.options or one.format or one.location in ("path", "query", "header", "cookie"):
        return False
    words = _WORD.findall(one.name)
    return (one.max_length or _LONG_FROM) >= _LONG_FROM and bool(words) and words[-1].lower() in _LONG


def _shown(choices: Sequence[Choice]) -> Iterator[Json]:
    for choice in choices:
        value = _text(choice.value)
        # `{{ }}` in a value would be read as a reference to another step.
        if not value.strip() or "{{" in value or isinstance(choice.value, (dict, list)):
            continue
        name = f"{choice.label} ({choice.description})" if choice.description else choice.label
        shown = shorten(plain(name), _CHOICE_LABEL) or shorten(plain(value), _CHOICE_LABEL) or "?"
        yield {"value": value, "sample": value, "label": shown}


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value)


def _limits(one: Field, json: bool) -> list[str]:
    found: list[str] = []
    if one.open and one.choices:
        found.append("Another value is fine too: choose Custom")
    if one.file == "url":
        found.append("A public link, or a file from an earlier step")
    if not json and one.type in ("integer", "number"):
        found += _range(one.minimum, one.maximum, one.exclusive_minimum, one.exclusive_maximum)
    if one.type == "string" and not one.choices and 0 < (one.max_length or 0) <= _SHORT:
        found.append(f"At most {one.max_length} characters")
    if one.repeated and one.max_items:
        found.append(f"At most {one.max_items} values")
    return [line for line in found if not _said(line, one.description)]


def _range(low: float | None, high: float | None, above: bool, below: bool) -> list[str]:
    if low is not None and high is not None and not above and not below:
        return [f"From {_text(low)} to {_text(high)}"]
    found = []
    if low is not None:
        found.append(f"{'More than' if above else 'At least'} {_text(low)}")
    if high is not None:
        found.append(f"{'Less than' if below else 'At most'} {_text(high)}")
    return found


def _said(line: str, description: str) -> bool:
    """Whether the description names the same numbers already."""
    numbers = _NUMBER.findall(line)
    given = _NUMBER.findall(description.replace(",", "")) if numbers else ()
    return bool(numbers) and all(number in given for number in numbers)


def _placeholder(one: Field) -> str:
    if (
        one.example is None
        or one.secret
        or isinstance(one.example, (bool, dict, list))
        or one.file in ("base64", "binary")
    ):
        return ""
    text = plain(_text(one.example))
    return "" if "{ {" in text or len(text) > 120 or one.type not in ("string", "integer", "number") else text

"""Which fields count, by the answers to what they hang on. The twin of `applies` in the core (src/inputs.ts)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from specloom.schemas.model import Condition, Field


def is_constant(item: Field) -> bool:
    """Sent with its default although nobody is asked for it."""
    is_sent = item.location == "body" or item.required
    return item.visibility == "internal" and item.default is not None and is_sent


def applies(item: Field, siblings: Sequence[Field], inputs: Mapping[str, Any], asking: tuple[Field, ...] = ()) -> bool:
    """Whether all of the field's conditions hold, those of the fields they look at included."""
    is_given = (*asking, item)[0].name in inputs
    for condition in item.when:
        asked = next((sibling for sibling in siblings if sibling.name == condition.field), None)
        if asked is None or asked in asking:
            continue
        if not _holds(condition, asked, siblings, inputs, is_given):
            return False
        if not applies(asked, siblings, inputs, (*asking, item)):
            return False
    return True


def _holds(
    condition: Condition, asked: Field, siblings: Sequence[Field], inputs: Mapping[str, Any], is_given: bool
) -> bool:
    value = inputs.get(asked.name)
    if value is None and asked.location == "selector":
        # It is never sent: who leaves it out has answered it by the fields they fill in.
        return is_given or _answer_by(asked, siblings, inputs) in condition.values
    value = asked.default if value is None else value
    # A question nobody answered excludes nothing that is given, and asks for nothing else.
    if value is None:
        return is_given
    return any(one in condition.values for one in (value if isinstance(value, list) else [value]))


def _answer_by(asked: Field, siblings: Sequence[Field], inputs: Mapping[str, Any]) -> Any:
    """What the given fields say to a question; without any its default."""
    told = [c.values for field in siblings if field.name in inputs for c in field.when if c.field == asked.name]
    fitting = told[0] if told else (asked.default,)
    return next((value for value in fitting if all(value in values for values in told)), fitting[0])
